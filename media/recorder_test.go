package media

import (
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// recording is a phone whose session records.
type recording struct {
	*phone
	path string
	at   int // samples of the tone sent so far
}

func record(w *world, what Recording) *recording {
	w.Helper()
	r := &recording{phone: w.phone("198.51.100.1:4000", "pcmu"), path: filepath.Join(w.TempDir(), "message.wav")}
	what.Path = r.path
	must(w.T, r.session.Record(what))
	return r
}

// speaks sends n packets of a tone of 1020 Hz; those for which lost is true get lost on their way.
func (r *recording) speaks(n int, lost func(i int) bool) {
	r.Helper()
	pcm := sine(1020, -10, r.at+n*frameSamples, sampleRate)[r.at:]
	for i := range n {
		payload := ulaw.encode(nil, pcm[i*frameSamples:(i+1)*frameSamples])
		if lost != nil && lost(i) {
			r.seq++
			r.stamp += frameSamples
		} else {
			r.says(payload)
		}
		r.run(frameTime)
	}
	r.at += n * frameSamples
}

// ends waits for Recorded and returns it with the samples of the file.
func (r *recording) ends() (Recorded, []int16) {
	r.Helper()
	r.run(time.Second)
	for _, e := range r.happened() {
		if recorded, ok := e.(Recorded); ok {
			pcm, err := loadWAV(r.path)
			must(r.T, err)
			if got := time.Duration(len(pcm)) * time.Second / sampleRate; got != recorded.Length {
				r.Errorf("the file has %v, Recorded says %v", got, recorded.Length)
			}
			return recorded, pcm
		}
	}
	r.Fatal("no Recorded")
	return Recorded{}, nil
}

func near(got, want time.Duration) bool {
	return got > want-50*time.Millisecond && got < want+50*time.Millisecond
}

func TestRecordingIsWhatWasSaid(t *testing.T) {
	inWorld(t, func(w *world) {
		r := record(w, Recording{})
		r.speaks(100, nil)
		r.session.StopRecording()
		recorded, pcm := r.ends()
		if recorded.Why != RecordStopped || recorded.Err != nil || !near(recorded.Length, 2*time.Second) {
			t.Errorf("got %+v", recorded)
		}
		if level, snr := tone(pcm[800:15200], 1020); math.Abs(level+13) > 0.2 || snr < 35 {
			t.Errorf("level %.2f dB, SNR %.1f dB", level, snr)
		}
	})
}

// TestLossKeepsTheLength: 10 % are lost and pairs change places; the rest stands where it belongs.
func TestLossKeepsTheLength(t *testing.T) {
	inWorld(t, func(w *world) {
		r := record(w, Recording{})
		r.speaks(500, func(i int) bool { return i%10 == 5 })
		r.session.StopRecording()
		recorded, pcm := r.ends()
		if !near(recorded.Length, 10*time.Second) {
			t.Errorf("got %+v", recorded)
		}
		// One tone with gaps has one phase: its level shows that nothing moved.
		if level, _ := tone(pcm[:79000], 1020); math.Abs(level-(-13+20*math.Log10(0.9))) > 0.2 {
			t.Errorf("level %.2f dB", level)
		}
	})
}

func TestOvertakenPacketsComeBackInPlace(t *testing.T) {
	line := timeline{}
	pcm := sine(1020, -10, 10*frameSamples, sampleRate)
	var got []int16
	for _, i := range []int{0, 1, 3, 2, 4, 7, 6, 5, 9, 8, 8} {
		c := chunk{wall: int64(i * frameSamples), timestamp: uint32(0xffffff00 + i*frameSamples), n: frameSamples}
		ulaw.encode(c.coded[:0], pcm[i*frameSamples:(i+1)*frameSamples])
		got = line.settled(got, c.wall)
		line.place(&c)
	}
	got = line.rest(got)
	if len(got) != len(pcm) {
		t.Fatalf("%d samples", len(got))
	}
	for i := range got {
		if math.Abs(float64(got[i])-float64(pcm[i])) > 500 {
			t.Fatalf("sample %d is %d, want %d", i, got[i], pcm[i])
		}
	}
}

func TestRecordingEndsBySilence(t *testing.T) {
	for name, quiet := range map[string]func(r *recording){
		"silence is sent":   func(r *recording) { r.talks(300, silence[ulaw]) },
		"nothing is sent":   func(r *recording) { r.run(6 * time.Second) },
		"a click in it":     func(r *recording) { r.talks(50, silence[ulaw]); r.speaks(1, nil); r.talks(220, silence[ulaw]) },
		"comes under a new": func(r *recording) { r.ssrc, r.stamp = 77, 12345; r.talks(300, silence[ulaw]) },
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				r := record(w, Recording{MaxSilence: 4 * time.Second})
				r.speaks(150, nil)
				quiet(r)
				recorded, _ := r.ends()
				if recorded.Why != RecordSilence || !near(recorded.Length, 3*time.Second+tailKept) {
					t.Errorf("got %+v", recorded)
				}
			})
		})
	}
}

func TestRecordingOfNothingIsEmpty(t *testing.T) {
	inWorld(t, func(w *world) {
		r := record(w, Recording{MaxSilence: 3 * time.Second})
		r.run(5 * time.Second)
		if recorded, pcm := r.ends(); recorded.Why != RecordSilence || len(pcm) != 0 {
			t.Errorf("got %+v, %d samples", recorded, len(pcm))
		}
	})
}

func TestRecordingEndsAtItsLimit(t *testing.T) {
	inWorld(t, func(w *world) {
		r := record(w, Recording{MaxLength: 2 * time.Second})
		r.speaks(200, nil)
		recorded, pcm := r.ends()
		if recorded.Why != RecordLimit || len(pcm) != 2*sampleRate {
			t.Errorf("got %+v, %d samples", recorded, len(pcm))
		}
		must(t, r.session.Record(Recording{Path: r.path})) // another may begin
	})
}

func TestCloseKeepsTheRecording(t *testing.T) {
	inWorld(t, func(w *world) {
		r := record(w, Recording{})
		r.speaks(100, nil)
		r.session.Close()
		if recorded, _ := r.ends(); recorded.Why != RecordStopped || !near(recorded.Length, 2*time.Second) {
			t.Errorf("got %+v", recorded)
		}
	})
}

func TestOnlyOneRecordingAtATime(t *testing.T) {
	inWorld(t, func(w *world) {
		r := record(w, Recording{})
		if r.session.Record(Recording{Path: r.path + "2"}) == nil {
			t.Error("a second recording began")
		}
		r.session.StopRecording()
		r.session.StopRecording()
	})
}

func TestBrokenDiskFailsTheRecordingOnly(t *testing.T) {
	for name, path := range map[string]string{"full disk": "/dev/full", "no folder": "/nonexistent/a.wav"} {
		if _, err := os.Stat("/dev/full"); err != nil {
			t.Skip("no /dev/full here")
		}
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				a, b := talk(w, "pcmu", "pcmu")
				a.happened()
				must(t, a.session.Record(Recording{Path: path})) // fails at once, or at the first write
				a.talks(100, 0x42)
				if heard := b.hears(); len(heard) < 99 {
					t.Errorf("%d of 100 packets came through", len(heard))
				}
				events := a.happened()
				if len(events) != 1 {
					t.Fatalf("got %v", events)
				}
				if r, ok := events[0].(Recorded); !ok || r.Why != RecordFailed || r.Err == nil || r.Path != path {
					t.Errorf("got %+v", events[0])
				}
			})
		})
	}
}

// TestSlowDiskLosesNoTime: when the writer stands still the ring fills and packets are lost, but not the time.
func TestSlowDiskLosesNoTime(t *testing.T) {
	r := &recorder{begun: time.Unix(0, 0), ring: make([]chunk, 0, ringChunks), spare: make([]chunk, 0, ringChunks)}
	say := func(n, from int) {
		for i := from; i < from+n; i++ {
			payload := frameOf(0x42)
			r.hear(&packet{buf: payload, end: len(payload), timestamp: uint32(i * frameSamples)}, ulaw, r.begun.Add(time.Duration(i)*frameTime))
		}
	}
	say(2*ringChunks, 0)
	var got []int16
	take := func() {
		chunks := r.drain()
		for i := range chunks {
			got = r.line.settled(got, chunks[i].wall)
			r.line.place(&chunks[i])
		}
	}
	take()
	say(100, 2*ringChunks)
	take()
	got = r.line.rest(got)
	if want := (2*ringChunks + 100) * frameSamples; len(got) != want {
		t.Fatalf("%d samples, want %d", len(got), want)
	}
	for i, s := range got {
		if lost := i >= ringChunks*frameSamples && i < 2*ringChunks*frameSamples; lost != (s == 0) {
			t.Fatalf("sample %d is %d", i, s)
		}
	}
}
