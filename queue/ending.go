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
	c.withdrawn()
	switch {
	case c.Phase == Talking && !c.TalkFrom.IsZero(), c.Phase == Joining:
		c.Cause = CauseNormal
	case c.Phase == Spoken, c.Phase == InMailbox:
		c.Cause = CauseDone
	case c.Phase == PickingUp && c.Cause != "":
	default:
		c.Cause = CauseAbandoned
	}
	visiting := c.visiting()
	e.leaveLine(c, Ending)
	if visiting {
		e.note(c, Event{Type: EvCallAbandoned, Waited: c.Waited, Position: c.Position})
	}
	e.report(c, 487)
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
	if c.Phase != Ending { // its actor owed us a word
		if c.Report == c.ID {
			c.Report = "" // nobody is left to hear it
		}
		e.left(c)
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
	e.orphaned(c)
	c.Group = ""
	if c.Wanted && !c.Answered && c.Cause != CauseJoined {
		e.note(c, Event{Type: EvCallMissed, Cause: string(c.Cause), Waited: c.Waited, Position: c.Position})
	}
	e.note(c, Event{Type: EvCallEnded, Cause: string(c.Cause), Waited: c.Waited, Talked: c.Talked,
		To: when(c.Cause == CauseJoined, "call:"+string(c.Into))})
	e.clock.set(&c.alarm, soonest{}.at)
	delete(e.calls, c.ID)
	e.disown(c)
}

// givenUp closes the books of a call that neither its caller nor we have ended. No attempt is started for it any more.
func (e *Engine) givenUp(f CallGivenUp) {
	c := e.calls[f.Call]
	if c == nil || c.Phase == Ending {
		return
	}
	e.touch(c)
	c.withdrawn()
	visiting := c.visiting()
	e.leaveLine(c, Ending)
	c.Cause = f.Cause
	if visiting {
		e.note(c, Event{Type: EvCallOverflowed, Cause: string(f.Cause), To: string(ToHangUp), Waited: c.Waited, Position: c.Position})
	}
	e.report(c, 487)
}

// withdrawn notes that the actor ends the attempts by itself: they end because the call does.
func (c *Call) withdrawn() {
	for i := range c.Attempts {
		if c.Attempts[i].Stop == "" {
			c.Attempts[i].Stop = CallerGone
		}
	}
}

// visiting says that the call's stay in a group has no end yet.
func (c *Call) visiting() bool {
	return c.Phase == InGroup || c.Phase == Talking && c.TalkFrom.IsZero() && c.Group != ""
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
