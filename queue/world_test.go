package queue

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// world plays the rest of the program: the exchange, and one actor per call that obeys the laws. People are played by
// whoever drives the world. Facts and orders of one call stay in order; each takes its delay.
type world struct {
	e      *Engine
	now    time.Time
	start  time.Time
	delay  func() time.Duration // of one fact or order; nil: none
	tear   func() time.Duration // from the end of a leg to its last message; nil: none
	events []event              // a heap would be faster; there are few
	number int

	actors  map[CallID]*actor
	devices map[AgentID]int // what is true of the phones
	legs    map[AgentID]int // as the exchange counts them

	rung   func(*actor, *leg)   // a target begins to ring
	talks  func(*leg)           // a phone that has picked up answers a call
	told   func(*actor, Order)  // Play, TakeMessage and OpenMailbox reach the caller
	before func(Fact)           // sees every fact
	after  func(Fact, []Order)  // sees what comes of it
	wrong  func(string, ...any) // a law is broken
	hold   bool                 // facts wait in held
	deaf   bool                 // orders reach nobody
	held   []func()
}

type event struct {
	at time.Time
	n  int
	do func()
}

// actor is one call as the call package would run it.
type actor struct {
	id             CallID
	user           AgentID // who dialled
	accepted, over bool
	gone           bool // CallEnded was reported
	caller         *leg // the caller's; after the caller has parted, that of who stayed
	legs           []*leg
	talk           *leg
	box            Mailbox
	open           bool   // the caller listens to mailboxes
	spoken         string // the message left by hanging up
	upAt, downAt   time.Time
	up             int // legs not down yet

	askers  []*leg // have asked for a transfer
	parted  []*leg // belong to nobody's side any more
	awaits  int    // hand-overs to this call that were ordered
	stopped map[AttemptID]bool
	given   *actor // who has what this call gave
	untaken bool   // and has not taken it yet
}

// leg is an attempt as its actor sees it, or the caller's, which has no number.
type leg struct {
	id               AttemptID
	agent            AgentID
	home             *actor // whose it is; it may be handed over
	live, answered   bool
	connected, ended bool
	isDown           bool
}

func newWorld(rules Rules, start time.Time) *world {
	return &world{e: New(rules, 1), now: start, start: start, actors: map[CallID]*actor{}, devices: map[AgentID]int{},
		legs: map[AgentID]int{}, wrong: func(f string, a ...any) { panic(fmt.Sprintf(f, a...)) }}
}

// step gives the engine a fact and carries out its orders.
func (w *world) step(f Fact) {
	if w.before != nil {
		w.before(f)
	}
	orders := w.e.Step(w.now, f)
	if w.after != nil {
		w.after(f, orders)
	}
	for _, o := range orders {
		if id := CallOf(o); id != "" && !w.deaf {
			w.send(w.actors[id], o)
			if other := otherCall(o); other != "" {
				w.send(w.actors[other], o)
			}
		}
	}
}

func (w *world) send(a *actor, o Order) { w.later(&a.downAt, func() { w.carryOut(a, o) }) }

// later does something after the delay, but not before what was sent the same way.
func (w *world) later(last *time.Time, do func()) {
	at := w.now
	if w.delay != nil {
		at = at.Add(w.delay())
	}
	if at.Before(*last) {
		at = *last
	}
	*last = at
	w.at(at, do)
}

func (w *world) at(at time.Time, do func()) {
	w.number++
	v := event{at, w.number, do}
	i, _ := slices.BinarySearchFunc(w.events, v, func(a, b event) int { return cmp.Or(b.at.Compare(a.at), cmp.Compare(b.n, a.n)) })
	w.events = slices.Insert(w.events, i, v)
}

func (w *world) in(d time.Duration, do func()) { w.at(w.now.Add(d), do) }

// run lets the world go on until the moment end.
func (w *world) run(end time.Time) {
	for {
		due, any := w.e.Next()
		if n := len(w.events); n > 0 && (!any || !w.events[n-1].at.After(due)) {
			v := w.events[n-1]
			if v.at.After(end) {
				break
			}
			w.events = w.events[:n-1]
			w.now = v.at
			v.do()
			continue
		}
		if !any || due.After(end) {
			break
		}
		if due.After(w.now) {
			w.now = due
		}
		w.step(TimePassed{})
	}
	w.now = end
}

// up reports a fact of the call.
func (w *world) up(a *actor, f Fact) { w.deliver(a, func() { w.step(f) }) }

func (w *world) deliver(a *actor, do func()) {
	if w.hold {
		w.held = append(w.held, do)
		return
	}
	w.later(&a.upAt, do)
}

// count reports that an agent has one leg more or less.
func (w *world) count(a *actor, agent AgentID, n int) {
	if agent == "" {
		return
	}
	w.deliver(a, func() {
		w.legs[agent] += n
		w.step(AgentLegs{agent, w.legs[agent]})
	})
}

// call lets a call arrive.
func (w *world) call(f CallArrived) *actor {
	a := &actor{id: f.Call, user: f.User, up: 1, stopped: map[AttemptID]bool{}}
	a.caller = &leg{agent: f.User, home: a}
	w.actors[f.Call] = a
	w.step(f)
	w.count(a, f.User, 1)
	return a
}

func (w *world) carryOut(a *actor, o Order) {
	switch o := o.(type) {
	case PickUp, Join:
		w.handOver(a, o)
		return
	case AnswerTransfer:
		w.answerTransfer(a, o)
		return
	case Ring, StopRinging:
		if a.given != nil {
			w.send(a.given, o)
			return
		}
	}
	if a.over {
		w.tooLate(a, o)
		return
	}
	switch o := o.(type) {
	case Accept:
		if a.accepted {
			w.wrong("%s accepted twice", a.id)
		}
		a.accepted = true
	case Refuse:
		if a.accepted {
			w.wrong("%s refused after it was accepted", a.id)
		}
		w.finish(a)
	case Release:
		if !a.accepted {
			w.wrong("%s released before it was accepted", a.id)
		}
		w.finish(a)
	case Ring:
		w.ring(a, o)
	case StopRinging:
		a.stopped[o.Attempt] = true
		if l := a.leg(o.Attempt); l != nil && l.live && !l.answered {
			w.fail(a, l, Stopped, 0)
		}
	case Connect:
		if l := a.leg(o.Attempt); l == nil || !l.answered {
			w.wrong("%s: attempt %d to be connected is not the one that answered", a.id, o.Attempt)
		} else if !l.ended {
			l.connected = true
			w.up(a, Connected{a.id, l.id})
		}
	case TakeMessage:
		a.box = o.Mailbox
		w.tell(a, o)
	case OpenMailbox:
		a.open = true
		w.tell(a, o)
	case ReportTransfer:
		w.reported(a)
	case Play:
		w.tell(a, o)
	}
}

// tooLate: the call is ending, and what was ordered ends with it.
func (w *world) tooLate(a *actor, o Order) {
	switch o := o.(type) {
	case Ring:
		w.up(a, AttemptFailed{Call: a.id, Attempt: o.Attempt, Why: Gone})
	case OpenMailbox:
		w.up(a, MailboxClosed{Call: a.id})
	}
}

func (w *world) tell(a *actor, o Order) {
	if w.told != nil {
		w.told(a, o)
	}
}

func (w *world) ring(a *actor, o Ring) {
	l := &leg{id: o.Attempt, agent: o.Agent, home: a, live: true}
	a.legs = append(a.legs, l)
	switch {
	case a.talk != nil: // another one has answered; the stop is on its way
		l.live = false
		w.up(a, AttemptFailed{Call: a.id, Attempt: l.id, Why: Stopped})
	case o.Agent != "" && w.devices[o.Agent] == 0:
		l.live = false
		w.up(a, AttemptFailed{Call: a.id, Attempt: l.id, Why: Unreachable})
	default:
		a.up++
		w.count(a, l.agent, 1)
		if w.rung != nil {
			w.rung(a, l)
		}
	}
}

func (a *actor) leg(id AttemptID) *leg {
	i := slices.IndexFunc(a.legs, func(l *leg) bool { return l.id == id })
	if i < 0 {
		return nil
	}
	return a.legs[i]
}

// fail ends an attempt without an answer.
func (w *world) fail(a *actor, l *leg, why Failure, code int) {
	l.live = false
	w.up(a, AttemptFailed{a.id, l.id, why, code})
	w.down(a, l)
}

// answer lets the target accept. The first answer wins; a later one is refused by the actor itself, and the attempt's fact
// is the failure that the engine's stop asks for.
func (w *world) answer(a *actor, l *leg) {
	if !l.live || a.over || a.talk != nil {
		return
	}
	l.answered, a.talk = true, l
	w.up(a, AttemptAnswered{a.id, l.id})
}

// hangUp ends the conversation by the target's hand.
func (w *world) hangUp(a *actor, empty bool) { w.targetEnds(a, TalkEnded{Empty: empty}) }

func (w *world) targetEnds(a *actor, f TalkEnded) {
	l := a.talk
	if l == nil || l.ended || a.over {
		return
	}
	l.live, l.ended, a.talk = false, true, nil
	f.Call, f.Attempt, f.By = a.id, l.id, ByTarget
	w.up(a, f)
	w.down(a, l)
}

// leave lets the caller hang up.
func (w *world) leave(a *actor) {
	if !a.over {
		w.up(a, CallerLeft{a.id})
		w.finish(a)
	}
}

// giveUp lets the actor end the call by itself.
func (w *world) giveUp(a *actor, cause Cause) {
	if !a.over {
		w.up(a, CallGivenUp{a.id, cause})
		w.finish(a)
	}
}

// message ends the recording.
func (w *world) message(a *actor, id string, length time.Duration) {
	if a.box != "" {
		w.up(a, MessageLeft{a.id, a.box, id, length})
		a.box = ""
	}
}

// closeMailbox ends what OpenMailbox has begun.
func (w *world) closeMailbox(a *actor, dial string) {
	if a.open {
		a.open = false
		w.up(a, MailboxClosed{a.id, dial})
	}
}

// finish ends every leg of the call.
func (w *world) finish(a *actor) {
	a.over = true
	for _, l := range a.legs {
		switch {
		case !l.live || l == a.caller || slices.Contains(a.parted, l):
		case l.answered:
			l.live, l.ended = false, true
			w.up(a, TalkEnded{Call: a.id, Attempt: l.id, By: ByCaller})
			w.down(a, l)
		default:
			w.fail(a, l, Gone, 0)
		}
	}
	w.message(a, a.spoken, 3*time.Second)
	w.closeMailbox(a, "")
	w.down(a, a.caller)
	for _, l := range a.parted {
		w.down(a, l)
	}
}

// down takes one leg down; with the last one the call has ended.
func (w *world) down(a *actor, l *leg) {
	if l == nil || l.isDown {
		return
	}
	l.isDown = true
	done := func() {
		w.count(a, l.agent, -1)
		a.up--
		w.closed(a)
	}
	if w.tear == nil {
		done()
		return
	}
	w.in(w.tear(), done)
}

// closed reports the end of the call with its last leg, but not before what was handed over has been taken.
func (w *world) closed(a *actor) {
	if a.up == 0 && a.over && a.awaits == 0 && !a.untaken && !a.gone {
		a.gone = true
		w.up(a, CallEnded{Call: a.id})
	}
}

// reach changes how many phones of a user can be reached.
func (w *world) reach(user AgentID, n int, lost bool) {
	w.devices[user] = n
	w.step(DevicesReachable{user, n, lost})
}
