package queue

import "time"

// callUser rings a user outside of any line, also in a conversation: the phone decides. from is the group whose rule
// says so; "": the call is direct, and the caller hears the phone's own answers.
func (e *Engine) callUser(c *Call, id AgentID, from GroupID) {
	c.Phase = Direct
	a := e.user(id)
	if a == nil || a.Devices == 0 {
		e.unanswered(c, AttemptFailed{})
		return
	}
	show := c.Caller
	if g := e.groups[from]; g != nil {
		show = e.shownIn(g, c)
	}
	e.ring(c, Attempt{Agent: id, Until: e.now.Add(directRing)}, Ring{Show: show, Relay: !c.Accepted && from == ""})
}

// callNumber dials an outside number over a trunk, outside of any line. payer is the user whose limits count it; "": nobody's.
func (e *Engine) callNumber(c *Call, number string, over TrunkID, ring time.Duration, payer AgentID) {
	c.Phase = Direct
	t := e.trunk(over)
	if t == nil {
		e.unanswered(c, AttemptFailed{})
		return
	}
	e.ring(c, Attempt{Number: number, Until: e.now.Add(ring), Payer: payer},
		Ring{Trunk: over, Show: e.callerID(c, t), Relay: !c.Accepted && c.Visit == 0})
}

// unanswered goes where a direct call goes without an answer.
func (e *Engine) unanswered(c *Call, f AttemptFailed) {
	switch {
	case c.Into != "": // it is on its way to another call
	case c.Back == BackToGiver:
		e.comeBack(c, f.Code)
	case c.Back == BackToOrigin:
		e.toOrigin(c)
	case len(c.Trunks) > 0 && f.Why != Stopped:
		next := c.Trunks[0]
		c.Trunks = c.Trunks[1:]
		e.callNumber(c, c.Number, next, emergencyRing, "")
	case c.Fallback.Kind == ToVoicemail:
		e.takeMessage(c, Mailbox(c.Fallback.Name))
	case f.Why == Rejected:
		e.end(c, passedOn(f.Code), CauseRefused)
	default:
		e.end(c, passedOn(f.Code), CauseNoAnswer)
	}
}

// passedOn is the status a caller gets for the one that the target gave. What would speak about us instead of the number
// called is replaced: a carrier that gets a 503 gives up on all of us (RFC 3261 s16.7 item 6), and 401 or 407 would
// ask the caller for our password.
func passedOn(code int) int {
	switch {
	case code == 401, code == 407, code == 503:
		return 500
	case code < 400, code == 408, code == 481, code == 487, code == 491, code > 699:
		return 480
	}
	return code
}
