package media

import (
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func peak(pcm []int16) float64 {
	top := 0.0
	for _, s := range pcm {
		top = max(top, math.Abs(float64(s)))
	}
	return 20 * math.Log10(top/math.MaxInt16)
}

func TestBuiltinMusicIsPleasantInFigures(t *testing.T) {
	pcm := compose()
	if len(pcm)%frameSamples != 0 || len(pcm) < 60*sampleRate || len(pcm) > 90*sampleRate {
		t.Errorf("%d samples", len(pcm))
	}
	level, top := rms(pcm), peak(pcm)
	t.Logf("level %.1f dB, peak %.1f dB", level, top)
	if level < -19 || level > -16 || top > -3 {
		t.Errorf("level %.1f dB, peak %.1f dB", level, top)
	}
	largest := 0.0 // step from sample to sample, anywhere
	for i := 1; i < len(pcm); i++ {
		largest = max(largest, math.Abs(float64(pcm[i])-float64(pcm[i-1])))
	}
	if seam := math.Abs(float64(pcm[0]) - float64(pcm[len(pcm)-1])); seam > largest {
		t.Errorf("the loop clicks: a step of %v, elsewhere %v at most", seam, largest)
	}
	for i := 0; i+2*sampleRate <= len(pcm); i += 2 * sampleRate {
		if l := rms(pcm[i : i+2*sampleRate]); l < level-6 || l > level+6 {
			t.Errorf("at %d s the level is %.1f dB", i/sampleRate, l)
		}
	}
}

func TestFolderIsAPlaylist(t *testing.T) {
	dir := t.TempDir()
	for name, f := range map[string]float64{"b.wav": 1500, "a.WAV": 500} {
		pcm := sine(f, -10, sampleRate, sampleRate)
		must(t, os.WriteFile(filepath.Join(dir, name), wavOf(wavPCM, 1, 8000, 16, asPCM(pcm, 1, 16)), 0o600))
	}
	must(t, os.WriteFile(filepath.Join(dir, "notes.txt"), []byte("no music"), 0o600))
	c, err := loadTrack(dir)
	must(t, err)
	if c.length() != 2*time.Second {
		t.Fatalf("it plays %v", c.length())
	}
	pcm := ulaw.decode(nil, c.coded[ulaw])
	for i, f := range []float64{500, 1500} {
		if level, _ := tone(pcm[i*sampleRate:(i+1)*sampleRate], f); level < -14 {
			t.Errorf("second %d has no %v Hz: %.1f dB", i, f, level)
		}
	}
}

func TestTonesHaveTheirFrequenciesAndNoClicks(t *testing.T) {
	all := tones()
	for name, c := range map[string]struct {
		clip        *clip
		on          int // samples
		frequencies []float64
	}{
		"ringback": {all.ringback, 16000, []float64{440, 480}},
		"busy":     {all.busy, 4000, []float64{480, 620}},
		"beep":     {all.beep, 4000, []float64{1000}},
	} {
		pcm := ulaw.decode(nil, c.clip.coded[ulaw])[:c.on]
		for _, f := range c.frequencies {
			if level, _ := tone(pcm, f); level < -24 || level > -20 {
				t.Errorf("%s: %.1f dB at %v Hz", name, level, f)
			}
		}
		for _, s := range append(pcm[:4:4], pcm[c.on-4:]...) {
			if max(s, -s) > 300 {
				t.Errorf("%s begins or ends at %d", name, s)
			}
		}
	}
}

func TestPromptsAreOfOneLevel(t *testing.T) {
	all, err := prompts()
	must(t, err)
	if len(all) < 100 || all["voicemail-greeting"] == nil || all["20"] == nil {
		t.Fatalf("%d prompts", len(all))
	}
	for name, c := range all {
		pcm := ulaw.decode(nil, c.coded[ulaw])
		if level := rms(pcm); level < -26 || level > -16 || peak(pcm) > -3 || len(pcm) > 25*sampleRate {
			t.Errorf("%s: level %.1f dB, peak %.1f dB, %d s", name, level, peak(pcm), len(pcm)/sampleRate)
		}
	}
}

func TestFilesAreReadOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "greeting.wav")
	write := func(samples int) {
		must(t, os.WriteFile(path, wavOf(wavPCM, 1, 8000, 16, asPCM(make([]int16, samples), 1, 16)), 0o600))
	}
	var cache fileCache
	write(1600)
	first, err := cache.load(path)
	must(t, err)
	if again, _ := cache.load(path); again != first {
		t.Error("read twice")
	}
	write(3200)
	if changed, _ := cache.load(path); changed == first || changed.frames != 20 {
		t.Error("a changed file was not read again")
	}
	for range 2 * maxCached {
		other := filepath.Join(t.TempDir(), "x.wav")
		must(t, os.WriteFile(other, wavOf(wavPCM, 1, 8000, 16, make([]byte, 320)), 0o600))
		_, err := cache.load(other)
		must(t, err)
	}
	if len(cache.recent) != maxCached {
		t.Errorf("keeps %d files", len(cache.recent))
	}
}

func BenchmarkCompose(b *testing.B) {
	for b.Loop() {
		newClip(compose())
	}
}
