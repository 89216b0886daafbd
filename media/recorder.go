package media

import (
	"fmt"
	"runtime/debug"
	"sync"
	"time"
)

const (
	ringChunks   = 400                    // 8 s of packets of 20 ms: so long may the disk stand still
	writeEvery   = 100 * time.Millisecond // how often the writer looks
	defaultLimit = time.Hour              // of a Recording without MaxLength
	tailKept     = 200 * time.Millisecond // of silence after the last word

	speechLevel  = 200 // mean amplitude of a frame that is not silence: -44 dB below full scale
	speechFrames = 2   // so many in a row are speech; one alone is a click
)

// chunk is at most 20 ms of the peer's audio as it came.
type chunk struct {
	wall      int64 // when it came, in samples since the recording began
	ssrc      uint32
	timestamp uint32
	law       law
	n         int
	coded     [frameSamples]byte
}

// recorder writes one recording. The session's reader only copies packets into a ring; a goroutine of the recorder's
// own decodes, puts them in their place, and writes. A ring that is full loses packets, which become silence of the
// same length: neither the audio path nor the length of the recording depends on the disk.
type recorder struct {
	session *Session
	what    Recording
	begun   time.Time
	stop    chan struct{} // closed by StopRecording or Close
	stopped sync.Once

	mu    sync.Mutex
	ring  []chunk // capacity ringChunks
	spare []chunk // the writer's half: the two change places

	// of the writer
	line   timeline
	file   *wavFile
	pcm    []int16 // scratch
	spoken int64   // end of the last speech, in samples
	loud   int     // frames of speech in a row
}

// hear copies a packet into the ring.
func (r *recorder) hear(p *packet, l law, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	payload, timestamp := p.payload(), p.timestamp
	for len(payload) > 0 && len(r.ring) < cap(r.ring) {
		r.ring = r.ring[:len(r.ring)+1]
		c := &r.ring[len(r.ring)-1]
		c.wall, c.ssrc, c.timestamp, c.law = r.wall(now), p.ssrc, timestamp, l
		c.n = copy(c.coded[:], payload)
		payload, timestamp = payload[c.n:], timestamp+uint32(c.n)
	}
}

// wall is a time as a place in the recording.
func (r *recorder) wall(now time.Time) int64 {
	return int64(now.Sub(r.begun) * sampleRate / time.Second)
}

// drain takes what came since the last time.
func (r *recorder) drain() []chunk {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ring, r.spare = r.spare[:0], r.ring
	return r.spare
}

// end makes the writer finish; it does not wait for it.
func (r *recorder) end() { r.stopped.Do(func() { close(r.stop) }) }

// run is the writer.
func (r *recorder) run() {
	defer r.session.engine.running.Done()
	recorded := Recorded{Path: r.what.Path, Why: RecordFailed}
	defer func() {
		if fault := recover(); fault != nil {
			r.session.engine.fault(fault, debug.Stack())
			recorded.Why, recorded.Err = RecordFailed, fmt.Errorf("write the recording: %v", fault)
		}
		r.session.detach(r)
		r.session.events.report(recorded)
	}()
	recorded.Why, recorded.Length, recorded.Err = r.record()
}

// record writes until something ends it.
func (r *recorder) record() (why RecordEnd, length time.Duration, err error) {
	r.file, err = createWAV(r.what.Path)
	if err != nil {
		return RecordFailed, 0, fmt.Errorf("begin the recording: %w", err)
	}
	why, err = r.write()
	kept := min(r.file.samples, r.spoken+int64(samplesOf(tailKept)))
	if r.spoken == 0 {
		kept = 0
	}
	if e := r.file.finish(kept); err == nil && e != nil {
		why, err = RecordFailed, e
	}
	if err != nil {
		err = fmt.Errorf("write the recording %s: %w", r.what.Path, err)
	}
	return why, time.Duration(kept) * time.Second / sampleRate, err
}

func (r *recorder) write() (RecordEnd, error) {
	ticker := time.NewTicker(writeEvery)
	defer ticker.Stop()
	for {
		stopped := false
		select {
		case <-r.stop:
			stopped = true
		case <-ticker.C:
		}
		chunks := r.drain()
		for i := range chunks {
			r.pcm = r.line.settled(r.pcm, chunks[i].wall)
			r.line.place(&chunks[i])
		}
		r.pcm = r.line.settled(r.pcm, r.wall(time.Now()))
		if stopped {
			r.pcm = r.line.rest(r.pcm)
		}
		why, err := r.append()
		switch {
		case err != nil:
			return RecordFailed, err
		case why != "":
			return why, nil
		case stopped:
			return RecordStopped, nil
		}
	}
}

// append writes the whole frames of r.pcm and listens to them. It returns why the recording is over, if it is.
func (r *recorder) append() (RecordEnd, error) {
	limit := int64(samplesOf(r.what.MaxLength))
	full := r.file.samples+int64(len(r.pcm)) >= limit
	if full {
		r.pcm = r.pcm[:limit-r.file.samples]
	}
	at, why := r.file.samples, RecordEnd("")
	whole := 0
	for ; whole+frameSamples <= len(r.pcm) && why == ""; whole += frameSamples {
		r.listen(r.pcm[whole:whole+frameSamples], at+int64(whole))
		silent := at + int64(whole) + frameSamples - r.spoken
		if r.what.MaxSilence > 0 && silent >= int64(samplesOf(r.what.MaxSilence)) {
			why = RecordSilence
		}
	}
	if full && why == "" {
		whole, why = len(r.pcm), RecordLimit
	}
	err := r.file.write(r.pcm[:whole])
	r.pcm = append(r.pcm[:0], r.pcm[whole:]...)
	return why, err
}

// listen looks for speech in one frame that begins at a place of the recording.
func (r *recorder) listen(frame []int16, at int64) {
	sum := 0
	for _, s := range frame {
		sum += max(int(s), -int(s))
	}
	if sum < speechLevel*len(frame) {
		r.loud = 0
		return
	}
	if r.loud++; r.loud >= speechFrames {
		r.spoken = at + int64(len(frame))
	}
}
