package call

import (
	"fmt"

	"ringtide/queue"
	"ringtide/sip"
)

// afterFault ends a call whose state cannot be trusted any more: no agent may stay bound to it.
func (c *Call) afterFault() {
	if c.ended {
		return
	}
	c.ending, c.ended = true, true
	c.x.Tell(queue.CallGivenUp{Call: c.id, Cause: queue.CauseFault})
	for _, a := range c.attempts {
		c.fail(a, queue.Gone)
	}
	for _, l := range c.allLegs() {
		l.hangUp(sip.NoReason)
		l.down()
	}
	c.x.Tell(queue.CallEnded{Call: c.id})
}

// last is the newest messages, oldest first, for the log.
func (c *Call) last() []string {
	var out []string
	for i := max(0, c.seen-len(c.recent)); i < c.seen; i++ {
		switch m := c.recent[i%len(c.recent)].(type) {
		case order:
			out = append(out, m.String())
		case dialogEvent:
			out = append(out, fmt.Sprintf("%T", m.ev))
		case mediaEvent:
			out = append(out, fmt.Sprintf("%T", m.ev))
		default:
			out = append(out, fmt.Sprintf("%T", m))
		}
	}
	return out
}
