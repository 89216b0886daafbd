package main

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// hanging is a reader of the log that takes nothing until told to.
type hanging struct {
	mu   sync.Mutex
	got  bytes.Buffer
	goes chan struct{}
}

func (h *hanging) Write(p []byte) (int, error) {
	<-h.goes
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.got.Write(p)
}

func (h *hanging) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.got.String()
}

func TestAHangingReaderStopsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reader := &hanging{goes: make(chan struct{})}
		s := newSink(reader)
		line := []byte(strings.Repeat("x", 99) + "\n")
		for range 3 * sinkSize / len(line) {
			if n, err := s.Write(line); n != len(line) || err != nil {
				t.Fatalf("%d, %v", n, err)
			}
		}
		begun := time.Now()
		s.Flush()
		if d := time.Since(begun); d != farewell {
			t.Errorf("gave up after %v, want %v", d, farewell)
		}
		dropped := s.Dropped()
		if kept := 3*sinkSize/len(line) - int(dropped); kept < sinkSize/len(line) || kept > 2*sinkSize/len(line) { // one part is being written
			t.Errorf("%d lines kept of %d octets each, want one or two MiB", kept, len(line))
		}
		close(reader.goes)
		s.Flush()
		s.Write([]byte("last\n"))
		s.Flush()
		text := reader.String()
		if !strings.HasSuffix(text, "last\n") || strings.Count(text, "lines left out") != 1 {
			t.Errorf("the end of the log: %q", text[len(text)-200:])
		}
		if s.Dropped() != dropped {
			t.Errorf("%d dropped after %d", s.Dropped(), dropped)
		}
	})
}

func TestLinesKeepTheirOrder(t *testing.T) {
	var out bytes.Buffer
	s := newSink(&out)
	for _, line := range []string{"a\n", "b\n", "c\n"} {
		s.Write([]byte(line))
	}
	s.Flush()
	if out.String() != "a\nb\nc\n" {
		t.Errorf("%q", out.String())
	}
}
