package media

import (
	"encoding/binary"
	"fmt"
	"math"
	"path/filepath"
	"testing"
)

// wavOf builds a WAV file.
func wavOf(tag, channels, rate, width int, data []byte) []byte {
	le := binary.LittleEndian
	b := []byte("RIFF\x00\x00\x00\x00WAVEfmt ")
	b = le.AppendUint32(b, 16)
	b = le.AppendUint16(b, uint16(tag))
	b = le.AppendUint16(b, uint16(channels))
	b = le.AppendUint32(b, uint32(rate))
	b = le.AppendUint32(b, uint32(rate*channels*width/8))
	b = le.AppendUint16(b, uint16(channels*width/8))
	b = le.AppendUint16(b, uint16(width))
	b = append(b, "LIST\x03\x00\x00\x00odd\x00"...) // an odd chunk is followed by a fill octet
	b = le.AppendUint32(append(b, "data"...), uint32(len(data)))
	b = append(b, data...)
	le.PutUint32(b[4:], uint32(len(b)-8))
	return b
}

// asPCM codes samples as n channels of 8 or 16 bits.
func asPCM(pcm []int16, channels, width int) (b []byte) {
	for _, s := range pcm {
		for range channels {
			if width == 8 {
				b = append(b, byte(s>>8)+128)
			} else {
				b = binary.LittleEndian.AppendUint16(b, uint16(s))
			}
		}
	}
	return b
}

func TestEveryKindOfWAV(t *testing.T) {
	for _, rate := range []int{8000, 11025, 16000, 22050, 32000, 44100, 48000} {
		pcm := sine(1020, -10, rate*2, rate)
		for _, c := range []struct {
			name string
			file []byte
			snr  float64
		}{
			{"16 bits", wavOf(wavPCM, 1, rate, 16, asPCM(pcm, 1, 16)), 45},
			{"16 bits stereo", wavOf(wavPCM, 2, rate, 16, asPCM(pcm, 2, 16)), 45},
			{"8 bits", wavOf(wavPCM, 1, rate, 8, asPCM(pcm, 1, 8)), 30},
			{"u-law", wavOf(wavUlaw, 1, rate, 8, ulaw.encode(nil, pcm)), 35},
			{"A-law stereo", wavOf(wavAlaw, 2, rate, 8, alaw.encode(nil, twice(pcm))), 35},
		} {
			t.Run(fmt.Sprintf("%s at %d", c.name, rate), func(t *testing.T) {
				got, err := decodeWAV(c.file)
				must(t, err)
				if len(got) < 2*sampleRate-2 || len(got) > 2*sampleRate {
					t.Errorf("%d samples for 2 s", len(got))
				}
				level, snr := tone(got[800:len(got)-800], 1020)
				if math.Abs(level+13.01) > 0.15 || snr < c.snr {
					t.Errorf("level %.2f dB, SNR %.1f dB", level, snr)
				}
			})
		}
	}
}

func twice(pcm []int16) (both []int16) {
	for _, s := range pcm {
		both = append(both, s, s)
	}
	return both
}

// TestResamplingKeepsTheBandAndDropsTheRest: flat to 3 kHz; what would fold back into the band is gone.
func TestResamplingKeepsTheBandAndDropsTheRest(t *testing.T) {
	for _, rate := range []int{16000, 44100, 48000} {
		for _, f := range []float64{300, 1000, 2000, 3000} {
			got := resample(sine(f, -10, rate, rate), rate)
			if level, _ := tone(got[800:7200], f); math.Abs(level+13.01) > 0.5 {
				t.Errorf("%v Hz from %d: level %.2f dB", f, rate, level)
			}
		}
		for _, f := range []float64{5000, 6000, 7000} {
			got := resample(sine(f, -10, rate, rate), rate)
			if level := rms(got[800:7200]); level > -60 {
				t.Errorf("%v Hz from %d: %.1f dB is left", f, rate, level)
			}
		}
	}
}

func TestBrokenWAVsAreRefused(t *testing.T) {
	good := wavOf(wavPCM, 1, 8000, 16, make([]byte, 320))
	for name, file := range map[string][]byte{
		"empty":      nil,
		"text":       []byte("this is no audio, just words and words"),
		"no data":    good[:40],
		"3 channels": wavOf(wavPCM, 3, 8000, 16, make([]byte, 320)),
		"24 bits":    wavOf(wavPCM, 1, 8000, 24, make([]byte, 320)),
		"float":      wavOf(3, 1, 8000, 32, make([]byte, 320)),
		"4 kHz":      wavOf(wavPCM, 1, 4000, 16, make([]byte, 320)),
		"96 kHz":     wavOf(wavPCM, 1, 96000, 16, make([]byte, 320)),
	} {
		if _, err := decodeWAV(file); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	for name, file := range map[string][]byte{"cut off": good[:len(good)-100], "endless": endless(good)} {
		if pcm, err := decodeWAV(file); err != nil || len(pcm) == 0 {
			t.Errorf("%s: %d samples, %v", name, len(pcm), err)
		}
	}
}

// endless promises 4 GiB of audio.
func endless(file []byte) []byte {
	b := append([]byte(nil), file...)
	copy(b[len(b)-324:], "\xff\xff\xff\xff")
	return b
}

func TestRecordingCutShortCanBeRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cut.wav")
	f, err := createWAV(path)
	must(t, err)
	must(t, f.write(sine(1020, -10, 12000, sampleRate)))
	must(t, f.file.Close()) // the process died here
	if pcm, err := loadWAV(path); err != nil || len(pcm) != 12000 {
		t.Errorf("read as %d samples, %v", len(pcm), err)
	}
}

func FuzzWAV(f *testing.F) {
	f.Add(wavOf(wavPCM, 2, 44100, 16, make([]byte, 64)))
	f.Add(wavOf(wavUlaw, 1, 8000, 8, make([]byte, 64)))
	f.Add(endless(wavOf(wavAlaw, 1, 8000, 8, make([]byte, 400))))
	f.Fuzz(func(t *testing.T, file []byte) {
		if pcm, err := decodeWAV(file); err == nil && len(pcm) > len(file) {
			t.Fatalf("%d octets became %d samples", len(file), len(pcm))
		}
	})
}

// TestFilesOfAnotherProgram reads what sox wrote (testdata/audio/make.sh).
func TestFilesOfAnotherProgram(t *testing.T) {
	files, err := filepath.Glob("../testdata/audio/*.wav")
	if err != nil || len(files) < 8 {
		t.Fatalf("found %v, %v", files, err)
	}
	for _, path := range files {
		pcm, err := loadWAV(path)
		switch name := filepath.Base(path); name {
		case "pcm24-48k.wav", "float-8k.wav":
			if err == nil {
				t.Errorf("%s was taken", name)
			}
		default:
			must(t, err)
			if level, snr := tone(pcm[400:2800], 1020); math.Abs(level+13.01) > 0.2 || snr < 30 {
				t.Errorf("%s: %d samples, level %.2f dB, SNR %.1f dB", name, len(pcm), level, snr)
			}
		}
	}
}
