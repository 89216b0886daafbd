package main

import (
	"fmt"
	"io"
	"sync"
	"time"
)

const (
	// sinkSize bounds what waits for a reader, in octets; as much again may be on the way to it.
	sinkSize = 1 << 20
	// farewell is how long the last lines may take when the program ends.
	farewell = time.Second
)

// sink takes lines and never blocks: whoever reads standard error may hang, and calls must not. What finds no room is
// left out, and counted in a line of its own as soon as there is room again.
type sink struct {
	to io.Writer

	mu      sync.Mutex
	waiting []byte
	writing bool   // a goroutine writes what waits
	missing int    // lines left out since the last line that says so
	dropped uint64 // lines left out ever
	empty   *sync.Cond
}

func newSink(to io.Writer) *sink {
	s := &sink{to: to}
	s.empty = sync.NewCond(&s.mu)
	return s
}

// Write takes one line.
func (s *sink) Write(line []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.waiting)+len(line) > sinkSize {
		s.missing++
		s.dropped++
		return len(line), nil
	}
	if s.missing > 0 {
		s.waiting = fmt.Appendf(s.waiting, "time=%s level=WARN msg=\"lines left out: the output is not read in time\" lines=%d\n",
			time.Now().UTC().Format("2006-01-02T15:04:05.000Z07:00"), s.missing)
		s.missing = 0
	}
	s.waiting = append(s.waiting, line...)
	if !s.writing {
		s.writing = true
		go s.drain()
	}
	return len(line), nil
}

// drain writes until nothing waits. A reader that is gone is like one that reads everything.
func (s *sink) drain() {
	var spare []byte
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.waiting) > 0 {
		lines := s.waiting
		s.waiting = spare
		s.mu.Unlock()
		_, _ = s.to.Write(lines)
		spare = lines[:0]
		s.mu.Lock()
	}
	s.waiting, s.writing = nil, false
	s.empty.Broadcast()
}

// Dropped counts the lines left out.
func (s *sink) Dropped() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dropped
}

// Flush waits until everything is written, a second at most.
func (s *sink) Flush() {
	over := false
	late := time.AfterFunc(farewell, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		over = true
		s.empty.Broadcast()
	})
	defer late.Stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.writing && !over {
		s.empty.Wait()
	}
}
