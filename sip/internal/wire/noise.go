package wire

import (
	"bytes"
	"net/netip"
	"strconv"
	"sync"
	"time"
)

// noise lets one line a second about malformed messages into the log.
type noise struct {
	mu      sync.Mutex
	next    time.Time
	skipped int
}

// turn tells whether a line may be logged now, and how many were not since the last.
func (n *noise) turn() (skipped int, ok bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	now := time.Now()
	if now.Before(n.next) {
		n.skipped++
		return 0, false
	}
	skipped, n.skipped, n.next = n.skipped, 0, now.Add(time.Second)
	return skipped, true
}

// malformed counts a refused message and logs how it began: cut, quoted, and never more than the start line.
func (s *Stack) malformed(begin []byte, from netip.AddrPort, why string) {
	s.counts.malformed.Add(1)
	skipped, ok := s.noise.turn()
	if !ok {
		return
	}
	if end := bytes.IndexAny(begin, "\r\n"); end >= 0 {
		begin = begin[:end]
	}
	begins := strconv.QuoteToASCII(string(begin[:min(len(begin), 80)]))
	s.log.Warn("malformed SIP message", "from", from, "why", why, "begins", begins, "not_logged", skipped)
}
