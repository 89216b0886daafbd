package media

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

const (
	minRate, maxRate = 8000, 48000 // samples a second a file may have
	maxFile          = 1 << 30     // octets; a longer file is refused before it is read
)

// Format tags of a WAV file (the "fmt " chunk).
const (
	wavPCM        = 1
	wavAlaw       = 6
	wavUlaw       = 7
	wavExtensible = 0xfffe // the tag stands further back
)

var (
	errNotWAV = errors.New("not a WAV file: convert it to WAV (16-bit PCM, 8-48 kHz)")
	errNoData = errors.New("broken WAV file: it holds no audio")
)

// wave is the audio of a WAV file as it stands there.
type wave struct {
	tag, channels, width int // width: bits of a sample
	rate                 int
	data                 []byte
}

// loadWAV reads a WAV file: PCM of 8 or 16 bits or G.711, 8-48 kHz, mono or stereo. It returns 16-bit samples, mono,
// 8 kHz. Errors name the file.
func loadWAV(path string) ([]int16, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("read %s: larger than %d MiB", path, maxFile>>20)
	}
	pcm, err := decodeWAV(data)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return pcm, nil
}

func decodeWAV(file []byte) ([]int16, error) {
	w, err := parseWAV(file)
	if err != nil {
		return nil, err
	}
	return resample(w.mono(), w.rate), nil
}

// parseWAV finds the format and the audio. A data chunk that promises more than the file holds, or nothing at all (its
// writer was interrupted), is taken to reach to the end.
func parseWAV(file []byte) (w wave, err error) {
	if len(file) < 12 || string(file[:4]) != "RIFF" || string(file[8:12]) != "WAVE" {
		return w, errNotWAV
	}
	for rest := file[12:]; len(rest) >= 8; {
		name, size := string(rest[:4]), uint64(binary.LittleEndian.Uint32(rest[4:]))
		rest = rest[8:]
		if name == "data" {
			if size == 0 || size > uint64(len(rest)) {
				size = uint64(len(rest))
			}
			w.data = rest[:size]
			return w, w.check()
		}
		if size > uint64(len(rest)) {
			break
		}
		if name == "fmt " {
			if err := w.readFormat(rest[:size]); err != nil {
				return w, err
			}
		}
		rest = rest[min(size+size&1, uint64(len(rest))):] // chunks begin at even offsets
	}
	return w, errNoData
}

func (w *wave) readFormat(b []byte) error {
	if len(b) < 16 {
		return errors.New("broken WAV file: its format chunk is too short")
	}
	w.tag = int(binary.LittleEndian.Uint16(b))
	w.channels = int(binary.LittleEndian.Uint16(b[2:]))
	w.rate = int(binary.LittleEndian.Uint32(b[4:]))
	w.width = int(binary.LittleEndian.Uint16(b[14:]))
	if w.tag == wavExtensible && len(b) >= 26 {
		w.tag = int(binary.LittleEndian.Uint16(b[24:]))
	}
	return nil
}

// check says what is wrong with the format.
func (w *wave) check() error {
	switch {
	case w.tag == 0:
		return errors.New("broken WAV file: no format chunk before the audio")
	case w.tag == wavPCM && w.width != 8 && w.width != 16:
		return fmt.Errorf("PCM of %d bits: convert it to 16 bits", w.width)
	case w.tag != wavPCM && w.tag != wavAlaw && w.tag != wavUlaw, w.tag != wavPCM && w.width != 8:
		return fmt.Errorf("WAV format %d of %d bits: convert it to 16-bit PCM", w.tag, w.width)
	case w.channels != 1 && w.channels != 2:
		return fmt.Errorf("%d channels: convert it to mono or stereo", w.channels)
	case w.rate < minRate || w.rate > maxRate:
		return fmt.Errorf("%d samples a second: convert it to %d-%d", w.rate, minRate, maxRate)
	}
	return nil
}

// mono decodes the audio and mixes two channels to one.
func (w *wave) mono() []int16 {
	width := w.width / 8
	pcm := make([]int16, len(w.data)/(width*w.channels))
	for i := range pcm {
		sum := 0
		for c := range w.channels {
			sum += int(w.sample(i*w.channels + c))
		}
		pcm[i] = int16(sum / w.channels)
	}
	return pcm
}

func (w *wave) sample(i int) int16 {
	switch {
	case w.tag == wavUlaw:
		return linear[ulaw][w.data[i]]
	case w.tag == wavAlaw:
		return linear[alaw][w.data[i]]
	case w.width == 8:
		return (int16(w.data[i]) - 128) << 8 // 8 bits are unsigned
	}
	return int16(binary.LittleEndian.Uint16(w.data[2*i:]))
}
