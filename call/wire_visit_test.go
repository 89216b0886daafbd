package call

import "ringtide/queue"

// Calls move: which of the server's calls a dialog belongs to is looked up where the server has it, in its lines.

// look finds the call that the side is in now. When the server has forgotten the dialog, the last one counts.
func (c *city) look(s *side) queue.CallID {
	c.x.lines.mu.Lock()
	defer c.x.lines.mu.Unlock()
	for d, l := range c.x.lines.legs {
		if d.ID() == s.id {
			s.visit = l.of()
			c.book(s.visit).dialogs[s.id] = true
			break
		}
	}
	return s.visit
}

// book is what was recorded of a call, or will be.
func (c *city) book(id queue.CallID) *book {
	b := c.books[id]
	if b == nil {
		b = &book{answered: map[queue.AgentID]bool{}, dialogs: map[string]bool{}}
		if id != "" { // else nobody reads it: the server knew of no such call
			c.books[id] = b
		}
	}
	return b
}

func (c *city) bookOf(s *side) *book { return c.book(c.look(s)) }

// callerOf is who has made the call that the side is in.
func (c *city) callerOf(s *side) *side { return c.visits[c.sipIDs[c.look(s)]] }

// partner is the other party of the conversation; nil if there is none, or it is not known.
func (c *city) partner(s *side) *side {
	visit := c.look(s)
	for _, p := range c.peers {
		for _, other := range p.sides {
			if other != s && other.state == up && !other.hasMoved() && other.visit == visit {
				return other
			}
		}
	}
	return nil
}
