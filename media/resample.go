package media

import "math"

const (
	filterPhases = 128  // places between two input samples at which the filter is known
	filterLobes  = 8    // zero crossings of the filter on each side
	passBand     = 0.92 // of the new band that is kept; the rest is the filter's slope
)

// resample turns pcm of a rate (8-48 kHz) into 8 kHz by a windowed-sinc low-pass, evaluated where the new samples
// stand. It runs when files are loaded, never on the way of a packet.
func resample(pcm []int16, rate int) []int16 {
	if rate == sampleRate {
		return pcm
	}
	ratio := float64(rate) / sampleRate // input samples for each output sample, >= 1
	reach := int(math.Ceil(filterLobes * ratio))
	bank := lowPass(ratio, reach)
	out := make([]int16, int(float64(len(pcm))/ratio))
	for i := range out {
		at := float64(i) * ratio
		whole := int(at)
		taps := bank[int((at-float64(whole))*filterPhases)]
		var sum float32
		for k, tap := range taps {
			if j := whole - reach + 1 + k; j >= 0 && j < len(pcm) {
				sum += tap * float32(pcm[j])
			}
		}
		out[i] = clamp(sum)
	}
	return out
}

// lowPass makes the filter for each phase: 2*reach taps around the place, normalised to a gain of one.
func lowPass(ratio float64, reach int) [filterPhases][]float32 {
	var bank [filterPhases][]float32
	cutoff := passBand / ratio
	for phase := range bank {
		taps := make([]float64, 2*reach)
		sum := 0.0
		for k := range taps {
			x := float64(k-reach+1) - (float64(phase)+0.5)/filterPhases
			window := 0.5 + 0.5*math.Cos(math.Pi*x/float64(reach+1))
			taps[k] = sinc(cutoff*x) * window
			sum += taps[k]
		}
		bank[phase] = make([]float32, len(taps))
		for k, tap := range taps {
			bank[phase][k] = float32(tap / sum)
		}
	}
	return bank
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// clamp rounds to a 16-bit sample.
func clamp(x float32) int16 {
	return int16(math.Round(float64(min(max(x, math.MinInt16), math.MaxInt16))))
}
