package media

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pion/rtp"
)

// continuous fails unless the packets are one stream: one SSRC, numbers without a gap, timestamps that move by a frame
// (at a switch by the time until the new source was due, two at most), a marker at each of the switches (the index of
// their first packet) and nowhere else.
func continuous(t *testing.T, packets []rtp.Packet, switches ...int) {
	t.Helper()
	for i, p := range packets {
		marked := i == 0
		for _, s := range switches {
			marked = marked || s == i
		}
		if p.Marker != marked {
			t.Errorf("packet %d: marker is %v", i, p.Marker)
		}
		if i == 0 {
			continue
		}
		last := packets[i-1]
		if p.SSRC != last.SSRC {
			t.Errorf("packet %d: SSRC changed", i)
		}
		if p.SequenceNumber != last.SequenceNumber+1 {
			t.Errorf("packet %d: sequence number went from %d to %d", i, last.SequenceNumber, p.SequenceNumber)
		}
		step := int32(p.Timestamp - last.Timestamp)
		if step != frameSamples && !(marked && step == 2*frameSamples) {
			t.Errorf("packet %d: timestamp moved by %d", i, step)
		}
	}
}

func TestStreamGoesOnWhenTheSourceChanges(t *testing.T) {
	inWorld(t, func(w *world) {
		caller := w.phone("198.51.100.1:4000", "pcmu")
		agent := w.phone("198.51.100.2:5000", "pcmu")
		var all []rtp.Packet
		var switches []int
		listen := func() {
			all = append(all, caller.hears()...)
			switches = append(switches, len(all))
		}

		must(t, caller.session.Play(Sound{Prompt: "closed"}))
		w.run(time.Second)
		listen()
		must(t, caller.session.Play(Sound{Music: "default"}))
		w.run(time.Second)
		listen()
		Bridge(caller.session, agent.session)
		agent.talks(50, 0x42)
		listen()
		must(t, caller.session.Play(Sound{Ringback: true}))
		agent.talks(50, 0x43) // not heard
		listen()
		caller.session.Stop()
		w.run(time.Second)
		listen()
		Bridge(agent.session, caller.session)
		agent.talks(50, 0x44)
		all = append(all, caller.hears()...)

		if len(all) < 295 || len(all) > 305 {
			t.Errorf("heard %d packets in 6 s", len(all))
		}
		continuous(t, all, switches...)
		if got := all[switches[1]+5].Payload; !bytes.Equal(got, frameOf(0x42)) {
			t.Error("does not hear the agent after the bridge")
		}
		if got := all[len(all)-1].Payload; !bytes.Equal(got, frameOf(0x44)) {
			t.Error("does not hear the agent after the second bridge")
		}
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestMusicIsTheSamePlaceForAll(t *testing.T) {
	inWorld(t, func(w *world) {
		a := w.phone("198.51.100.1:4000", "pcmu")
		b := w.phone("198.51.100.2:4000", "pcma")
		must(t, a.session.Play(Sound{Music: "default"}))
		w.run(3 * time.Second)
		must(t, b.session.Play(Sound{Music: "default"}))
		w.run(time.Second)
		heardA, heardB := a.hears(), b.hears()
		lastA, lastB := heardA[len(heardA)-1].Payload, heardB[len(heardB)-1].Payload
		frames := builtinMusic().frames
		for i := range frames {
			if bytes.Equal(builtinMusic().frame(i, ulaw), lastA) {
				for shift := -1; shift <= 1; shift++ {
					if bytes.Equal(builtinMusic().frame((i+shift+frames)%frames, alaw), lastB) {
						return
					}
				}
			}
		}
		t.Error("the two hear different places of the music")
	})
}

func TestSilenceKeepsTheStream(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.phone("198.51.100.1:4000", "pcma")
		w.run(time.Second)
		heard := p.hears()
		if len(heard) < 49 {
			t.Fatalf("heard %d packets in a second of nothing", len(heard))
		}
		continuous(t, heard)
		if !bytes.Equal(heard[10].Payload, frameOf(silence[alaw])) {
			t.Error("it is not silence")
		}
	})
}

func TestEndingSoundsReportPlayed(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.phone("198.51.100.1:4000", "pcmu")
		for _, sound := range []Sound{{Beep: true}, {Prompt: "goodbye"}, {File: "sounds/paused.wav"}} {
			player, err := w.engine.player(sound)
			must(t, err)
			must(t, p.session.Play(sound))
			w.run(player.clip.length() - 20*time.Millisecond)
			if events := p.happened(); len(events) != 0 {
				t.Errorf("%+v: too early %v", sound, events)
			}
			w.run(60 * time.Millisecond)
			if events := p.happened(); len(events) != 1 || events[0] != (Played{sound}) {
				t.Errorf("%+v: got %v", sound, events)
			}
		}
		must(t, p.session.Play(Sound{Beep: true}))
		w.run(100 * time.Millisecond)
		p.session.Stop()
		w.run(time.Second)
		if events := p.happened(); len(events) != 0 {
			t.Errorf("a stopped sound was reported: %v", events)
		}
	})
}

func TestPromptWaitsForThePeer(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.bare("198.51.100.1:4000")
		must(t, p.session.Play(Sound{Beep: true}))
		w.run(5 * time.Second)
		p.offers("pcmu", "")
		w.run(400 * time.Millisecond)
		if events := p.happened(); len(events) != 0 {
			t.Errorf("played to nobody: %v", events)
		}
		w.run(200 * time.Millisecond)
		if events := p.happened(); len(events) != 1 {
			t.Errorf("got %v", events)
		}
	})
}

func TestPlayRefusesWhatIsNotThere(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.phone("198.51.100.1:4000", "pcmu")
		for _, sound := range []Sound{
			{}, {Music: "jazz"}, {Prompt: "none"}, {File: "testdata/none.wav"}, {File: "api.go"},
			{Busy: true, Beep: true},
		} {
			if err := p.session.Play(sound); err == nil {
				t.Errorf("%+v was taken", sound)
			}
		}
		w.run(time.Second)
		if len(p.hears()) == 0 {
			t.Error("a refused sound broke the stream")
		}
	})
}

func TestHeldPeerIsNotSentTo(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.phone("198.51.100.1:4000", "pcmu")
		must(t, p.session.Play(Sound{Music: "default"}))
		w.run(time.Second)
		before := p.hears()
		p.offers("pcmu", "sendonly")
		w.run(10 * time.Second)
		if heard := p.hears(); len(heard) > 1 {
			t.Errorf("%d packets while on hold", len(heard))
		}
		p.offers("pcmu", "sendrecv")
		w.run(time.Second)
		after := p.hears()
		last, first := before[len(before)-1], after[0]
		if !first.Marker || first.SequenceNumber != last.SequenceNumber+1 {
			t.Error("the stream does not go on after the hold")
		}
		if gap := int32(first.Timestamp - last.Timestamp); gap < 10*sampleRate || gap > 10*sampleRate+1000 {
			t.Errorf("the timestamp moved by %d in 10 s", gap)
		}
	})
}

// TestLongPacketsForWhoWantsThem: a peer's ptime of 60 ms is honoured, and the audio is the same.
func TestLongPacketsForWhoWantsThem(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.bare("198.51.100.1:4000")
		d, err := Parse([]byte(offerOf(p.conn.at, "pcmu", "ptime:60")))
		must(t, err)
		_, err = p.session.Answer(d)
		must(t, err)
		must(t, p.session.Play(Sound{Prompt: "goodbye"}))
		w.run(2 * time.Second)
		var got []byte
		heard := p.hears()
		for i, packet := range heard {
			if len(packet.Payload) != 3*frameSamples || i > 0 && packet.Timestamp-heard[i-1].Timestamp != 3*frameSamples {
				t.Fatalf("packet %d has %d octets", i, len(packet.Payload))
			}
			got = append(got, packet.Payload...)
		}
		if want := w.engine.prompts["goodbye"].coded[ulaw]; !bytes.HasPrefix(got, want) {
			t.Error("it is not the prompt")
		}
		if events := p.happened(); len(events) != 1 {
			t.Errorf("got %v", events)
		}
	})
}

// TestTwoSessionsTalk: offer, answer, a file played at one end and recorded at the other, in both codecs.
func TestTwoSessionsTalk(t *testing.T) {
	for _, codecs := range [][]string{{"pcmu"}, {"pcma"}} {
		c := testConfig
		c.Codecs = codecs
		inWorldWith(t, c, func(w *world) {
			dir := t.TempDir()
			said, taken := filepath.Join(dir, "said.wav"), filepath.Join(dir, "taken.wav")
			pcm := sine(1020, -10, 3*44100, 44100)
			must(t, os.WriteFile(said, wavOf(wavPCM, 2, 44100, 16, asPCM(pcm, 2, 16)), 0o600))

			var recorded Recorded
			a, err := w.engine.Open(Options{Local: serverAddr})
			must(t, err)
			b, err := w.engine.Open(Options{Local: serverAddr.Next(), Events: func(e Event) {
				if r, ok := e.(Recorded); ok {
					recorded = r
				}
			}})
			must(t, err)
			offer, err := Parse(a.Offer())
			must(t, err)
			body, err := b.Answer(offer)
			must(t, err)
			answer, err := Parse(body)
			must(t, err)
			must(t, a.Accept(answer))
			must(t, b.Record(Recording{Path: taken, MaxSilence: 2 * time.Second}))
			must(t, a.Play(Sound{File: said}))
			w.run(10 * time.Second)

			if recorded.Why != RecordSilence || !near(recorded.Length, 3*time.Second+tailKept) {
				t.Errorf("got %+v", recorded)
			}
			got, err := loadWAV(taken)
			must(t, err)
			if level, snr := tone(got[1600:22400], 1020); level < -13.2 || level > -12.8 || snr < 35 {
				t.Errorf("%v: level %.2f dB, SNR %.1f dB", codecs, level, snr)
			}
		})
	}
}
