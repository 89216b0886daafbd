package call

import (
	"slices"

	"ringtide/queue"
)

// A hand-over makes two calls one. The exchange tells both at once: the keeper to expect a parcel, the giver to pack it.
// The parcel holds legs with all they own and what they have reported but the giver not looked at yet. Each leg's events
// keep their order: those of the parcel first, then those that came straight to the keeper.
//
//	exchange --expect--> keeper                     (does not end before the parcel has come)
//	exchange --give----> giver --parcel--> keeper   (the giver does not end before it is taken)
//	                     giver <---taken-- keeper --CallsJoined or the fact of the attempt--> exchange

type (
	// expect announces a parcel. part is the side that makes room for it; "" with a pick-up.
	expect struct{ part queue.Side }
	// give asks for the side that stays when part goes, as an attempt of the keeper.
	give struct {
		to   *Call
		part queue.Side
		as   queue.AttemptID // of a caller's leg
		pick bool            // it has not been answered: the keeper decides whether it is
	}
	parcel struct {
		give
		from     *Call
		lost     bool       // there is nothing in it: the giver was ending
		winner   *leg       // who has answered
		attempts []*attempt // being rung, and the winner's
		offer    []byte     // with a pick-up: the taker's SDP, nil if it wants ours
		backlog  []any
		owed     int // parcels that the giver expects itself
	}
	taken struct{}
)

// join passes a Join order on to both calls.
func (x *Exchange) join(o queue.Join) {
	keep, gone := x.calls[o.Keep], x.calls[o.Gone]
	keep.in.Put(expect{o.By})
	gone.in.Put(give{to: keep, part: o.From, as: o.As})
}

// pickUp lets the phone that dialled answer a call that rings elsewhere.
func (x *Exchange) pickUp(o queue.PickUp) {
	keep, gone := x.calls[o.Call], x.calls[o.From]
	keep.in.Put(expect{})
	gone.in.Put(give{to: keep, part: queue.ByTarget, as: o.Attempt, pick: true})
}

func (c *Call) expects(e expect) {
	c.expecting++
	if e.part == "" || c.ending {
		return
	}
	parts := c.winner
	if e.part == queue.ByCaller {
		parts = c.caller
	}
	c.part(e.part)
	if parts != nil {
		c.letGo(parts)
	}
}

// gives packs the parcel and sends it off. What stays behind is hung up; orders about what has gone follow it.
func (c *Call) gives(g give) {
	p := parcel{give: g, from: c, lost: c.ending}
	if !p.lost {
		c.uncouple()
		if g.part == queue.ByCaller {
			c.packTarget(&p)
		} else {
			c.packCaller(&p)
		}
		c.heir, c.ending, c.why = g.to, true, "joined with "+string(g.to.id)
		p.owed, c.owing, c.expecting = c.expecting, c.expecting, 0
		p.backlog = c.forward(p.legs())
	}
	c.giving = true
	g.to.in.Put(p)
}

// packTarget: the side that was called goes; the caller's leg stays behind.
func (c *Call) packTarget(p *parcel) {
	p.winner, c.winner = c.winner, nil
	c.attempts = slices.DeleteFunc(c.attempts, func(a *attempt) bool {
		goes := !a.over || p.winner != nil && a == p.winner.attempt
		if goes {
			p.attempts = append(p.attempts, a)
		}
		return goes
	})
	c.letGo(c.caller)
}

// packCaller: the caller's leg goes, as one that answered the keeper.
func (c *Call) packCaller(p *parcel) {
	l := c.caller
	p.winner, p.offer = l, c.inv.Offer
	l.attempt = &attempt{order: queue.Ring{Attempt: p.as, Agent: l.agent, Number: c.number}, legs: []*leg{l}, over: !p.pick}
	p.attempts = []*attempt{l.attempt}
	c.caller = &leg{call: c, gone: true}
	if c.winner != nil {
		c.letGo(c.winner)
		c.winner = nil
	}
}

func (p *parcel) legs() (legs []*leg) {
	for _, a := range p.attempts {
		legs = append(legs, a.legs...)
	}
	return legs
}

// forward gives the legs away and returns, in their order, what they have reported here.
func (c *Call) forward(legs []*leg) (backlog []any) {
	for _, l := range legs {
		if !l.gone {
			c.open--
		}
	}
	return c.redirect(legs)
}

// redirect has the legs report to the heir and returns, in their order, what they have reported here.
func (c *Call) redirect(legs []*leg) (backlog []any) {
	for _, l := range legs {
		l.sendTo(c.heir)
	}
	c.pending = append(slices.Clone(c.pending), c.in.Take()...) // which empties what it took before
	for _, list := range []*[]any{&c.strays, &c.pending} {
		*list = slices.DeleteFunc(*list, func(m any) bool {
			theirs := slices.Contains(legs, legOf(m))
			if theirs {
				backlog = append(backlog, m)
			}
			return theirs
		})
	}
	return backlog
}

// legOf is whose event a message is; nil if it is none.
func legOf(m any) *leg {
	switch m := m.(type) {
	case dialogEvent:
		return m.leg
	case mediaEvent:
		return m.leg
	}
	return nil
}

// passesOn gives a message to the heir if what it is about has gone there.
func (c *Call) passesOn(m any) bool {
	if c.heir == nil {
		return false
	}
	switch o := m.(type) {
	case expect:
		c.owing++
	case parcel: // for this call, and too late: its legs go on to the heir
		c.owing--
		o.backlog = append(o.backlog, c.redirect(o.legs())...)
		m = o
	case order:
		switch o.Order.(type) {
		case queue.Ring, queue.StopRinging:
		default:
			return false
		}
	default:
		return false
	}
	c.heir.in.Put(m)
	return true
}

// adopts unpacks a parcel.
func (c *Call) adopts(p parcel) {
	defer p.from.in.Put(taken{}) // also after a fault: the giver waits for it
	c.expecting += p.owed - 1
	for _, l := range p.legs() {
		l.adoptedBy(c)
		if !l.gone {
			c.open++
		}
	}
	c.attempts = append(c.attempts, p.attempts...)
	switch {
	case p.pick:
		c.pickedUp(p)
	case p.lost:
		c.x.Tell(queue.JoinFailed{Keep: c.id, Gone: p.from.id})
	default:
		c.x.Tell(queue.CallsJoined{Keep: c.id, Gone: p.from.id})
		if !c.ending {
			c.winner = p.winner
		}
	}
	if c.ending {
		c.dropAll()
	}
	if c.ended { // nobody waits for the legs to report that they are down
		for _, l := range p.legs() {
			l.down()
		}
	}
	c.catchUp(p)
}

// catchUp puts what the legs have reported meanwhile before all else, in the order in which they did.
func (c *Call) catchUp(p parcel) {
	waiting := p.backlog
	c.strays = slices.DeleteFunc(c.strays, func(m any) bool {
		ours := legOf(m).call == c
		if ours {
			waiting = append(waiting, m)
		}
		return ours
	})
	c.pending = append(waiting, c.pending...)
}

// pickedUp is the referee between the phone that picks the call up and those that ring for it: the first one has it.
func (c *Call) pickedUp(p parcel) {
	if p.lost {
		c.x.Tell(queue.AttemptFailed{Call: c.id, Attempt: p.as, Why: queue.Stopped})
		return
	}
	l, a := p.winner, p.winner.attempt
	if c.ending || c.winner != nil {
		c.refusePickUp(l, 404)
		return
	}
	answer, err := l.answerSDP(p.offer)
	if err != nil {
		c.log.Warn("pick-up refused: no usable audio", "agent", l.agent, "err", err)
		c.refusePickUp(l, 488)
		return
	}
	l.dialog.Answer(answer)
	c.wins(a, l)
}

func (c *Call) refusePickUp(l *leg, code int) {
	l.dialog.Refuse(code, 0)
	l.mute()
	c.fail(l.attempt, queue.Stopped)
}
