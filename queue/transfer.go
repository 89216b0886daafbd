package queue

import (
	"slices"
	"time"
)

// backRing is how long the phone of who transferred rings when nobody has answered the call.
const backRing = 30 * time.Second

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
// somebody. What it had begun for that is ended.
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
			if _, help := e.emergency(d.Number); !help {
				e.hangUp(d)
			}
		case Ending:
			consults = true
		}
	}
	return consults
}
