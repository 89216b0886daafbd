package media

import (
	"encoding/binary"
	"fmt"
	"os"
	"time"
)

const wavHeader = 44 // octets before the audio in the files written here

// wavFile is a WAV file being written: 16-bit PCM, 8 kHz, mono. Its header promises nothing until finish, so after a
// crash it is whatever RepairWAV or any tolerant reader makes of the length of the file.
type wavFile struct {
	file    *os.File
	samples int64
	scratch []byte
}

func createWAV(path string) (*wavFile, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	if _, err := f.Write(wavHead(0)); err != nil {
		f.Close()
		return nil, err
	}
	return &wavFile{file: f}, nil
}

// write appends samples.
func (w *wavFile) write(pcm []int16) error {
	w.scratch = w.scratch[:0]
	for _, s := range pcm {
		w.scratch = binary.LittleEndian.AppendUint16(w.scratch, uint16(s))
	}
	n, err := w.file.Write(w.scratch)
	w.samples += int64(n / 2)
	return err
}

// finish keeps the first samples of the file, says so in its header and closes it.
func (w *wavFile) finish(samples int64) error {
	samples = min(samples, w.samples)
	err := w.file.Truncate(wavHeader + 2*samples)
	if _, e := w.file.WriteAt(wavHead(samples), 0); err == nil {
		err = e
	}
	if e := w.file.Close(); err == nil {
		err = e
	}
	return err
}

// wavHead is the header of a file with so many samples.
func wavHead(samples int64) []byte {
	b := make([]byte, 0, wavHeader)
	le := binary.LittleEndian
	b = le.AppendUint32(append(b, "RIFF"...), uint32(wavHeader-8+2*samples))
	b = le.AppendUint32(append(b, "WAVEfmt "...), 16)
	b = le.AppendUint16(b, wavPCM)
	b = le.AppendUint16(b, 1) // channels
	b = le.AppendUint32(b, sampleRate)
	b = le.AppendUint32(b, 2*sampleRate) // octets a second
	b = le.AppendUint16(b, 2)            // octets a sample
	b = le.AppendUint16(b, 16)           // bits a sample
	return le.AppendUint32(append(b, "data"...), uint32(2*samples))
}

// RepairWAV gives a recording whose writing was interrupted (the process or the machine died) the header of its true
// length, and returns that length. The file must be one written by Record; on a whole file it changes nothing. It
// blocks on the disk.
func RepairWAV(path string) (time.Duration, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	head := make([]byte, wavHeader)
	if _, err := f.ReadAt(head, 0); err != nil || string(head[:4]) != "RIFF" || string(head[36:40]) != "data" {
		return 0, fmt.Errorf("repair %s: not a recording of ours", path)
	}
	samples := (info.Size() - wavHeader) / 2
	if _, err := f.WriteAt(wavHead(samples), 0); err != nil {
		return 0, fmt.Errorf("repair %s: %w", path, err)
	}
	return time.Duration(samples) * time.Second / sampleRate, nil
}
