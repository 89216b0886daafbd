package queue

import "time"

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
		if c := e.touched[i]; c.waiting() && c.Into == "" {
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
	switch {
	case g == nil:
		return "deleted", c.Orphan, CauseNoAnswer
	case !g.online && g.IfNobody.Kind != ToHold:
		return "if_nobody", g.IfNobody, CauseNoAnswer
	case e.passed(g.giveUp(c)):
		return "max_wait", g.Then, CauseTimeout
	case g.holds() && c.Pass.Over:
		return "no_answer", Destination{Kind: ToHangUp}, CauseNoAnswer
	case g.holds() && !c.Admitted && g.full():
		return "line_full", g.Then, CauseFull
	case g.holds():
		return "", Destination{}, ""
	case len(c.Pass.Tried) > 0, g.online && e.passed(c.Pass.BusyFrom.Add(g.BusyWait)):
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
