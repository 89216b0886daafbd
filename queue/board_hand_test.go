package queue

import (
	"slices"
	"time"
)

// How actors hand legs over. Join and PickUp go to both actors: the keeper awaits a parcel, the giver packs it, or says that
// it was lost. The giver does not end before the keeper has taken; what it is told afterwards about what it gave, it passes on,
// and what it awaits itself goes to the keeper, too.

// await is a hand-over that the keeper knows of.
type await struct {
	from int       // index of the giver
	as   AttemptID // of a directed attempt; 0: the calls are joined
}

// parcel is what the giver hands over.
type parcel struct {
	from   int // index of the giver
	lost   bool
	legs   []boardLeg
	winner AttemptID // the one of the legs that has answered
	won    time.Time
}

// otherCall is the second call that an order is for.
func otherCall(o Order) CallID {
	switch o := o.(type) {
	case PickUp:
		return o.From
	case Join:
		return o.Gone
	}
	return ""
}

// handOver is one of the two sides of a hand-over.
func (b *board) handOver(id CallID, p *piece, o Order) {
	keeper, giver := b.index(CallOf(o)), b.index(otherCall(o))
	if b.index(id) == keeper {
		w := await{from: giver}
		switch o := o.(type) {
		case PickUp:
			w.as = o.Attempt
		case Join:
			p.part(o.By)
		}
		q := b.heir(p)
		q.awaits = append(q.awaits, w)
		return
	}
	pack := parcel{from: giver, lost: true}
	if p.stage == present {
		switch o := o.(type) {
		case PickUp:
			pack = p.packCaller(giver, o.Attempt)
		case Join:
			pack = p.packJoin(giver, o)
		}
	}
	q := b.heir(&b.calls[keeper])
	q.parcels = append(q.parcels, pack)
	p.untaken = true
	if !pack.lost {
		p.given, p.forward, p.winner, p.stage = true, keeper, 0, over
		q.awaits, q.parcels = append(q.awaits, p.awaits...), append(q.parcels, p.parcels...)
		p.awaits, p.parcels = nil, nil
	}
}

// heir is who has what the actor had.
func (b *board) heir(p *piece) *piece {
	for p.given {
		p = &b.calls[p.forward]
	}
	return p
}

// packCaller takes the caller's leg out of the call: it becomes that of an attempt.
func (p *piece) packCaller(giver int, as AttemptID) parcel {
	l := boardLeg{id: as, told: true}
	if i := slices.IndexFunc(p.legs, func(l boardLeg) bool { return l.id == p.caller }); i >= 0 {
		l.agent = p.legs[i].agent
		p.legs = slices.Delete(p.legs, i, i+1)
	}
	return parcel{from: giver, legs: []boardLeg{l}, winner: as}
}

// packJoin takes out what is to go to the keeper when the side From has parted.
func (p *piece) packJoin(giver int, o Join) parcel {
	if o.From == ByTarget { // its caller goes, also if the target has hung up
		p.part(ByTarget)
		return p.packCaller(giver, o.As)
	}
	pack := parcel{from: giver, winner: p.winner, won: p.won}
	for i := 0; i < len(p.legs); {
		if l := p.legs[i]; l.id != p.caller && !l.part && (l.id == p.winner || !l.told) {
			pack.legs = append(pack.legs, l)
			p.legs = slices.Delete(p.legs, i, i+1)
			continue
		}
		i++
	}
	return pack
}

// mayTake names the first hand-over that can be finished now; -1: none.
func (p *piece) mayTake() int {
	return slices.IndexFunc(p.awaits, func(w await) bool {
		return slices.ContainsFunc(p.parcels, func(k parcel) bool { return k.from == w.from })
	})
}

// take lets the keeper finish a hand-over. If it is ending, or has even ended, what came ends with it.
func (b *board) take(id CallID, p *piece) {
	first := p.mayTake()
	w := p.awaits[first]
	p.awaits = slices.Delete(p.awaits, first, first+1)
	at := slices.IndexFunc(p.parcels, func(k parcel) bool { return k.from == w.from })
	pack := p.parcels[at]
	p.parcels = slices.Delete(p.parcels, at, at+1)
	from, giver := b.script[w.from].Call, &b.calls[w.from]
	giver.untaken = false
	switch {
	case w.as != 0:
		b.decide(id, p, w, pack)
	case pack.lost:
		p.tell(JoinFailed{id, from})
	default:
		b.joined(id, p, from, pack)
	}
	b.closed(from, giver)
	b.closed(id, p)
}

// joined: what came belongs to the keeper. If it is ending, that ends with it.
func (b *board) joined(id CallID, p *piece, from CallID, pack parcel) {
	p.tell(CallsJoined{id, from})
	for _, l := range pack.legs {
		if p.stage != present && !l.told {
			l.told = true
			p.tell(AttemptFailed{Call: id, Attempt: l.id, Why: Gone})
		}
		p.legs = append(p.legs, l)
	}
	if p.stage == present {
		p.winner, p.won = pack.winner, pack.won
	}
}

// decide ends a directed attempt: it was first, or the phone that dialled is refused.
func (b *board) decide(id CallID, p *piece, w await, pack parcel) {
	failed := AttemptFailed{Call: id, Attempt: w.as, Why: Stopped}
	p.legs = append(p.legs, pack.legs...)
	switch {
	case p.stage != present:
		failed.Why = Gone
	case !pack.lost && p.winner == 0: // it was first, also if it was to be stopped
		p.winner, p.won = w.as, b.now
		p.tell(AttemptAnswered{id, w.as})
		return
	}
	p.tell(failed)
}

// answerTransfer: with 202 the leg that asked parts, unless Join has let it part already.
func (b *board) answerTransfer(p *piece, o AnswerTransfer) {
	if len(p.askers) == 0 {
		b.wrong("%v: nobody asked", o)
		return
	}
	asker := p.askers[0]
	p.askers = p.askers[1:]
	l := p.leg(asker)
	switch {
	case o.Code != 202, l != nil && l.part, p.given:
	case o.By == ByTarget && asker == p.winner, o.By == ByCaller && asker == p.caller:
		p.part(o.By)
	}
}

// part lets the leg of one side part. Who stays is the caller. If that one has hung up, its fact is on the way.
func (p *piece) part(by Side) {
	if p.stage != present || p.winner == 0 {
		return
	}
	if by == ByTarget {
		p.leg(p.winner).part = true
		p.winner = 0
		return
	}
	if l := p.leg(p.caller); l != nil {
		l.part = true
	}
	p.caller, p.winner = p.winner, 0
}
