package queue

import "time"

// Engine decides who talks to whom. It is not safe for concurrent use: one loop owns it. It keeps no clock, starts no
// goroutine and does no input or output.
type Engine struct {
	rules       Rules
	seed        uint64 // for distributions that draw; none of today's does
	now         time.Time
	lastAttempt AttemptID
	arrivals    uint64

	calls    map[CallID]*Call
	agents   map[AgentID]*Agent
	roster   []*Agent // all agents in the order of the users; ranges go over this, never over the map
	groups   map[GroupID]*group
	sections []*group // all groups in the order of the rules

	clock clock

	// The work of the step that runs.
	orders  []Order
	touched []*Call  // changed in this step
	stirred []*Agent // changed in this step
	marked  []*group // have to be matched
	unquiet bool     // something was touched since the last match
}

// New makes an engine that goes by the rules, which nobody changes any more. Randomness, where a distribution wants it, comes from the seed.
func New(rules Rules, seed uint64) *Engine {
	e := &Engine{seed: seed, calls: map[CallID]*Call{}, agents: map[AgentID]*Agent{}}
	e.adopt(rules)
	return e
}

// Step applies one fact at the time now, which never goes backwards, and returns the orders it causes, to be carried out
// in their order. The caller owns the orders.
func (e *Engine) Step(now time.Time, f Fact) []Order {
	e.now, e.orders = now, nil
	e.take(f)
	e.expire()
	e.settle()
	return e.orders
}

// Next says when Step(at, TimePassed{}) is due, if no other fact comes before.
func (e *Engine) Next() (at time.Time, ok bool) {
	if len(e.clock) == 0 {
		return time.Time{}, false
	}
	return e.clock[0].at, true
}

// take lets the fact change the state: nothing else does, but time.
func (e *Engine) take(f Fact) {
	switch f := f.(type) {
	case CallArrived:
		e.arrive(f)
	case CallerLeft:
		e.callerLeft(f)
	case CallGivenUp:
		e.givenUp(f)
	case CallEnded:
		e.ended(f)
	case AttemptRinging:
		e.attemptRings(f)
	case AttemptAnswered:
		e.answered(f)
	case AttemptFailed:
		e.failed(f)
	case Connected:
		e.connected(f)
	case TalkEnded:
		e.talkEnded(f)
	case AgentLegs:
		e.legs(f)
	case DevicesReachable:
		e.reachable(f)
	case LoggedIn:
		e.logIn(f.Agent, true)
	case LoggedOut:
		e.logIn(f.Agent, false)
	case Paused:
		e.pause(f.Agent, true)
	case Resumed:
		e.pause(f.Agent, false)
	case WrapUpEnded:
		e.endWrapUp(f.Agent)
	case PromptEnded:
		e.promptEnded(f)
	case MessageLeft:
		e.messageLeft(f)
	case TransferAsked:
		e.transferAsked(f)
	case CallsJoined:
		e.callsJoined(f)
	case JoinFailed:
		e.joinFailed(f)
	case Digits:
		e.digits(f)
	case MailboxClosed:
		e.mailboxClosed(f)
	case RulesChanged:
		e.change(f.Rules)
	case Restored:
		e.restore(f)
	case TimePassed:
	}
}

// expire takes up what is due.
func (e *Engine) expire() {
	for {
		a, ok := e.clock.due(e.now)
		if !ok {
			return
		}
		if a.agent != nil {
			e.stir(a.agent.ID)
		} else {
			e.timeOut(a.call)
		}
	}
}

// settle matches calls and agents and moves on who has waited long enough, until nothing changes any more, then sets
// the alarms anew. A call visits a group once in a chain, so this ends.
func (e *Engine) settle() {
	for e.unquiet {
		e.unquiet = false
		groups := e.marked
		e.marked = nil
		for _, g := range groups {
			g.marked = false
		}
		match(e, groups)
		e.moveOn(groups)
	}
	for _, c := range e.touched {
		c.touched = false
		if e.calls[c.ID] == c {
			e.sound(c)
			e.clock.set(&c.alarm, e.callDue(c))
		}
	}
	for _, a := range e.stirred {
		e.idle(a)
		e.clock.set(&a.alarm, a.due(e.now))
	}
	clear(e.touched) // else a call that has ended is kept in memory
	e.touched, e.stirred = e.touched[:0], e.stirred[:0]
}

// touch notes that the call has changed: its group is matched, its alarm set.
func (e *Engine) touch(c *Call) {
	e.unquiet = true
	if g := e.groups[c.Group]; g != nil && c.Phase == InGroup {
		e.mark(g)
	}
	if !c.touched {
		c.touched = true
		e.touched = append(e.touched, c)
	}
}

// stir finds an agent and notes that it has changed; nil if there is none of that name.
func (e *Engine) stir(id AgentID) *Agent {
	a := e.agents[id]
	if a == nil {
		return nil
	}
	e.stirred = append(e.stirred, a)
	for _, g := range a.groups {
		e.mark(g)
	}
	return a
}

func (e *Engine) mark(g *group) {
	e.unquiet = true
	if !g.marked {
		g.marked = true
		e.marked = append(e.marked, g)
	}
}

func (e *Engine) order(o Order) { e.orders = append(e.orders, o) }

func (e *Engine) log(v Event) { e.order(Record{v}) }

// note logs an event about the call's present visit.
func (e *Engine) note(c *Call, v Event) {
	v.Call, v.Visit, v.Group = c.ID, c.Visit, c.Group
	e.log(v)
}
