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
	if c == nil || c.Talk == nil || c.Talk.ID != f.Attempt {
		return
	}
	e.touch(c)
	talk := *c.Talk
	switch {
	case c.Phase != Talking: // it was ending already
		e.endTalk(c)
	case f.Empty || f.By == ByTarget && c.TalkFrom.IsZero():
		e.takeBack(c)
		e.unbind(talk)
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
		if g := e.groups[talk.Group]; g != nil && agent != nil && g.WrapUp > 0 {
			if until := e.now.Add(g.WrapUp); until.After(agent.WrapUp) {
				agent.WrapUp = until
			}
			e.log(Event{Type: EvAgentWrapUp, Agent: agent.ID, Group: g.Name, Length: g.WrapUp})
		}
	}
	e.unbind(talk)
}

// takeBack undoes an answer. In a group the caller stands where it stood; who had to stop for that answer is rung anew.
func (e *Engine) takeBack(c *Call) {
	v := c.Talk.event(EvAttemptNoAnswer)
	v.Cause = "empty"
	e.note(c, v)
	if c.Answered {
		e.note(c, Event{Type: EvCallReturned})
	}
	talk := c.Talk
	c.Talk, c.TalkFrom, c.Answered = nil, time.Time{}, false
	if talk.Group == "" {
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
