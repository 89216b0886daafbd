package queue

import (
	"slices"
	"time"
)

const (
	backOff    = 5 * time.Second  // hold: between two passes
	lastChance = 2 * time.Second  // an attempt that rings when max_wait ends
	acceptBy   = 60 * time.Second // after arrival: carriers cut calls that ring for too long
	directRing = 30 * time.Second // one user or number outside of any line
	// The caller decides how long an emergency call rings; INVITE transactions of carriers end about here (RFC 3261 s16.6, timer C).
	emergencyRing = 3 * time.Minute
)

// moveOn looks at every call of the groups that nobody is rung for, now that all who could be rung are.
func (e *Engine) moveOn(groups []*group) {
	for _, g := range groups {
		if online := g.anyOnline(e.now); online != g.online {
			g.online = online
			for _, c := range g.waiting {
				e.touch(c)
			}
		}
	}
	for i := 0; i < len(e.touched); i++ { // a call that moves on touches itself again
		if c := e.touched[i]; c.waiting() {
			e.review(c)
		}
	}
}

// review lets a waiting call stay, or sends it where a rule says.
func (e *Engine) review(c *Call) {
	rule, to, cause := e.verdict(c)
	if rule != "" {
		e.overflow(c, rule, to, cause)
		return
	}
	c.Admitted = true
	if len(c.Pass.Tried) > 0 && c.Pass.RetryAt.IsZero() { // all are tried; the line goes on
		c.Pass.Clock, c.Pass.RetryAt = time.Time{}, e.now.Add(backOff)
	}
}

// verdict says by which rule a waiting call moves on, and where to; "" if it stays. Cause is for the end of the call, if
// that is where it goes.
func (e *Engine) verdict(c *Call) (rule string, to Destination, cause Cause) {
	g := e.groups[c.Group]
	passed := func(t time.Time) bool { return !t.IsZero() && !e.now.Before(t) }
	switch {
	case g == nil:
		return "deleted", c.Orphan, CauseNoAnswer
	case !g.online && g.IfNobody.Kind != ToHold:
		return "if_nobody", g.IfNobody, CauseNoAnswer
	case passed(g.giveUp(c)):
		return "max_wait", g.Then, CauseTimeout
	case g.holds() && c.Pass.Over:
		return "no_answer", Destination{Kind: ToHangUp}, CauseNoAnswer
	case g.holds() && !c.Admitted && g.MaxCallers > 0 && len(g.waiting) > g.MaxCallers:
		return "line_full", g.Then, CauseFull
	case g.holds():
		return "", Destination{}, ""
	case len(c.Pass.Tried) > 0, g.online && passed(c.Pass.BusyFrom.Add(g.BusyWait)):
		return "if_missed", g.IfMissed, CauseNoAnswer
	}
	return "", Destination{}, ""
}

// overflow ends the visit by a rule.
func (e *Engine) overflow(c *Call, rule string, to Destination, cause Cause) {
	e.leaveLine(c, Ending)
	e.note(c, Event{Type: EvCallOverflowed, Cause: rule, To: to.String(), Waited: c.Waited, Position: c.Position})
	e.send(c, to, cause)
}

// callDue is the next moment at which the call must be looked at.
func (e *Engine) callDue(c *Call) time.Time {
	next := soonest{now: e.now}
	for _, a := range c.Attempts {
		if a.Stop == "" {
			next.add(a.Until)
		}
	}
	if c.unheard() {
		next.add(c.Arrived.Add(acceptBy))
	}
	g := e.groups[c.Group]
	if g == nil {
		return next.at
	}
	switch c.Phase {
	case InGroup:
		next.add(c.Pass.RetryAt)
		if !g.holds() {
			next.add(c.Pass.BusyFrom.Add(g.BusyWait))
		}
		if giveUp := g.giveUp(c); !giveUp.IsZero() {
			next.add(giveUp)
			next.add(giveUp.Add(lastChance))
		}
	case Talking:
		if g.MaxTalking > 0 && !c.TalkFrom.IsZero() {
			next.add(c.TalkFrom.Add(g.MaxTalking))
		}
	}
	return next.at
}

// timeOut does what is due for the call.
func (e *Engine) timeOut(c *Call) {
	e.touch(c)
	passed := func(t time.Time) bool { return !t.IsZero() && !e.now.Before(t) }
	if c.unheard() && passed(c.Arrived.Add(acceptBy)) {
		e.accept(c)
	}
	g := e.groups[c.Group]
	if g != nil && c.Phase == Talking && g.MaxTalking > 0 && !c.TalkFrom.IsZero() && passed(c.TalkFrom.Add(g.MaxTalking)) {
		e.end(c, 0, CauseTooLong)
		return
	}
	late := false
	if g != nil && c.Phase == InGroup {
		if giveUp := g.giveUp(c); !giveUp.IsZero() {
			late = passed(giveUp.Add(lastChance))
		}
		if passed(c.Pass.RetryAt) {
			c.Pass = Pass{BusyFrom: e.now}
		}
		if passed(c.Pass.Clock) && slices.ContainsFunc(c.Attempts, func(a Attempt) bool { return a.Stop == "" }) {
			c.Pass.Over = true
		}
	}
	for i := range c.Attempts {
		if late || passed(c.Attempts[i].Until) {
			e.stop(c, &c.Attempts[i], TimeOver)
		}
	}
}

// unheard says that the caller is still hearing the ring tone of its own network.
func (c *Call) unheard() bool {
	return !c.Accepted && (c.Phase == InGroup || c.Phase == Direct && c.Visit > 0)
}

// sound accepts a call that must stand in a line, and lets it hear what it should.
func (e *Engine) sound(c *Call) {
	if c.waiting() {
		e.accept(c)
	}
	switch {
	case !c.Accepted:
	case c.Phase == InGroup:
		music := c.Music
		if g := e.groups[c.Group]; g != nil && g.Music != "" {
			music = g.Music
		}
		e.play(c, Sound{Music, music})
	case c.Phase == Direct && c.Hears == Sound{}:
		e.play(c, Sound{Kind: Ringback})
	}
}

func (e *Engine) play(c *Call, s Sound) {
	if c.Hears != s {
		c.Hears = s
		e.order(Play{c.ID, s})
	}
}

func (e *Engine) accept(c *Call) {
	if !c.Accepted {
		c.Accepted = true
		e.order(Accept{c.ID})
	}
}
