package wire

import (
	"slices"
	"time"
)

// absorbing lists, oldest first, the answered requests that are kept for 32 s only to answer copies of them (timer J). They
// are all that a phone that registers leaves behind, so thousands of phones that come back together fill the table with
// them. Then the oldest go first: a copy comes soon, as a rule, and one that comes later is asked for its proof again.
type absorbing struct {
	list []absorbed
	trim int // how many at the front have ended
}

type absorbed struct {
	tx    *plainServer
	since time.Time
}

// absorbs notes that a transaction has had its final response. The stack's lock is taken.
func (s *Stack) absorbs(t *plainServer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.absorbing.shift(s.servers)
	s.absorbing.list = append(s.absorbing.list, absorbed{t, time.Now()})
}

// shift forgets those at the front that have ended.
func (a *absorbing) shift(live map[string]serverMachine) {
	for a.trim < len(a.list) && live[a.list[a.trim].tx.key] != a.list[a.trim].tx {
		a.list[a.trim] = absorbed{}
		a.trim++
	}
	if a.trim > len(a.list)/2 {
		a.list, a.trim = slices.Delete(a.list, 0, a.trim), 0
	}
}

// makeRoom ends the oldest of them, unless its first copy may still come (RFC 3261 section 17.1.2.2); false: there is none.
func (s *Stack) makeRoom() bool {
	s.mu.Lock()
	a := &s.absorbing
	a.shift(s.servers)
	var oldest *plainServer
	if a.trim < len(a.list) && time.Since(a.list[a.trim].since) > 2*s.config.Timers.T1 {
		oldest = a.list[a.trim].tx
	}
	s.mu.Unlock()
	if oldest == nil {
		return false
	}
	oldest.stop()
	return true
}
