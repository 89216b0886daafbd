package media

import "time"

const (
	sampleRate   = 8000                   // samples a second of everything inside
	frameTime    = 20 * time.Millisecond  // what one packet of ours holds
	frameSamples = sampleRate * 20 / 1000 // 160 samples, which are 160 octets of G.711
)

// clip is a piece of sound, coded once for each law, shared by all who listen and never changed.
type clip struct {
	coded  [laws][]byte // whole frames of frameSamples octets, as many in each law
	frames int
}

// newClip codes pcm (16-bit samples, mono, 8 kHz); the last frame is filled up with silence.
func newClip(pcm []int16) *clip {
	c := &clip{frames: (len(pcm) + frameSamples - 1) / frameSamples}
	size := c.frames * frameSamples
	for l := range laws {
		coded := l.encode(make([]byte, 0, size), pcm)
		for len(coded) < size {
			coded = append(coded, silence[l])
		}
		c.coded[l] = coded
	}
	return c
}

// frame is frame i (0 <= i < frames), 20 ms; the caller must not change it.
func (c *clip) frame(i int, l law) []byte {
	return c.coded[l][i*frameSamples : (i+1)*frameSamples]
}

// quiet is one frame of silence: what a session sends that plays nothing.
var quiet = newClip(make([]int16, frameSamples))
