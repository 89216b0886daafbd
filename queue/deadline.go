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

// passed says that the moment t has come; zero never does.
func (e *Engine) passed(t time.Time) bool { return !t.IsZero() && !e.now.Before(t) }

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
	if c.unheard() && e.passed(c.Arrived.Add(acceptBy)) {
		e.accept(c)
	}
	g := e.groups[c.Group]
	if g != nil && c.Phase == Talking && c.Into == "" && g.MaxTalking > 0 && !c.TalkFrom.IsZero() && e.passed(c.TalkFrom.Add(g.MaxTalking)) {
		e.end(c, 0, CauseTooLong)
	}
	last := false // the chance after max_wait is over too
	if g != nil && c.Phase == InGroup {
		e.turnPass(c)
		giveUp := g.giveUp(c)
		last = !giveUp.IsZero() && e.passed(giveUp.Add(lastChance))
	}
	for i := range c.Attempts {
		if last || e.passed(c.Attempts[i].Until) {
			e.stop(c, &c.Attempts[i], TimeOver)
		}
	}
}

// turnPass begins a new pass after the back-off, or notes that phones rang for a whole clock.
func (e *Engine) turnPass(c *Call) {
	if e.passed(c.Pass.RetryAt) {
		c.Pass = Pass{BusyFrom: e.now}
	}
	ringing := slices.ContainsFunc(c.Attempts, func(a Attempt) bool { return a.Stop == "" })
	if ringing && e.passed(c.Pass.Clock) {
		c.Pass.Over = true
	}
}
