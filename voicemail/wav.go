package voicemail

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// errNotWAV: there is no sound to save in this file.
var errNotWAV = errors.New("not a WAV file")

// repairWAV makes the header of a recording tell the length that its file has, and returns the sound's length. A
// recorder that was killed leaves lengths of 0 or of the last time it wrote them. The sound is the last chunk; half a
// sample at its end is cut off.
func repairWAV(path string) (time.Duration, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	length, err := repairHeader(f)
	if err == nil {
		err = f.Sync()
	}
	return length, errors.Join(err, f.Close())
}

func repairHeader(f *os.File) (time.Duration, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	w, err := findSound(f)
	if err != nil {
		return 0, err
	}
	size := info.Size() - w.start
	size -= size % int64(w.frame)
	if err := f.Truncate(w.start + size); err != nil {
		return 0, err
	}
	if err := put32(f, 4, w.start+size-8); err != nil {
		return 0, err
	}
	if err := put32(f, w.start-4, size); err != nil {
		return 0, err
	}
	return time.Duration(size) * time.Second / time.Duration(w.rate), nil
}

// wave is what matters of a WAV header.
type wave struct {
	start int64  // of the samples in the file
	frame uint16 // bytes of one sample of all channels, 1-64
	rate  uint32 // bytes a second, at least 1
}

// findSound walks the chunks up to the samples. A recorder of ours writes two; more than 16 are not looked through.
func findSound(r io.ReaderAt) (w wave, err error) {
	head := make([]byte, 24)
	if _, err := r.ReadAt(head[:12], 0); err != nil || string(head[:4]) != "RIFF" || string(head[8:12]) != "WAVE" {
		return w, errNotWAV
	}
	at := int64(12)
	for range 16 {
		if _, err := r.ReadAt(head[:8], at); err != nil {
			return w, errNotWAV
		}
		size := int64(binary.LittleEndian.Uint32(head[4:]))
		switch string(head[:4]) {
		case "data":
			w.start = at + 8
			if w.frame < 1 || w.frame > 64 || w.rate < 1 {
				return w, errNotWAV
			}
			return w, nil
		case "fmt ":
			if _, err := r.ReadAt(head, at); err != nil {
				return w, errNotWAV
			}
			w.rate = binary.LittleEndian.Uint32(head[16:])
			w.frame = binary.LittleEndian.Uint16(head[20:])
		}
		at += 8 + size + size%2
	}
	return w, errNotWAV
}

func put32(w io.WriterAt, at, value int64) error {
	if value > 1<<32-1 {
		return fmt.Errorf("%w: longer than 4 GiB", errNotWAV)
	}
	_, err := w.WriteAt(binary.LittleEndian.AppendUint32(nil, uint32(value)), at)
	return err
}
