package media

import (
	"cmp"
	"encoding/binary"
	"os"
)

const wavHeader = 44 // octets before the audio in the files written here

// wavFile is a WAV file being written: 16-bit PCM, 8 kHz, mono. Its header promises nothing until finish, so after a
// crash it is whatever a tolerant reader makes of the length of the file.
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
	_, headErr := w.file.WriteAt(wavHead(samples), 0)
	return cmp.Or(err, headErr, w.file.Close())
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
