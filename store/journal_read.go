package store

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"
	"time"

	"ringtide/queue"
)

// Entry is what a line of the journal tells: exactly one of Fact and Image is set.
type Entry struct {
	At     time.Time
	Fact   queue.Fact
	Orders []queue.Order // what the engine ordered then
	Image  *queue.Image  // the engine after the entries before it: replay can begin here
}

// String is the entry as people read it: time and fact, and each order on a line of its own.
func (e Entry) String() string {
	var b strings.Builder
	b.WriteString(e.At.UTC().Format("2006-01-02T15:04:05.000Z "))
	if e.Image != nil {
		b.WriteString("image of the engine")
		return b.String()
	}
	b.WriteString(e.Fact.String())
	for _, o := range e.Orders {
		b.WriteString("\n    " + o.String())
	}
	return b.String()
}

// Journal is a journal opened for reading, beside a running server too.
type Journal struct{ files []segmentFile }

// OpenJournal finds the segments in c.Path.
func OpenJournal(c Config) (*Journal, error) {
	files, err := segments(c.journal())
	if err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	return &Journal{files}, nil
}

// OpenSegments is the journal of these files, in this order. A file that cannot be read is an error of Entries.
func OpenSegments(paths ...string) *Journal {
	j := &Journal{}
	for _, p := range paths {
		j.files = append(j.files, segmentFile{path: p})
	}
	return j
}

// Empty says that there is no segment.
func (j *Journal) Empty() bool { return len(j.files) == 0 }

// Entries goes through the segments, oldest first. A segment begins with an image, save that the first one of a run has
// that run's first fact before it. Where facts were dropped, an image follows, with at most one fact between. The end of
// a line that was cut off by a crash is left out; a line that cannot be read is an error, after which the next segment
// follows.
func (j *Journal) Entries() iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for _, f := range j.files {
			for e, err := range segmentEntries(f.path) {
				if !yield(e, err) {
					return
				}
				if err != nil {
					break
				}
			}
		}
	}
}

func segmentEntries(path string) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		f, err := os.Open(path)
		if err != nil {
			yield(Entry{}, fmt.Errorf("read journal: %w", err))
			return
		}
		defer f.Close()
		lines := bufio.NewReaderSize(io.LimitReader(f, 4*segmentSize), 64<<10)
		for n := 1; ; n++ {
			text, err := lines.ReadBytes('\n')
			if errors.Is(err, io.EOF) {
				return
			}
			var e Entry
			if err == nil {
				e, err = parseLine(text)
			}
			if err != nil {
				err = fmt.Errorf("read journal %s, line %d: %w", path, n, err)
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}
