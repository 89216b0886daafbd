package queue

import (
	"slices"
	"time"
)

// backRing is how long the phone of who transferred rings when nobody has answered the call.
const backRing = 30 * time.Second

// report tells who transferred the call how it ended, once.
func (e *Engine) report(c *Call, code int) {
	if c.Report != "" {
		e.order(ReportTransfer{c.Report, code})
		c.Report = ""
	}
}

// comeBack rings who transferred a call that nobody has answered, also in its wrap-up.
func (e *Engine) comeBack(c *Call, code int) {
	e.report(c, passedOn(code))
	c.Phase, c.Back = Direct, BackToOrigin
	a := e.user(c.Via)
	if a == nil || a.Devices == 0 || e.engaged(a, c) {
		e.toOrigin(c)
		return
	}
	e.touch(c)
	e.ring(c, Attempt{Agent: a.ID, Until: e.now.Add(backRing)}, Ring{Show: c.Caller})
}

// engaged says that the agent has to do with another call.
func (e *Engine) engaged(a *Agent, c *Call) bool {
	return slices.ContainsFunc(a.Bound, func(b Binding) bool { return b.Call != c.ID }) ||
		slices.ContainsFunc(a.Own, func(id CallID) bool {
			d := e.calls[id]
			return d != nil && d != c && d.Phase != Ending
		})
}

// toOrigin puts a call that nobody has taken back at the head of the line that it came from.
func (e *Engine) toOrigin(c *Call) {
	via := c.Via
	c.Via, c.Back = "", ""
	if e.groups[c.Origin] == nil {
		e.takeMessage(c, Mailbox(via))
		return
	}
	c.Priority = 1
	e.send(c, Destination{ToGroup, string(c.Origin)}, CauseNoAnswer)
	c.Admitted = true // max_callers has let it in before
}

// heldBack says that who has hung up was about to transfer the caller, whom it holds: it talks with somebody else or calls
// somebody. What it had begun for that is ended; a call that it was called for goes on, also if it is its caller by now.
func (e *Engine) heldBack(c *Call, id AgentID) bool {
	a := e.agents[id]
	if a == nil || c.Into != "" {
		return false
	}
	consults := slices.ContainsFunc(a.Bound, func(b Binding) bool {
		d := e.calls[b.Call]
		return d != nil && d != c && d.Talk != nil && d.Talk.ID == b.Attempt
	})
	for _, id := range slices.Clone(a.Own) {
		d := e.calls[id]
		if d == nil || d == c || d.Into != "" {
			continue
		}
		switch d.Phase {
		case Direct, InGroup, Talking:
			consults = true
			if _, help := e.emergency(d.Number); !help && d.Turned == 0 {
				e.hangUp(d)
			}
		case Ending:
			consults = true
		}
	}
	return consults
}
