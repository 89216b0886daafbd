package queue

import (
	"slices"
	"time"
)

// orders takes in what the engine ordered, one by one, then looks at what is left.
func (o *oracle) orders(f Fact, orders []Order) {
	abandoned := false
	for _, order := range orders {
		switch order := order.(type) {
		case Ring:
			o.ring(order)
			o.comes(order.Call, order.Agent, order.For, order.Group, "")
		case PickUp:
			o.pickUp(order)
		case Join:
			o.join(order)
		case AnswerTransfer:
			o.answerTransfer(order)
		case ReportTransfer:
			o.report(order)
		case OpenMailbox:
			o.opened(order)
		case StopRinging:
			o.stopped(order)
		case Connect:
			if c := o.calls[order.Call]; c.talk == nil || c.talk.id != order.Attempt || c.connected {
				o.wrong("S2: %v: not the winner", order)
			} else if c.joining != "" {
				o.wrong("S14: %v: its legs are on their way to another call", order)
			}
		case Release:
			o.final(order.Call, order)
			if c := o.calls[order.Call]; c.talk != nil && order.Cause != CauseTooLong && !o.consulted(c) && !c.abandoned {
				o.wrong("S2: %v: the caller talks", order)
			}
		case Play:
			c := o.calls[order.Call]
			c.spoken, c.music = c.spoken || order.Sound.Kind == Prompt, order.Sound.Kind == Music
		case Show:
			o.shown(order)
		case Refuse:
			o.final(order.Call, order)
			o.refused(order)
		case TakeMessage:
			o.comes(order.Call, "", 0, "", order.Mailbox)
			if c := o.calls[order.Call]; c.line || c.talk != nil {
				o.wrong("S5: %v: still in a line", order)
			} else {
				c.box = true
			}
		case Record:
			o.record(order.Event)
			abandoned = abandoned || order.Event.Type == EvCallAbandoned && order.Event.Call == o.left
		}
	}
	if o.left != "" && !abandoned {
		o.wrong("S13: %s left and is not abandoned", o.left)
	}
	o.quiet(f)
	o.owned(f)
	o.cameBack(f)
	o.followed(f)
}

// shown: only phones of users are told with whom they speak now, and that is somebody else.
func (o *oracle) shown(s Show) {
	c := o.calls[s.Call]
	if who := c.other(opposite(s.To)); c.talk == nil || who == "" || s.As.Number == string(who) && c.other(s.To) != who {
		o.wrong("%v: it is %q", s, who)
	}
}

func opposite(s Side) Side {
	if s == ByCaller {
		return ByTarget
	}
	return ByCaller
}

// consulted says that a user who has hung up in this step had begun this call to ask about the caller it held. It is ended, but
// not an emergency call, nor one that it was called for and is the caller of only since somebody parted.
func (o *oracle) consulted(c *seenCall) bool {
	return o.held != "" && c.user == o.held && c.id != o.holding && c.turned == 0 && o.consults(c) &&
		!slices.Contains(o.rules.Outbound.Emergency, c.number)
}

// stopped: an attempt that the fact of this step takes back did not ring to the end of a clock that has struck in it.
func (o *oracle) stopped(s StopRinging) {
	c := o.calls[s.Call]
	a := c.live[s.Attempt]
	switch {
	case a == nil:
		o.wrong("S11: %v: not live", s)
	case a.stopped != "":
		o.wrong("S2: %v: stopped twice", s)
	default:
		a.stopped = s.Why
		if s.Why == Withdrawn && c.overNow {
			c.over = c.rings()
		}
	}
}

func (o *oracle) final(id CallID, order Order) {
	c := o.calls[id]
	if c.abandoned && !c.final {
		c.final = true
		return
	}
	if c.final || c.line || len(c.live) > 0 && c.talk == nil && !c.connected && !o.consulted(c) {
		o.wrong("S4: %v: final %v, in a line %v, %d attempts", order, c.final, c.line, len(c.live))
	}
	if c.moving() && !c.queued && !o.consulted(c) || c.joining != "" && c.keeps {
		o.wrong("S14: %v: it is being transferred", order)
	}
	c.final = true
}

func (o *oracle) ring(r Ring) {
	o.seen.Attempts++
	c := o.calls[r.Call]
	if r.Attempt <= o.last {
		o.wrong("S11: %v: the number was used", r)
	}
	o.last = r.Attempt
	if c.talk != nil || c.final || c.ended || c.joining != "" && c.keeps {
		o.wrong("S2: %v: nobody may ring for it any more", r)
	}
	if m := c.moved; c.moving() && !c.queued && !m.returned && r.Group == "" && (r.By != m.by || c.user != m.by && r.Show.Number == string(m.by)) {
		o.wrong("S14: %v: transferred by %s", r, m.by)
	}
	a := &seenAttempt{id: r.Attempt, agent: r.Agent, group: r.Group, until: o.now.Add(r.For)}
	if r.Group != "" {
		o.ringMember(c, r)
	}
	c.live[r.Attempt] = a
	if r.Agent != "" {
		o.agents[r.Agent].bound[r.Attempt] = r.Call
	}
}

func (o *oracle) ringMember(c *seenCall, r Ring) {
	g := o.groups[r.Group]
	switch {
	case !c.line || c.group != r.Group:
		o.wrong("S5: %v: stands in the line of %q (%v)", r, c.group, c.line)
	case !o.free(r.Agent):
		o.wrong("S1/S7/S8: %v: the agent is not free: %+v", r, *o.agents[r.Agent])
	case !o.may(c, r.Agent):
		o.wrong("S9: %v: may not be tried", r)
	case len(c.live) > 0 && g.Distribution != Everybody:
		o.wrong("S1: %v: another attempt lives", r)
	}
	joins := len(c.live) > 0 && !c.fresh
	for _, d := range o.calls {
		if d == c || !o.may(d, r.Agent) {
			continue
		}
		waits := len(d.live) == 0
		rings := !waits && o.groups[d.group].Distribution == Everybody
		if waits && (joins || precedes(d, c)) || rings && joins && precedes(d, c) {
			o.wrong("S3: %v: %s comes first", r, d.id)
		}
	}
	if g.Distribution == Evenly {
		for _, id := range g.Agents {
			if o.free(id) && o.may(c, id) && o.stamps[g.Name][id] < o.stamps[g.Name][r.Agent] {
				o.wrong("evenly: %v: %s has the lower stamp", r, id)
			}
		}
	}
	if g.Distribution == InOrder {
		for _, id := range g.Agents[:slices.Index(g.Agents, r.Agent)] {
			if o.free(id) && o.may(c, id) {
				o.wrong("in_order: %v: %s stands above", r, id)
			}
		}
	}
	if len(c.live) == 0 {
		c.fresh = true
	}
	if g.Distribution == Everybody && !c.clock.After(o.now) { // zero, or it ran out while every attempt was being stopped
		c.clock = o.now.Add(g.Ring)
	}
	if want := g.Ring; g.Distribution == Everybody && r.For != c.clock.Sub(o.now) || g.Distribution != Everybody && r.For != want {
		o.wrong("%v: rings for the wrong time", r)
	}
	o.stamps[g.Name][r.Agent] = r.Attempt
	c.tried[r.Agent], c.retry = true, time.Time{}
}

// record folds an event, and learns from it who stands where.
func (o *oracle) record(v Event) {
	c := o.calls[v.Call]
	if v.Call != "" && (c == nil || c.id != v.Call) {
		o.wrong("S4: %v: no such call", v)
		return
	}
	leave := func(n *int) {
		if o.fold.inVisit[v.Call] == "" {
			o.wrong("S4: %v: no open visit", v)
		}
		delete(o.fold.inVisit, v.Call)
		*n++
		if c.line {
			c.waited, c.line = o.now.Sub(c.since), false
		}
	}
	switch v.Type {
	case EvCallArrived:
		o.fold.Calls++
	case EvCallQueued:
		c.queued = true
		if o.inPlace == v.Call {
			o.inPlace = ""
			o.fold.inVisit[v.Call] = v.Group
			break
		}
		if o.fold.inVisit[v.Call] != "" || c.line {
			o.wrong("S4: %v: a visit is open", v)
		}
		o.fold.inVisit[v.Call] = v.Group
		c.turn = c.serial
		c.group, c.line, c.entered, c.busyFrom, c.since = v.Group, true, o.now, o.now, o.now.Add(-c.waited)
		c.tried, c.clock, c.retry, c.over = map[AgentID]bool{}, time.Time{}, time.Time{}, false
		if o.comes(v.Call, "", 0, v.Group, "") {
			c.priority = 1
		}
	case EvCallOverflowed:
		if v.Cause == string(CauseJoined) {
			leave(&o.fold.Moved)
			break
		}
		leave(&o.fold.Overflows)
		o.due(c, v)
		if v.Cause == "line_full" && (!c.entered.Equal(o.now) || len(c.tried) > 0) {
			o.wrong("S15: %v: thrown out of the line", v)
		}
		if v.Cause == "deleted" && v.To == "hang_up" {
			o.wrong("S15: %v: dropped", v)
		}
	case EvCallExited:
		if c.exit == "" || c.exit != v.Cause || len(c.live) > 0 {
			o.wrong("S4: %v: pressed %q, %d attempts", v, c.exit, len(c.live))
		}
		c.exit = ""
		leave(&o.fold.Exited)
	case EvCallTransferred:
		o.fold.Transfers++
	case EvCallIntercepted:
		o.fold.PickUps++
	case EvCallAbandoned:
		leave(&o.fold.Abandoned)
	case EvCallAnswered:
		if v.Group != "" {
			leave(&o.fold.Answered)
		} else {
			o.fold.Answered++
		}
	case EvCallReturned:
		if v.Group != "" {
			o.fold.inVisit[v.Call] = v.Group
		}
		o.fold.Empty++
	case EvAttemptStarted:
		o.fold.Attempts++
	case EvAttemptAnswered:
		if c.line {
			c.waited, c.line = o.now.Sub(c.since), false
		}
	case EvAttemptNoAnswer:
		if v.Cause == "empty" && v.Group != "" {
			c.line = true
		}
	case EvCallMissed:
		o.fold.Missed++
	case EvVoicemailLeft:
		o.fold.Messages++
	case EvCallEnded:
		if !c.ended || o.fold.inVisit[v.Call] != "" {
			o.wrong("S4: %v: ended %v, open visit %q", v, c.ended, o.fold.inVisit[v.Call])
		}
		delete(o.calls, v.Call)
	}
}

// due checks that the rule by which a caller moves on does not fire too early.
func (o *oracle) due(c *seenCall, v Event) {
	g := o.groups[c.group]
	if g == nil || v.Cause == string(CauseMedia) { // given up by its actor: no rule
		return
	}
	ok := true
	switch v.Cause {
	case "if_nobody":
		ok = !o.online(g)
	case "if_missed":
		ok = len(c.tried) > 0 || !o.now.Before(c.busyFrom.Add(g.BusyWait))
	case "max_wait":
		ok = !o.now.Before(c.entered.Add(g.MaxWait))
	case "no_answer":
		ok = c.over
	}
	if !ok || len(c.live) > 0 {
		o.wrong("%v: too early, with %d attempts", v, len(c.live))
	}
}

// quiet looks at what is left when the step is done.
func (o *oracle) quiet(f Fact) {
	for _, c := range o.calls {
		if c.ended {
			o.wrong("S4: %s has no call.ended", c.id)
		}
		if !c.line {
			continue
		}
		g := o.groups[c.group]
		if g == nil {
			if len(c.live) == 0 {
				o.wrong("S15: %s was left in a deleted group", c.id)
			}
			continue
		}
		waits := len(c.live) == 0
		if waits || g.Distribution == Everybody {
			for _, id := range g.Agents {
				if o.free(id) && o.may(c, id) {
					o.wrong("L1: after %v: %s is free and may take %s", f, id, c.id)
				}
			}
		}
		if waits && c.joining == "" { // who is on the way to another call moves on from there
			o.stays(c, g)
		}
		for _, a := range c.live {
			late := g.IfMissed.Kind == ToHold && g.MaxWait > 0 &&
				o.now.After(c.entered.Add(g.MaxWait+2*time.Second)) && c.entered.After(o.reloadedAt)
			if a.stopped == "" && a.from == "" && (late || !o.now.Before(a.until)) {
				o.wrong("L2: attempt %d of %s rings for too long", a.id, c.id)
			}
		}
	}
}

// stays checks that no rule should have moved on a caller nobody is rung for.
func (o *oracle) stays(c *seenCall, g *Group) {
	hold := g.IfMissed.Kind == ToHold
	switch {
	case !o.online(g) && g.IfNobody.Kind != ToHold:
		o.wrong("if_nobody: %s waits for nobody in %s", c.id, g.Name)
	case hold && g.MaxWait > 0 && !o.now.Before(c.entered.Add(g.MaxWait)):
		o.wrong("max_wait: %s waits for too long", c.id)
	case hold && c.over:
		o.wrong("everybody: %s rang for a whole clock", c.id)
	case !hold && len(c.tried) > 0:
		o.wrong("if_missed: the pass of %s is over", c.id)
	case !hold && o.online(g) && !o.now.Before(c.busyFrom.Add(g.BusyWait)):
		o.wrong("busy_wait: %s waits for too long", c.id)
	}
	if len(c.tried) > 0 && c.retry.IsZero() {
		c.retry, c.clock = o.now.Add(5*time.Second), time.Time{}
	}
}
