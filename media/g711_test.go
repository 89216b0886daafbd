package media

import (
	"fmt"
	"math"
	"testing"
)

// sine is a tone of a level (dB below full scale of its peak): 16-bit samples at a rate.
func sine(frequency, level float64, samples, rate int) []int16 {
	pcm := make([]int16, samples)
	for i := range pcm {
		pcm[i] = int16(math.Round(math.MaxInt16 * math.Pow(10, level/20) * math.Sin(2*math.Pi*frequency*float64(i)/float64(rate))))
	}
	return pcm
}

// rms in dB below full scale.
func rms(pcm []int16) float64 {
	sum := 0.0
	for _, s := range pcm {
		sum += float64(s) * float64(s)
	}
	return 10 * math.Log10(sum/float64(len(pcm))/math.MaxInt16/math.MaxInt16+1e-12)
}

// tone measures one frequency in pcm at 8 kHz: its level (RMS, dB below full scale) and how far it stands above all
// the rest (dB).
func tone(pcm []int16, frequency float64) (level, snr float64) {
	var re, im, total float64
	for i, s := range pcm {
		sin, cos := math.Sincos(2 * math.Pi * frequency * float64(i) / sampleRate)
		re, im = re+float64(s)*cos, im+float64(s)*sin
		total += float64(s) * float64(s)
	}
	n := float64(len(pcm))
	signal := 2 * (re*re + im*im) / n // energy of the sine
	return 10 * math.Log10(signal/n/math.MaxInt16/math.MaxInt16), 10 * math.Log10(signal/max(total-signal, 1e-9))
}

// TestKnownValues compares with the tables of ITU-T G.711.
func TestKnownValues(t *testing.T) {
	for _, c := range []struct {
		law    law
		octet  byte
		sample int16
	}{
		{ulaw, 0xff, 0}, {ulaw, 0x7f, 0}, {ulaw, 0xfe, 8}, {ulaw, 0x80, 32124}, {ulaw, 0x00, -32124}, {ulaw, 0xf0, 120}, {ulaw, 0xef, 132},
		{alaw, 0xd5, 8}, {alaw, 0x55, -8}, {alaw, 0xaa, 32256}, {alaw, 0x2a, -32256}, {alaw, 0xc5, 264}, {alaw, 0xd4, 24},
	} {
		if got := linear[c.law][c.octet]; got != c.sample {
			t.Errorf("%s %#02x: got %d, want %d", c.law.name(), c.octet, got, c.sample)
		}
	}
}

func TestCodingIsItsOwnInverse(t *testing.T) {
	for l := range laws {
		for i := range 256 {
			sample := linear[l][i]
			coded := l.encode(nil, []int16{sample})[0]
			if linear[l][coded] != sample {
				t.Errorf("%s %#02x: %d became %d", l.name(), i, sample, linear[l][coded])
			}
		}
		last := linear[l][l.encode(nil, []int16{math.MinInt16})[0]]
		for s := math.MinInt16; s <= math.MaxInt16; s++ {
			got := linear[l][l.encode(nil, []int16{int16(s)})[0]]
			if got < last {
				t.Fatalf("%s falls at %d", l.name(), s)
			}
			if step := math.Abs(float64(s)-float64(got)) - 16; step > math.Abs(float64(s))/15 {
				t.Fatalf("%s: %d became %d", l.name(), s, got)
			}
			last = got
		}
	}
}

// TestToneThroughTheCodecs: a tone of 1020 Hz (the reference of ITU-T O.132) keeps its level, and the noise of the coding is what G.711 promises
// (G.712 wants 33 dB and more).
func TestToneThroughTheCodecs(t *testing.T) {
	const frequency = 1020
	for _, level := range []float64{-3, -10, -20, -30} {
		pcm := sine(frequency, level, sampleRate, sampleRate)
		check := func(name string, got []int16, wantSNR float64) {
			measured, snr := tone(got, frequency)
			if math.Abs(measured-(level-3.01)) > 0.1 || snr < wantSNR {
				t.Errorf("%s at %v dB: level %.2f dB, SNR %.1f dB", name, level, measured, snr)
			}
			t.Logf("%s at %v dB: level %.2f dB, SNR %.1f dB", name, level, measured, snr)
		}
		for l := range laws {
			payload := l.encode(nil, pcm)
			check(l.name(), l.decode(nil, payload), 33)
			l.cross(payload)
			check(fmt.Sprintf("%s crossed", l.name()), (1-l).decode(nil, payload), 30)
		}
	}
}

func BenchmarkCross(b *testing.B) {
	payload := frameOf(0x42)
	for b.Loop() {
		ulaw.cross(payload)
	}
}
