package queue

import "slices"

// audit looks for what would be stuck: whatever the engine waits for, somebody on the board must owe it.
func (b *board) audit(f Fact) {
	if next, ok := b.e.Next(); ok && !next.After(b.now) {
		b.wrong("after %v the next step is due at once: time would stand still", f)
	}
	if fold := b.o.fold; fold.Calls != b.o.seen.Calls || fold.Attempts != b.o.seen.Attempts || fold.Answered != b.o.seen.Answered || fold.Empty != b.o.seen.Empty {
		b.wrong("S10: after %v the records say %v, the facts %v", f, fold.counts, b.o.seen)
	}
	for _, c := range b.e.calls {
		b.owed(c, b.piece(c.ID))
	}
	for _, a := range b.e.roster {
		for _, t := range a.Bound {
			c := b.e.calls[t.Call]
			if c == nil || c.attempt(t.Attempt) == nil && (c.Talk == nil || c.Talk.ID != t.Attempt) {
				b.wrong("S6: after %v %s is bound to attempt %d, which is over", f, a.ID, t.Attempt)
			}
		}
	}
	b.still()
}

// owed says who will tell the engine what it waits for in a call.
func (b *board) owed(c *Call, p *piece) {
	ends := p.stage == over || p.has(func(o Order) bool {
		switch o.(type) {
		case Release, Refuse:
			return true
		}
		return false
	})
	for _, a := range c.Attempts {
		switch {
		case ends, b.fact(a.ID), b.has(func(o Order) bool { return starts(o) == a.ID }), b.deciding(a.ID):
		case b.rings(a.ID) && (a.Stop == "" && c.alarm.pos > 0 || b.has(func(o Order) bool { return stops(o) == a.ID })):
		default:
			b.wrong("L2: nobody will end attempt %d of %s: %+v", a.ID, c.ID, a)
		}
	}
	switch {
	case c.Phase == Talking && c.Talk == nil, c.Phase != Talking && c.Phase != Ending && c.Talk != nil:
		b.wrong("S2: %s is in phase %s and talks: %v", c.ID, c.Phase, c.Talk != nil)
	case c.Phase == Talking && !b.talks(c.Talk.ID) && !b.fact(c.Talk.ID) && !ends:
		b.wrong("L2: the talk of %s will never end", c.ID)
	case c.Phase == Talking && c.TalkFrom.IsZero() && c.Into == "" && !p.has(func(o Order) bool { x, ok := o.(Connect); return ok && x.Attempt == c.Talk.ID }) && !b.fact(c.Talk.ID) && !ends:
		b.wrong("L2: %s will never be connected", c.ID)
	case c.Phase == Ending && !ends, c.Phase == Direct && len(c.Attempts) == 0 && c.Into == "":
		b.wrong("L2: nobody will end %s", c.ID)
	case c.Phase == Message && p.box == "" && !ends && !p.has(func(o Order) bool { _, ok := o.(TakeMessage); return ok }) &&
		!slices.ContainsFunc(p.up, func(f Fact) bool { _, ok := f.(MessageLeft); return ok }):
		b.wrong("L2: the message of %s will never end", c.ID)
	case c.Phase == InMailbox && !p.open && !ends && !p.has(func(o Order) bool { _, ok := o.(OpenMailbox); return ok }) &&
		!slices.ContainsFunc(p.up, func(f Fact) bool { _, ok := f.(MailboxClosed); return ok }):
		b.wrong("L2: the mailbox of %s will never be closed", c.ID)
	case c.Joins != "" && !b.joins(c.ID, p), c.Into != "" && c.Phase != Ending && b.e.calls[c.Into] == nil, c.Phase == Joining && c.Joins == "" && c.Into == "":
		b.wrong("S14: %s will never be joined", c.ID)
	case c.Phase == PickingUp && !ends && !p.has(func(o Order) bool { x, ok := o.(PickUp); return ok && x.From == c.ID }):
		b.wrong("L2: %s will never be picked up", c.ID)
	}
}

func (p *piece) has(is func(Order) bool) bool { return slices.ContainsFunc(p.down, is) }

// has looks at all calls: attempts have numbers of their own, and move from call to call.
func (b *board) has(is func(Order) bool) bool {
	return slices.ContainsFunc(b.calls, func(p piece) bool { return p.has(is) })
}

// starts and stops name the attempt that an order is about.
func starts(o Order) AttemptID {
	switch o := o.(type) {
	case Ring:
		return o.Attempt
	case PickUp:
		return o.Attempt
	}
	return 0
}

func stops(o Order) AttemptID {
	s, _ := o.(StopRinging)
	return s.Attempt
}

// rings says that somebody's phone rings for the attempt.
func (b *board) rings(id AttemptID) bool {
	rings := func(l boardLeg) bool { return l.id == id && !l.told }
	return slices.ContainsFunc(b.calls, func(p piece) bool {
		return p.stage == present && slices.ContainsFunc(p.legs, rings) ||
			slices.ContainsFunc(p.parcels, func(k parcel) bool { return slices.ContainsFunc(k.legs, rings) })
	})
}

// talks says that who answered the attempt is there.
func (b *board) talks(id AttemptID) bool {
	return slices.ContainsFunc(b.calls, func(p piece) bool {
		return p.winner == id || slices.ContainsFunc(p.parcels, func(k parcel) bool { return k.winner == id })
	})
}

// deciding says that the phone of a directed attempt is being handed over.
func (b *board) deciding(id AttemptID) bool {
	return slices.ContainsFunc(b.calls, func(p piece) bool {
		return slices.ContainsFunc(p.awaits, func(w await) bool { return w.as == id })
	})
}

// joins says that CallsJoined or JoinFailed will come.
func (b *board) joins(keep CallID, p *piece) bool {
	return slices.ContainsFunc(p.awaits, func(w await) bool { return w.as == 0 }) ||
		p.has(func(o Order) bool { j, ok := o.(Join); return ok && j.Keep == keep }) ||
		slices.ContainsFunc(p.up, func(f Fact) bool {
			switch f.(type) {
			case CallsJoined, JoinFailed:
				return true
			}
			return false
		})
}

// fact says that a fact about the attempt is on its way.
func (b *board) fact(id AttemptID) bool {
	return slices.ContainsFunc(b.calls, func(p piece) bool {
		return slices.ContainsFunc(p.up, func(f Fact) bool { return about(f) == id })
	})
}

// about is the attempt that a fact names.
func about(f Fact) AttemptID {
	switch f := f.(type) {
	case AttemptAnswered:
		return f.Attempt
	case AttemptFailed:
		return f.Attempt
	case Connected:
		return f.Attempt
	case TalkEnded:
		return f.Attempt
	}
	return 0
}

// still looks at a board on which nothing moves by itself: whoever waits then may wait for ever. That is right only where
// the rules say hold and every agent keeps away by its own will.
func (b *board) still() {
	if _, due := b.e.Next(); due || b.underWay() {
		return
	}
	for i := range b.calls {
		if p := &b.calls[i]; len(p.legs) > 0 || p.box != "" || p.stage == over {
			return
		}
	}
	for _, c := range b.e.calls {
		g := b.e.groups[c.Group]
		if !c.waiting() || g == nil || !g.holds() || !g.online && g.IfNobody.Kind != ToHold {
			b.wrong("L2: %s waits for ever: %+v", c.ID, c.clone())
			return
		}
		for _, m := range g.members {
			if a := m.agent; a.Devices > 0 && !a.LoggedOut && !a.Paused {
				b.wrong("S6: %s keeps away for ever from %s: %+v", a.ID, c.ID, a.clone())
			}
		}
	}
}

// empty says that nothing is under way, nobody is left and no deadline is set.
func (b *board) empty() bool {
	_, due := b.e.Next()
	return !due && !b.underWay() && !slices.ContainsFunc(b.calls, func(p piece) bool { return p.stage == present || p.stage == over || len(p.legs) > 0 })
}

// end checks that nothing is left behind on an empty board.
func (b *board) end() {
	o := b.o.clone()
	o.wrong, o.e = b.wrong, b.o.e
	o.end()
	for i, a := range b.e.roster {
		if b.legs[i] != 0 {
			b.wrong("%s has %d legs: the board is wrong", a.ID, b.legs[i])
		}
		if b.devices[i] > 0 && !a.LoggedOut && !a.Paused && !a.available(b.now) {
			b.wrong("S6: %s is never free again: %+v", a.ID, a.clone())
		}
	}
}
