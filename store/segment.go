package store

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// segment is the file of the journal that is being written.
type segment struct {
	path   string
	file   *os.File
	buffer *bufio.Writer
	size   int64
	full   bool // an image was asked for, to begin the next one
}

func createSegment(folder string, number int) (*segment, error) {
	path := filepath.Join(folder, fmt.Sprintf("%08d.jsonl", number))
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return &segment{path: path, file: f, buffer: bufio.NewWriterSize(f, 64<<10)}, nil
}

func (s *segment) write(line []byte) error {
	n, err := s.buffer.Write(line)
	s.size += int64(n)
	return err
}

func (s *segment) flush() error { return s.buffer.Flush() }

// close leaves no file behind if not a byte of it came to the disk.
func (s *segment) close() error {
	err := s.buffer.Flush()
	if info, statErr := s.file.Stat(); statErr == nil && info.Size() == 0 {
		err = errors.Join(err, os.Remove(s.path))
	}
	return errors.Join(err, s.file.Close())
}

// segmentFile is a file of the journal's folder.
type segmentFile struct {
	path   string
	number int
	size   int64
}

// segments lists the journal, oldest first.
func segments(folder string) ([]segmentFile, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var list []segmentFile
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".jsonl")
		number, err := strconv.Atoi(name)
		if !ok || err != nil {
			continue
		}
		if info, err := e.Info(); err == nil { // else it has just been removed
			list = append(list, segmentFile{filepath.Join(folder, e.Name()), number, info.Size()})
		}
	}
	slices.SortFunc(list, func(a, b segmentFile) int { return a.number - b.number })
	return list, nil
}
