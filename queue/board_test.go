package queue

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// board is a small world that can be copied: the engine, the oracle, and for each call an actor that obeys the laws of the
// call package. What can happen next is a list of moves; the exploration plays them all.
//
// Orders lie on their way (down) until their actor takes them up, and facts (up) until the engine does; each call keeps
// its own order. An actor acts only when none of its facts is on the way: to act earlier would look the same to the
// engine, because the orders it sees could as well have been slower.
type board struct {
	*game
	e       *Engine
	o       *oracle
	now     time.Time
	calls   []piece                                     // as many as the game has
	devices []int                                       // reachable phones of each agent
	legs    []int                                       // of each agent, as the exchange counts them
	moods   int                                         // whims that people still have
	asks    int                                         // transfers and keys that they still think of
	pauses  int                                         // seconds that may still go by between two deadlines
	late    bool                                        // a deadline has struck while something was on its way
	rules   int                                         // in force: 0, those of the draft; from 1, an edit
	fault   string                                      // the first law broken
	told    func(now time.Time, f Fact, orders []Order) // sees every step; nil: nobody does
}

// game is what never changes on a board.
type game struct {
	name   string
	text   string // the rules, as golden conversations write them
	draft  *draft
	script []CallArrived // the calls, in the order in which they arrive
	agents []AgentID
	whims  []string // what people may do besides phoning, see mood
	edits  []edit   // what the rules may be changed to
	moods  int
	pauses int
	swift  bool // orders are carried out at once

	asks    int      // how often people ask for a transfer, press a key, or call back who left a message
	dials   []string // where they transfer to
	keys    []string // what callers press
	opening []string // what has happened when it begins: VERB CALL
}

// edit is a change of the rules.
type edit struct {
	text string
	Rules
}

// piece is one call as its actor sees it.
type piece struct {
	stage    stage
	accepted bool // Accept was ordered
	missed   bool // call.missed was recorded
	answered bool // Connected was reported, and not taken back after it
	moved    bool // who had talked in it was transferred: that is never taken back
	winner   AttemptID
	won      time.Time // when it answered
	caller   AttemptID // whose leg is the caller's: 0, the one that arrived; else that of who stayed when the caller parted
	box      Mailbox
	open     bool       // the caller listens to mailboxes
	shut     bool       // CallEnded was told, though perhaps not heard yet
	legs     []boardLeg // not down yet
	up       []Fact     // AgentLegs is a difference here
	down     []Order

	askers  []AttemptID // whose legs have asked for a transfer and have no answer yet
	awaits  []await     // hand-overs to this call that were ordered
	parcels []parcel    // handed over, and not taken yet
	given   bool        // to the call that forward names
	untaken bool        // it gave something that was not taken yet
	forward int         // index of the call that gets the orders about what was given
}

type stage int

const (
	outside stage = iota
	present
	over // every leg is being torn down
	gone // CallEnded was told
)

// boardLeg is the caller's leg (id 0, if it is an agent's) or a target's.
type boardLeg struct {
	id    AttemptID
	agent AgentID
	told  bool // the fact of its attempt was told
	part  bool // it belongs to nobody's side any more, and waits for its end
}

func newBoard(g *game) *board { return bareBoard(g).open() }

func bareBoard(g *game) *board {
	b := &board{game: g, e: New(g.draft.Rules, 1), now: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC), moods: g.moods, asks: g.asks, pauses: g.pauses,
		calls: make([]piece, len(g.script)), devices: make([]int, len(g.agents)), legs: make([]int, len(g.agents))}
	b.o = newOracle(g.draft.Rules, nil, nil)
	b.watch()
	for i, id := range g.agents {
		b.devices[i] = 1
		b.step(DevicesReachable{User: id, N: 1})
	}
	return b
}

// open plays what has happened when the game begins: each step, and all that comes of it at once.
func (b *board) open() *board {
	for _, step := range b.opening {
		verb, call, _ := strings.Cut(step, " ")
		moves := b.moves()
		b.play(moves[slices.IndexFunc(moves, func(m move) bool { return m.verb == verb && strconv.Itoa(m.call) == call })])
		for slices.Contains([]string{"hear", "obey", "take"}, b.moves()[0].verb) {
			b.play(b.moves()[0])
		}
	}
	return b
}

// copy shares nothing that changes with b.
func (b *board) copy() *board {
	c := *b
	c.e, c.o = Load(b.e.Image()), b.o.clone()
	c.devices, c.legs, c.calls = slices.Clone(b.devices), slices.Clone(b.legs), slices.Clone(b.calls)
	for i := range c.calls {
		p := &c.calls[i]
		p.legs, p.up, p.down = slices.Clone(p.legs), slices.Clone(p.up), slices.Clone(p.down)
		p.askers, p.awaits, p.parcels = slices.Clone(p.askers), slices.Clone(p.awaits), slices.Clone(p.parcels)
	}
	c.watch()
	return &c
}

func (b *board) watch() {
	b.o.e = func() *Engine { return b.e }
	b.o.wrong = b.wrong
}

func (b *board) wrong(f string, a ...any) {
	if b.fault == "" {
		b.fault = fmt.Sprintf(f, a...)
	}
}

// step gives the engine a fact, puts its orders on their way, and checks everything.
func (b *board) step(f Fact) {
	b.o.fact(b.now, f)
	orders := b.e.Step(b.now, f)
	if b.told != nil {
		b.told(b.now, f, orders)
	}
	b.o.orders(f, orders)
	b.o.inside()
	for _, o := range orders {
		b.send(o)
	}
	b.audit(f)
}

// send puts an order on its way if its actor has to act on it.
func (b *board) send(o Order) {
	if r, ok := o.(Record); ok {
		b.record(r.Event)
		return
	}
	p := b.piece(CallOf(o))
	switch o := o.(type) {
	case Accept:
		if p.accepted {
			b.wrong("%v: a second time", o)
		}
		p.accepted = true
	case Ring, StopRinging:
		p.down = append(p.down, o)
	case Refuse:
		if p.accepted {
			b.wrong("%v: it was accepted", o)
		}
		p.down = append(p.down, o)
	case Connect, TakeMessage, OpenMailbox, Release:
		if !p.accepted {
			b.wrong("%v: it was not accepted", o)
		}
		p.down = append(p.down, o)
	case Play:
		if !p.accepted {
			b.wrong("%v: it was not accepted", o)
		}
	case AnswerTransfer:
		p.moved = p.moved || o.Code == 202 && p.answered && b.o.asked.With == ""
		p.down = append(p.down, o)
	case PickUp, Join:
		_, join := o.(Join)
		p.moved = p.moved || join && p.answered
		p.down = append(p.down, o)
		p = b.piece(otherCall(o))
		p.down = append(p.down, o)
	}
}

// record checks that a call is missed at most once, and only if nobody answered.
func (b *board) record(v Event) {
	switch v.Type {
	case EvCallMissed:
		p := b.piece(v.Call)
		if p.missed || p.answered {
			b.wrong("S4: %v: missed before: %v, answered: %v", v, p.missed, p.answered)
		}
		p.missed = true
	case EvCallEnded:
		p := b.piece(v.Call)
		joined, code := v.Cause == string(CauseJoined), strings.HasPrefix(b.script[b.index(v.Call)].Dialled, "*")
		if p.missed && (p.answered || joined) || !p.missed && !p.answered && !joined && !code {
			b.wrong("S4: %v: missed: %v, answered: %v", v, p.missed, p.answered)
		}
	}
}

func (b *board) piece(id CallID) *piece { return &b.calls[b.index(id)] }

func (b *board) index(id CallID) int {
	return slices.IndexFunc(b.script, func(f CallArrived) bool { return f.Call == id })
}

func (b *board) agent(id AgentID) int { return slices.Index(b.agents, id) }

// tell puts facts on their way to the engine.
func (p *piece) tell(facts ...Fact) { p.up = append(p.up, facts...) }

// count tells that an agent has one leg more or less.
func (p *piece) count(agent AgentID, n int) {
	if agent != "" {
		p.tell(AgentLegs{agent, n})
	}
}

// hear lets the engine take up the first fact on its way.
func (b *board) hear(p *piece) {
	f := p.up[0]
	p.up = p.up[1:]
	switch told := f.(type) {
	case AgentLegs:
		n := &b.legs[b.agent(told.Agent)]
		*n += told.N
		f = AgentLegs{told.Agent, *n}
	case Connected:
		if c := b.o.calls[told.Call]; c.talksBy(told.Attempt) {
			p.answered = true
		}
	case TalkEnded:
		if c := b.o.calls[told.Call]; c.talksBy(told.Attempt) && !c.talk.met {
			p.answered = p.answered && (p.moved || !told.Empty)
			p.moved = p.moved || told.Held && p.answered
		}
	case CallEnded:
		p.stage = gone
	}
	b.step(f)
}

// obey lets the actor take up the first order on its way.
func (b *board) obey(id CallID, p *piece) {
	o := p.down[0]
	p.down = p.down[1:]
	switch o.(type) {
	case Ring, StopRinging:
		if p.given {
			q := b.heir(p)
			q.down = append(q.down, o)
			return
		}
	}
	switch o := o.(type) {
	case Ring:
		b.ring(id, p, o)
	case StopRinging:
		if l := p.leg(o.Attempt); l != nil && !l.told && p.stage == present {
			l.told = true
			p.tell(AttemptFailed{Call: id, Attempt: o.Attempt, Why: Stopped})
		}
	case Connect:
		if p.stage == present && p.winner == o.Attempt {
			p.tell(Connected{id, o.Attempt})
		}
	case TakeMessage:
		if p.stage == present {
			p.box = o.Mailbox
		} else {
			p.tell(MessageLeft{Call: id, Mailbox: o.Mailbox})
		}
	case OpenMailbox:
		if p.open = p.stage == present; !p.open {
			p.tell(MailboxClosed{Call: id})
		}
	case AnswerTransfer:
		b.answerTransfer(p, o)
	case PickUp, Join:
		b.handOver(id, p, o)
	case Refuse, Release:
		b.finish(id, p)
	}
}

func (b *board) ring(id CallID, p *piece, o Ring) {
	failed := AttemptFailed{Call: id, Attempt: o.Attempt}
	switch {
	case p.stage != present:
		failed.Why = Gone
	case p.winner != 0: // the order crossed an answer
		failed.Why = Stopped
	case o.Agent != "" && b.devices[b.agent(o.Agent)] == 0:
		failed.Why = Unreachable
	default:
		p.legs = append(p.legs, boardLeg{id: o.Attempt, agent: o.Agent})
		p.count(o.Agent, +1)
		return
	}
	p.tell(failed)
}

func (p *piece) leg(id AttemptID) *boardLeg {
	if i := slices.IndexFunc(p.legs, func(l boardLeg) bool { return l.id == id }); i >= 0 {
		return &p.legs[i]
	}
	return nil
}

// finish ends every leg of the call.
func (b *board) finish(id CallID, p *piece) {
	if p.stage != present {
		return
	}
	p.stage, p.winner = over, 0
	for i := range p.legs {
		if l := &p.legs[i]; l.id > 0 && !l.told {
			l.told = true
			p.tell(AttemptFailed{Call: id, Attempt: l.id, Why: Gone})
		}
	}
	if p.box != "" {
		p.tell(MessageLeft{Call: id, Mailbox: p.box})
		p.box = ""
	}
	if p.open {
		p.tell(MailboxClosed{Call: id})
		p.open = false
	}
	b.closed(id, p)
}

// closed tells the end of the call with its last leg, but not before what was handed over has been taken.
func (b *board) closed(id CallID, p *piece) {
	if p.stage == over && len(p.legs) == 0 && len(p.awaits) == 0 && !p.untaken && !p.shut {
		p.shut = true
		p.tell(CallEnded{Call: id})
	}
}
