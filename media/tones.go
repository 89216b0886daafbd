package media

import (
	"math"
	"sync"
	"time"
)

// The tones of the North American precise tone plan (ITU-T E.180 annex), and the tone before a recording. toneLevel is
// the amplitude of each of the two frequencies: -19 dB below full scale together.
const (
	toneLevel = 0.11
	softEdge  = 15 * time.Millisecond // a tone swells and fades so long; without it there is a click
)

// tones are made once and shared by all engines.
var tones = sync.OnceValue(func() (t struct{ ringback, busy, beep *clip }) {
	t.ringback = newClip(cadence(2*time.Second, 4*time.Second, 440, 480))
	t.busy = newClip(cadence(500*time.Millisecond, 500*time.Millisecond, 480, 620))
	t.beep = newClip(cadence(500*time.Millisecond, 0, 1000))
	return t
})

// cadence is a tone of some frequencies (Hz), followed by silence: 16-bit samples, 8 kHz.
func cadence(on, off time.Duration, frequencies ...float64) []int16 {
	tone, edge := samplesOf(on), samplesOf(softEdge)
	pcm := make([]int16, tone+samplesOf(off))
	for i := range tone {
		var v float64
		for _, f := range frequencies {
			v += toneLevel * math.Sin(2*math.Pi*f*float64(i)/sampleRate)
		}
		swell := min(1, float64(i)/float64(edge), float64(tone-i)/float64(edge))
		pcm[i] = int16(v * swell * math.MaxInt16)
	}
	return pcm
}

func samplesOf(d time.Duration) int { return int(d * sampleRate / time.Second) }
