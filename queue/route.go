package queue

import (
	"cmp"
	"slices"
)

// arrive takes in a new call and sends it on its way.
func (e *Engine) arrive(f CallArrived) {
	if e.calls[f.Call] != nil {
		return
	}
	e.arrivals++
	c := &Call{ID: f.Call, Arrival: e.arrivals, Arrived: e.now, Trunk: f.Trunk, User: f.User, Caller: f.Caller,
		Number: undecorated(f.Dialled), Music: "default"}
	c.alarm.call = c
	e.calls[c.ID] = c
	if f.User != "" {
		e.logArrival(c)
		e.fromUser(c)
		return
	}
	country := ""
	if t := e.trunk(f.Trunk); t != nil {
		country = t.Country
	}
	raw := c.Number
	c.Number, c.Caller.Number = e164(raw, country), e164(f.Caller.Number, country)
	e.logArrival(c)
	e.fromTrunk(c, raw, f.Caller.Number, country)
}

func (e *Engine) logArrival(c *Call) {
	e.note(c, Event{Type: EvCallArrived, From: c.Caller, Number: c.Number, Trunk: c.Trunk, User: c.User})
}

// fromTrunk routes a call of the outside world. It reaches what the numbers say, and nothing else: no extension, no
// code, no way out again.
func (e *Engine) fromTrunk(c *Call, dialled, caller, country string) {
	if slices.ContainsFunc(e.rules.Blocked, func(p string) bool { return matches(p, caller, country) }) {
		c.Wanted = true
		e.note(c, Event{Type: EvCallBlocked})
		e.end(c, 603, CauseBlocked)
		return
	}
	i := slices.IndexFunc(e.rules.Numbers, func(n Number) bool {
		return (n.Trunk == "" || n.Trunk == c.Trunk) && matches(n.Pattern, dialled, country)
	})
	if i < 0 {
		e.end(c, 404, CauseNotFound)
		return
	}
	n := e.rules.Numbers[i]
	c.Wanted, c.Music = true, cmp.Or(n.Music, c.Music)
	if n.AtOnce && n.To.Kind != ToHangUp {
		e.accept(c)
	} else if n.To.Kind == ToGroup {
		e.order(Progress{c.ID})
	}
	e.send(c, n.To, CauseNoAnswer)
}

// fromUser routes a call of one of our users. Emergency numbers come before everything else.
func (e *Engine) fromUser(c *Call) {
	a := e.user(c.User)
	if a == nil {
		e.end(c, 403, CauseForbidden)
		return
	}
	a = e.stir(a.ID)
	a.Own = append(a.Own, c.ID)
	if number, ok := e.emergency(c.Number); ok {
		e.withdraw(a)
		e.callForHelp(c, number)
		return
	}
	if code, ok := e.rules.Codes.meaning(c.Number); ok {
		e.carryOut(c, a, code)
		return
	}
	to, ok := e.extension(c.Number)
	if !ok {
		e.beyondExtensions(c, a)
		return
	}
	c.Wanted = true
	e.withdraw(a)
	if to.Kind == ToGroup {
		e.order(Progress{c.ID})
	}
	e.send(c, to, CauseNoAnswer)
}

// beyondExtensions routes what a user dials that is no extension: what codes mean with an extension behind them, else an
// outside number.
func (e *Engine) beyondExtensions(c *Call, a *Agent) {
	if extension, ok := e.rules.Codes.pickUp(c.Number); ok {
		e.pickUp(c, a, extension)
	} else if c.Number == e.rules.Codes.Voicemail {
		e.openMailbox(c, a)
	} else if box, ok := e.messageBox(c.Number); ok {
		e.withdraw(a)
		e.send(c, box, CauseNoAnswer)
	} else {
		e.callOutside(c, a)
	}
}

// extension finds who has an extension: users and groups share one numbering space.
func (e *Engine) extension(dialled string) (Destination, bool) {
	if e.user(AgentID(dialled)) != nil {
		return Destination{ToUser, dialled}, true
	}
	for _, g := range e.sections {
		if g.Extension != "" && g.Extension == dialled {
			return Destination{ToGroup, string(g.Name)}, true
		}
	}
	return Destination{}, false
}

// user finds an agent that the rules still know; nil if there is none.
func (e *Engine) user(id AgentID) *Agent {
	if a := e.agents[id]; a != nil && a.user.Extension != "" {
		return a
	}
	return nil
}

func (e *Engine) trunk(name TrunkID) *Trunk {
	i := slices.IndexFunc(e.rules.Trunks, func(t Trunk) bool { return t.Name == name })
	if i < 0 {
		return nil
	}
	return &e.rules.Trunks[i]
}

// send takes a call that has no live attempts to a destination. Cause is for its end, if that is where it goes.
func (e *Engine) send(c *Call, to Destination, cause Cause) {
	from := c.Group
	c.Group = ""
	e.touch(c)
	switch to.Kind {
	case ToGroup:
		g := e.groups[GroupID(to.Name)]
		switch {
		case g == nil:
			e.end(c, 480, cause)
		case slices.Contains(c.Chain, g.Name):
			e.end(c, 480, CauseNoAgents)
		default:
			e.enter(c, g)
		}
	case ToUser:
		c.Fallback = Destination{ToVoicemail, cmp.Or(string(from), to.Name)}
		e.callUser(c, AgentID(to.Name), from)
	case ToNumber:
		c.Fallback = Destination{Kind: ToHangUp}
		if from != "" {
			c.Fallback = Destination{ToVoicemail, string(from)}
		}
		e.callNumber(c, to.Name, e.rules.Outbound.Trunk, directRing, "")
	case ToVoicemail:
		e.takeMessage(c, Mailbox(cmp.Or(to.Name, string(from))))
	default:
		e.end(c, 480, cause)
	}
}
