package queue

import (
	"slices"
	"time"
)

// transferAsked answers a user who wants to go and have the other side of its call taken elsewhere.
func (e *Engine) transferAsked(f TransferAsked) {
	c := e.calls[f.Call]
	if c == nil {
		return
	}
	e.touch(c)
	code := 0
	if f.With != "" {
		code = e.attended(c, f)
	} else {
		code = e.blind(c, f)
	}
	if code != 0 {
		e.order(AnswerTransfer{c.ID, f.By, code})
	}
}

// blind sends the other side to where the user has dialled, or says by which code it is refused.
func (e *Engine) blind(c *Call, f TransferAsked) (code int) {
	a := e.user(c.at(f.By))
	switch {
	case c.Phase != Talking || c.TalkFrom.IsZero() || c.Into != "":
		return 491
	case a == nil: // no user, or not any more
		return 403
	}
	to, code := e.transferTarget(a, c.at(f.By.other()), f.To)
	if code != 0 {
		return code
	}
	e.note(c, Event{Type: EvCallTransferred, Cause: "blind", User: a.ID, To: to.String()})
	e.part(c, f.By)
	e.order(AnswerTransfer{c.ID, f.By, 202})
	c.Via, c.Report = a.ID, c.ID
	switch to.Kind {
	case ToUser:
		c.Back = BackToGiver
		e.callUser(c, AgentID(to.Name), "")
	case ToNumber:
		c.Back = BackToGiver
		e.callPaid(c, to.Name, a)
	default:
		e.report(c, 200)
		e.send(c, to, CauseNoAnswer)
	}
	return 0
}

// at is the user on a side of the call; "" if there is none.
func (c *Call) at(s Side) AgentID {
	switch {
	case s == ByCaller:
		return c.User
	case c.Talk != nil:
		return c.Talk.Agent
	}
	return ""
}

func (s Side) other() Side {
	if s == ByCaller {
		return ByTarget
	}
	return ByCaller
}

// transferTarget says where a user may transfer somebody to, or by which code that is refused. It may do what it may
// dial, but for codes and emergency numbers: those are for who dials them.
func (e *Engine) transferTarget(a *Agent, moved AgentID, dialled string) (to Destination, code int) {
	dialled = undecorated(dialled)
	if to, ok := e.extension(dialled); ok {
		return to, e.refusal(a, moved, to)
	}
	if box, ok := e.messageBox(dialled); ok {
		return box, 0
	}
	_, codeDialled := e.rules.Codes.meaning(dialled)
	_, pickUp := e.rules.Codes.pickUp(dialled)
	_, help := e.emergency(dialled)
	if codeDialled || pickUp || help || dialled != "" && dialled == e.rules.Codes.Voicemail {
		return Destination{}, 403
	}
	number, code := e.mayCall(a, dialled)
	return Destination{ToNumber, number}, code
}

// refusal is the code by which a transfer to an extension is refused; 0 if it is not. The caller keeps the agent: better
// than to lose both.
func (e *Engine) refusal(a *Agent, moved AgentID, to Destination) int {
	if to.Kind == ToUser {
		switch id := AgentID(to.Name); {
		case id == a.ID, id == moved:
			return 482
		case e.user(id).Devices == 0:
			return 480
		}
		return 0
	}
	switch g := e.groups[GroupID(to.Name)]; {
	case !g.anyOnline(e.now) && g.IfNobody.Kind != ToHold:
		return 480
	case g.holds() && g.full():
		return 486
	}
	return 0
}

// part lets who transfers go, into its wrap-up if it has answered for a group. Who stays is the caller from now on.
func (e *Engine) part(c *Call, by Side) {
	if by == ByTarget {
		if c.Talk.Group != "" {
			c.Origin = c.Talk.Group
		}
		e.endTalk(c)
	} else {
		e.turn(c)
	}
	c.TalkFrom, c.Moved, c.Back, c.Via = time.Time{}, true, "", ""
	c.Group, c.Chain, c.Priority, c.Trunks = "", nil, 0, nil
}

// turn makes the target of the call its caller.
func (e *Engine) turn(c *Call) {
	talk := *c.Talk
	c.Talk, c.Origin = nil, ""
	c.Talked += e.now.Sub(c.TalkFrom)
	e.disown(c)
	e.unbind(talk)
	c.User, c.Caller, c.Payer = talk.Agent, e.party(&talk), talk.Payer
	c.Turned, c.Serves = talk.ID, talk.Group
	if a := e.stir(c.User); a != nil {
		a.Own = append(a.Own, c.ID)
	}
}

// disown frees the user who is the caller, into the wrap-up that is due to it if it was a target before.
func (e *Engine) disown(c *Call) {
	if a := e.stir(c.User); a != nil {
		a.Own = slices.DeleteFunc(a.Own, func(id CallID) bool { return id == c.ID })
		e.wrapUp(a, c.Serves)
	}
	c.Serves = ""
}
