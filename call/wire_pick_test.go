package call

import (
	"fmt"
	"slices"
	"time"
)

// picks: colleagues reach for a call that rings, one of them or several at once.
func (c *city) picks() {
	for range 1 + c.rand.IntN(3) {
		p := c.users[fmt.Sprint(101+c.rand.IntN(24))][0]
		if p.off || slices.ContainsFunc(c.users[p.user], (*peer).busy) {
			continue
		}
		dialled := "*8"
		switch c.rand.IntN(4) {
		case 0:
			dialled += c.ringingPhone()
		case 1:
			dialled += fmt.Sprint(600 + c.rand.IntN(9))
		}
		w := plan{dialled: dialled, patience: 20 * time.Second, talk: c.between(0, 9*time.Second)}
		if c.rand.IntN(4) == 0 {
			w.patience = c.between(0, 500*time.Millisecond)
		}
		p.after(c.between(0, 100*time.Millisecond), func() { p.calls(p.user, w) })
	}
}

// ringingPhone is the extension of a user whose phone rings, if there is one.
func (c *city) ringingPhone() string {
	for _, p := range c.peers {
		for _, s := range p.sides {
			if s.ringing && p.user != "" {
				return p.user
			}
		}
	}
	return fmt.Sprint(101 + c.rand.IntN(24))
}

// picksUp: its code has brought it a caller.
func (s *side) picksUp() {
	c := s.p.c
	c.moves["picked up"]++
	caller := c.callerOf(s)
	if caller == s || caller == nil {
		c.wrong("%s: its pick-up is answered, and nobody is there", s)
		return
	}
	caller.conversation()
	s.conversation()
}
