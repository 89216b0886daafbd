package wire

import (
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

// malformed counts a refused message and logs how it began: cut, quoted, and never more than the start line.
func (s *Stack) malformed(begin []byte, from netip.AddrPort, why string) {
	s.counts.malformed.Add(1)
	n := &s.noise
	n.mu.Lock()
	defer n.mu.Unlock()
	if now := time.Now(); now.Before(n.next) {
		n.skipped++
		return
	} else {
		n.next = now.Add(time.Second)
	}
	for i, c := range begin {
		if c == '\r' || c == '\n' {
			begin = begin[:i]
			break
		}
	}
	s.log.Warn("malformed SIP message", "from", from, "why", why, "begins", strconv.QuoteToASCII(string(begin[:min(len(begin), 80)])), "not_logged", n.skipped)
	n.skipped = 0
}
