package queue

import (
	"slices"
	"time"
)

// How the actors of a world hand legs over to each other: the keeper awaits a parcel, the giver packs it or says that it was
// lost, and does not end before the keeper has taken.

// pack is what is handed over.
type pack struct {
	from   *actor
	lost   bool
	legs   []*leg
	talk   *leg      // the one of them that has answered
	behind time.Time // the giver's facts until then come first
}

// refer lets a side of a conversation ask for a transfer.
func (w *world) refer(a *actor, by Side, to string, with CallID) {
	l := a.talk
	if by == ByCaller {
		l = a.caller
	}
	if a.over || l == nil {
		return
	}
	a.askers = append(a.askers, l)
	w.up(a, TransferAsked{a.id, by, to, with})
}

// side is the one of the call that a user is on, if it is one.
func (a *actor) side(user AgentID) (Side, bool) {
	switch {
	case a.over || user == "":
		return "", false
	case a.talk != nil && a.talk.agent == user:
		return ByTarget, true
	}
	return ByCaller, a.caller != nil && a.caller.agent == user
}

// answerTransfer: with 202 the leg that asked parts, unless Join has let it part already.
func (w *world) answerTransfer(a *actor, o AnswerTransfer) {
	if len(a.askers) == 0 {
		w.wrong("%v: nobody asked", o)
		return
	}
	l := a.askers[0]
	a.askers = a.askers[1:]
	if o.Code == 202 && (l == a.talk || l == a.caller) {
		a.part(o.By)
	}
}

// part lets the leg of one side part. Who stays is the caller.
func (a *actor) part(by Side) {
	switch {
	case a.over || a.talk == nil: // who should stay has hung up: its fact is on the way
	case by == ByTarget:
		a.parted, a.talk = append(a.parted, a.talk), nil
	default:
		a.parted = append(a.parted, a.caller)
		a.caller, a.talk = a.talk, nil
	}
}

// reported: the phone that has parted has heard how the transfer ended, and is hung up.
func (w *world) reported(a *actor) {
	for _, l := range a.parted {
		w.down(a, l)
	}
}

func (w *world) handOver(a *actor, o Order) {
	keeper, giver := w.actors[CallOf(o)], w.actors[otherCall(o)]
	if a == keeper {
		if j, ok := o.(Join); ok {
			a.part(j.By)
		}
		a.heir().awaits++
		return
	}
	k := &pack{from: giver, lost: true}
	if !a.over {
		switch o := o.(type) {
		case PickUp:
			k = a.packCaller(o.Attempt)
		case Join:
			k = a.packJoin(o)
		}
	}
	k.behind = a.upAt
	a.untaken = true
	if !k.lost {
		a.given = keeper
		keeper.heir().awaits += a.awaits
		a.awaits = 0
		w.finish(a)
	}
	w.deliverTo(keeper, k, o)
}

// deliverTo brings a parcel to the keeper, or to who has what that one had.
func (w *world) deliverTo(keeper *actor, k *pack, o Order) {
	w.later(&keeper.downAt, func() {
		if keeper.given != nil {
			w.deliverTo(keeper.given, k, o)
			return
		}
		w.take(keeper, k, o)
	})
}

// heir is who has what the call had.
func (a *actor) heir() *actor {
	for a.given != nil {
		a = a.given
	}
	return a
}

// packCaller takes the caller's leg out of the call: it becomes that of an attempt.
func (a *actor) packCaller(as AttemptID) *pack {
	l := a.caller
	a.caller = nil
	a.legs = slices.DeleteFunc(a.legs, func(b *leg) bool { return b == l })
	a.up--
	l.id, l.live, l.answered = as, true, true
	return &pack{from: a, legs: []*leg{l}, talk: l}
}

// packJoin takes out what is to go when one side has parted.
func (a *actor) packJoin(o Join) *pack {
	if o.From == ByTarget {
		a.part(ByTarget)
		return a.packCaller(o.As)
	}
	k := &pack{from: a, talk: a.talk}
	for _, l := range a.legs {
		if l.live && l != a.caller && !slices.Contains(a.parted, l) {
			k.legs = append(k.legs, l)
			a.up--
		}
	}
	a.legs = slices.DeleteFunc(a.legs, func(l *leg) bool { return slices.Contains(k.legs, l) })
	a.talk = nil
	return k
}

// take lets the keeper finish a hand-over.
func (w *world) take(a *actor, k *pack, o Order) {
	a.awaits--
	k.from.untaken = false
	if a.upAt.Before(k.behind) {
		a.upAt = k.behind
	}
	at := a
	if a.gone && !k.lost { // nobody is there any more: the giver ends what it gave
		at = k.from
	}
	for _, l := range k.legs {
		l.home = at
		at.up++
		at.legs = append(at.legs, l)
	}
	switch o := o.(type) {
	case PickUp:
		w.decide(at, k, o.Attempt)
	case Join:
		w.joined(a, k, o)
	}
	if k.from.upAt.Before(a.upAt) {
		k.from.upAt = a.upAt
	}
	w.closed(k.from)
	w.closed(a)
}

// decide: the phone that dialled answers the call, or is refused.
func (w *world) decide(a *actor, k *pack, as AttemptID) {
	failed := AttemptFailed{Call: a.id, Attempt: as, Why: Stopped}
	switch {
	case !k.lost && !a.over && a.talk == nil && !a.stopped[as]:
		a.talk = k.talk
		w.up(a, AttemptAnswered{a.id, as})
		if w.talks != nil {
			w.talks(k.talk)
		}
		return
	case a.over:
		failed.Why = Gone
	}
	if a != k.from {
		w.up(a, failed)
	}
	for _, l := range k.legs {
		l.live = false
		w.down(a, l)
	}
}

func (w *world) joined(a *actor, k *pack, o Join) {
	switch {
	case k.lost, a.gone:
		w.up(a, JoinFailed{o.Keep, o.Gone})
	default:
		w.up(a, CallsJoined{o.Keep, o.Gone})
		if a.talk = k.talk; o.From == ByTarget && !a.over && w.talks != nil {
			w.talks(k.talk)
		}
	}
	if k.lost || !a.over && !a.gone {
		return
	}
	a.talk = nil
	for _, l := range k.legs {
		if l.answered {
			l.live, l.ended = false, true
			w.down(l.home, l)
		} else {
			w.fail(l.home, l, Gone, 0)
		}
	}
}
