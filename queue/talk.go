package queue

import "time"

// connected: from now on it is an answered call.
func (e *Engine) connected(f Connected) {
	c := e.calls[f.Call]
	if c == nil || c.Phase != Talking || c.Talk.ID != f.Attempt || !c.TalkFrom.IsZero() {
		return
	}
	e.touch(c)
	c.TalkFrom, c.Answered = e.now, true
	if a := e.agents[c.Talk.Agent]; a != nil {
		a.Worked = true
	}
	v := c.Talk.event(EvCallAnswered)
	v.Waited = c.Waited
	e.note(c, v)
}

// talkEnded ends a conversation. An answer that came to nothing is none: the caller goes on as if it had not been.
func (e *Engine) talkEnded(f TalkEnded) {
	c := e.calls[f.Call]
	if c != nil && c.Turned == f.Attempt && f.By == ByTarget { // it is the caller since
		if c.Phase != Ending {
			e.hangUp(c)
		}
		return
	}
	if c == nil || c.Talk == nil || c.Talk.ID != f.Attempt {
		return
	}
	e.touch(c)
	talk := *c.Talk
	switch {
	case c.Phase != Talking: // it was ending already
		e.endTalk(c)
	case f.By == ByTarget && talk.Met && c.TalkFrom.IsZero(): // who was to be joined with the caller has left
		e.endTalk(c)
		e.comeBack(c, 0)
	case !talk.Met && (f.Empty || f.By == ByTarget && c.TalkFrom.IsZero()): // with Met what it has answered was another call
		e.takeBack(c)
		e.unbind(talk)
	case f.By == ByTarget && f.Held && e.heldBack(c, talk.Agent):
		e.part(c, ByTarget)
		c.Via = talk.Agent
		e.comeBack(c, 0)
	case f.By == ByTarget:
		e.endTalk(c)
		e.end(c, 0, CauseNormal)
	default: // the caller's leg is gone: its actor is ending the call
		e.left(c)
		e.endTalk(c)
	}
}

// endTalk closes the books of a conversation: its length, and the agent's wrap-up if it really began.
func (e *Engine) endTalk(c *Call) {
	talk := *c.Talk
	c.Talk = nil
	agent := e.agents[talk.Agent]
	if !c.TalkFrom.IsZero() {
		c.Talked += e.now.Sub(c.TalkFrom)
	}
	if agent != nil && (talk.Met || !c.TalkFrom.IsZero()) {
		e.wrapUp(agent, talk.Group)
	}
	e.unbind(talk)
}

// wrapUp begins the wrap-up of a group that the agent has talked for. It never shortens one.
func (e *Engine) wrapUp(a *Agent, name GroupID) {
	g := e.groups[name]
	if g == nil || g.WrapUp == 0 {
		return
	}
	if until := e.now.Add(g.WrapUp); until.After(a.WrapUp) {
		a.WrapUp = until
	}
	e.log(Event{Type: EvAgentWrapUp, Agent: a.ID, Group: g.Name, Length: g.WrapUp})
}

// takeBack undoes an answer. In a group the caller stands where it stood; who had to stop for that answer is rung anew.
func (e *Engine) takeBack(c *Call) {
	v := c.Talk.event(EvAttemptNoAnswer)
	v.Cause = "empty"
	e.note(c, v)
	if !c.TalkFrom.IsZero() {
		e.note(c, Event{Type: EvCallReturned})
	}
	c.Talk, c.TalkFrom, c.Answered = nil, time.Time{}, c.Moved
	if c.Group == "" {
		c.Phase = Direct
		if len(c.Attempts) == 0 {
			e.unanswered(c, AttemptFailed{})
		}
		return
	}
	c.Phase = InGroup
	c.Pass.Clock, c.Pass.Over, c.Pass.RetryAt = time.Time{}, false, time.Time{}
	e.place(c)
	e.touch(c)
}
