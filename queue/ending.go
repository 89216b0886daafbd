package queue

import "slices"

// callerLeft: the caller hung up. Its actor ends the attempts; each reports for itself.
func (e *Engine) callerLeft(f CallerLeft) {
	c := e.calls[f.Call]
	if c == nil || c.Phase == Ending {
		return
	}
	e.touch(c)
	e.left(c)
}

// left closes the books of a call whose caller has gone.
func (e *Engine) left(c *Call) {
	for i := range c.Attempts {
		if c.Attempts[i].Stop == "" {
			c.Attempts[i].Stop = CallerGone
		}
	}
	switch {
	case c.Phase == Talking && c.Answered:
		c.Cause = CauseNormal
	case c.Phase == Spoken:
		c.Cause = CauseDone
	default:
		c.Cause = CauseAbandoned
	}
	inVisit := c.Phase == InGroup || c.Phase == Talking && !c.Answered && c.Group != ""
	e.leaveLine(c, Ending)
	if inVisit {
		e.note(c, Event{Type: EvCallAbandoned, Waited: c.Waited, Position: c.Position})
	}
}

// end orders the end of a call that has no live attempts, with the code if it was not accepted.
func (e *Engine) end(c *Call, code int, cause Cause) {
	e.touch(c)
	c.Phase, c.Cause = Ending, cause
	if c.Accepted {
		e.order(Release{c.ID, cause})
	} else {
		e.order(Refuse{c.ID, code})
	}
}

// ended closes the books for good.
func (e *Engine) ended(f CallEnded) {
	c := e.calls[f.Call]
	if c == nil {
		return
	}
	e.touch(c)
	if c.Phase != Ending {
		e.cut(c, f.Cause)
	}
	for _, a := range slices.Clone(c.Attempts) { // its actor owes their facts; an agent must not pay for it
		e.over(c, a, Gone, 0)
	}
	if c.Talk != nil {
		e.endTalk(c)
	}
	if c.Message != "" {
		c.Cause = CauseMessage
	}
	c.Group = ""
	if c.Wanted && !c.Answered {
		e.note(c, Event{Type: EvCallMissed, Cause: string(c.Cause), Waited: c.Waited, Position: c.Position})
	}
	e.note(c, Event{Type: EvCallEnded, Cause: string(c.Cause), Waited: c.Waited, Talked: c.Talked})
	e.clock.set(&c.alarm, soonest{}.at)
	delete(e.calls, c.ID)
	if a := e.stir(c.User); a != nil {
		a.Own = slices.DeleteFunc(a.Own, func(id CallID) bool { return id == c.ID })
	}
}

// cut closes the books of a call that neither its caller nor we have ended.
func (e *Engine) cut(c *Call, cause Cause) {
	if cause == "" {
		e.left(c)
		return
	}
	visiting := c.Phase == InGroup || c.Phase == Talking && !c.Answered && c.Group != ""
	e.leaveLine(c, Ending)
	c.Cause = cause
	if visiting {
		e.note(c, Event{Type: EvCallOverflowed, Cause: string(cause), To: string(ToHangUp), Waited: c.Waited, Position: c.Position})
	}
}

func (e *Engine) promptEnded(f PromptEnded) {
	if c := e.calls[f.Call]; c != nil && c.Phase == Spoken {
		e.end(c, 0, CauseDone)
	}
}

// takeMessage sends the caller to a mailbox.
func (e *Engine) takeMessage(c *Call, box Mailbox) {
	e.touch(c)
	c.Phase, c.Hears = Message, Sound{}
	e.accept(c)
	e.order(TakeMessage{c.ID, box})
	e.note(c, Event{Type: EvCallVoicemail, Mailbox: box})
}

// messageLeft comes also after the caller has hung up.
func (e *Engine) messageLeft(f MessageLeft) {
	c := e.calls[f.Call]
	if c == nil || c.Message != "" {
		return
	}
	cause := CauseNoAnswer
	if f.Message != "" {
		cause, c.Message = CauseMessage, f.Message
		e.note(c, Event{Type: EvVoicemailLeft, Mailbox: f.Mailbox, Message: f.Message, Length: f.Length})
	}
	if c.Phase == Message {
		e.end(c, 0, cause)
	}
}
