package queue

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// oracle checks what the engine orders against the invariants. It knows only facts and orders, shares no code with the
// engine, and looks at everything after every step: slow, and simple enough to be believed.
//
//	S1  an agent has at most one live attempt or conversation, and rings for a group only when it is free
//	S2  a call has one winner at a time, and is connected only to it
//	S3  nobody is served before a caller who precedes and may use the same agent
//	S4  every visit and every call has exactly one end in the records
//	S5  a call stands in one line, at its place
//	S6  nothing is left behind: what the engine holds bound is bound
//	S7  a wrap-up is never shortened
//	S8  who paused, logged out or went away is not rung any more
//	S9  a pair is not tried again within its back-off
//	S10 what the records count is what there is
//	S11 stale facts do nothing
//	S12 the same facts give the same orders, also by way of an image
//	S13 a caller who leaves while an answer is on its way has abandoned, and the agent gets no wrap-up
//	S14 who is transferred is never dropped: somebody rings, a line, a mailbox, a talk or a join under way has the caller
//	S15 a reload neither drops nor reorders who waits
//	L1  no available agent and servable caller are left together
//	L2  every call has somebody who owes it a fact, or a deadline, or an agent who may come
type oracle struct {
	wrong      func(string, ...any)
	e          func() *Engine
	now        time.Time
	rules      Rules
	groups     map[GroupID]*Group
	agents     map[AgentID]*seenAgent
	calls      map[CallID]*seenCall
	stamps     map[GroupID]map[AgentID]AttemptID
	last       AttemptID
	serial     int
	reloadedAt time.Time
	left       CallID // in this step a caller left a visit unanswered: who must be recorded as abandoned
	fold       fold
	seen       counts          // what the facts say
	joins      map[CallID]Join // ordered, and not done yet; by the call that goes on

	// Of this step.
	asked       *asked
	returns     []*returning
	dialledCode *dialledNow
	held        AgentID   // hung up while it had a caller on hold
	holding     CallID    // in this call
	hungUp      *seenCall // must end
	inPlace     CallID    // has taken a place in a line that was another call's
}

// counts of one run.
type counts struct {
	Calls, Answered, Empty, Abandoned, Missed, Messages, Attempts, Overflows, Exited, Transfers, Moved, PickUps int
}

// fold is what the records say.
type fold struct {
	counts
	inVisit map[CallID]GroupID
}

type seenAgent struct {
	devices, legs int
	lost, wrap    time.Time
	out, paused   bool
	bound         map[AttemptID]CallID
	own           map[CallID]bool
}

type seenCall struct {
	id             CallID
	serial         int
	user           AgentID // who is its caller now; "" somebody outside
	number         string  // dialled
	priority       int
	turn           int       // the serial number that decides between two who have waited equally long
	origin         GroupID   // of the visit that was answered last
	turned         AttemptID // whose target became the caller
	joining        CallID    // Join was ordered, in which this call is one of the two
	keeps          bool      // and this one goes on
	went           bool      // it has become part of another one
	moved          *seenMove // it is being transferred
	picks          AttemptID // it is a phone that picks up this attempt
	exit           string    // the key by which the caller leaves the line
	serves         GroupID   // its caller has answered for this group before the call turned round
	abandoned      bool      // who stayed in it after a transfer has left, or who transferred has, and nothing came of that
	box, open      bool      // a message is taken; mailboxes are listened to
	spoken         bool      // a prompt is heard, and the call ends then
	music          bool      // what the caller heard last, unless it talks
	group          GroupID
	line, ended    bool
	since, entered time.Time
	busyFrom       time.Time
	waited         time.Duration
	tried          map[AgentID]bool
	clock, retry   time.Time
	over           bool
	overNow        bool // since this step
	live           map[AttemptID]*seenAttempt
	talk           *seenAttempt
	connected      bool
	queued         bool // it entered a line in this step
	fresh          bool // its attempts were all started in this step
	final          bool // Release or Refuse was ordered, or the caller left
	arrivedAt      time.Time
}

type seenAttempt struct {
	id      AttemptID
	agent   AgentID
	group   GroupID
	until   time.Time
	stopped StopWhy
	from    CallID // the call that picks up
	met     bool   // it has talked in another call before
}

func newOracle(rules Rules, e func() *Engine, wrong func(string, ...any)) *oracle {
	o := &oracle{wrong: wrong, e: e, agents: map[AgentID]*seenAgent{}, calls: map[CallID]*seenCall{},
		stamps: map[GroupID]map[AgentID]AttemptID{}, fold: fold{inVisit: map[CallID]GroupID{}}, joins: map[CallID]Join{}}
	o.adopt(rules)
	return o
}

func (o *oracle) adopt(rules Rules) {
	old := o.groups
	o.rules, o.groups = rules, map[GroupID]*Group{}
	for _, u := range rules.Users {
		if o.agents[u.Extension] == nil {
			o.agents[u.Extension] = &seenAgent{bound: map[AttemptID]CallID{}, own: map[CallID]bool{}}
		}
	}
	for _, g := range rules.Groups {
		o.groups[g.Name] = &g
		stamps := map[AgentID]AttemptID{}
		if was := old[g.Name]; was != nil {
			for _, a := range g.Agents {
				if slices.Contains(was.Agents, a) {
					stamps[a] = o.stamps[g.Name][a]
				}
			}
		}
		o.stamps[g.Name] = stamps
	}
}

// fact takes in what has happened.
func (o *oracle) fact(now time.Time, f Fact) {
	o.now, o.left, o.asked, o.returns, o.dialledCode, o.held, o.inPlace, o.hungUp = now, "", nil, nil, nil, "", "", nil
	for _, c := range o.calls {
		c.fresh, c.overNow, c.queued = false, false, false
	}
	switch f := f.(type) {
	case CallArrived:
		o.serial++
		o.seen.Calls++
		o.calls[f.Call] = &seenCall{id: f.Call, serial: o.serial, arrivedAt: now, live: map[AttemptID]*seenAttempt{}, tried: map[AgentID]bool{}, user: f.User, number: f.Dialled}
		if a := o.agents[f.User]; a != nil {
			a.own[f.Call] = true
			o.dialled(f.User, f.Dialled)
			o.dialsCode(f)
		}
	case CallerLeft:
		if c := o.calls[f.Call]; c != nil && !c.final {
			c.final = true
			if c.line || c.talk != nil && c.talk.group != "" && !c.connected && !c.talk.met {
				o.left = c.id
			}
			c.open = false
		}
	case CallGivenUp:
		if c := o.calls[f.Call]; c != nil {
			c.final = true
		}
	case CallEnded:
		o.gone(f.Call)
	case AttemptAnswered:
		o.answered(f)
	case AttemptFailed:
		o.failed(f)
	case Connected:
		if c := o.calls[f.Call]; c != nil && c.talk != nil && c.talk.id == f.Attempt && !c.final && !c.connected {
			c.connected = true
			o.seen.Answered++
		}
	case TalkEnded:
		o.talkEnded(f)
	case TransferAsked:
		o.ask(f)
	case CallsJoined:
		o.joined(f)
	case JoinFailed:
		o.notJoined(f)
	case Digits:
		o.pressed(f)
	case MailboxClosed:
		o.mailboxClosed(f)
	case MessageLeft:
		if c := o.calls[f.Call]; c != nil {
			c.box = false
		}
	case AgentLegs:
		o.agents[f.Agent].legs = f.N
	case DevicesReachable:
		a := o.agents[f.User]
		a.devices = f.N
		if f.N > 0 || !f.Lost {
			a.lost = time.Time{}
		} else if a.lost.IsZero() {
			a.lost = now
		}
	case LoggedIn:
		o.agents[f.Agent].out = false
	case LoggedOut:
		o.agents[f.Agent].out = true
	case Paused:
		o.agents[f.Agent].paused = true
	case Resumed:
		o.agents[f.Agent].paused = false
	case WrapUpEnded:
		o.agents[f.Agent].wrap = time.Time{}
	case RulesChanged:
		o.adopt(f.Rules)
		o.reloadedAt = now
	}
	o.clocks()
}

// dialled: an agent dialled a code.
func (o *oracle) dialled(user AgentID, code string) {
	a := o.agents[user]
	if !slices.ContainsFunc(o.rules.Groups, func(g Group) bool { return slices.Contains(g.Agents, user) }) {
		return
	}
	switch code {
	case "*11", "*12":
		a.out = code == "*12"
	case "*13", "*14":
		a.paused = code == "*13"
	case "*15":
		a.wrap = time.Time{}
	}
}

// clocks lets time pass: back-offs end, ring clocks run out.
func (o *oracle) clocks() {
	for _, c := range o.calls {
		if !c.retry.IsZero() && !o.now.Before(c.retry) {
			c.tried, c.retry, c.clock, c.over, c.busyFrom = map[AgentID]bool{}, time.Time{}, time.Time{}, false, o.now
		}
		if c.line && !c.clock.IsZero() && !o.now.Before(c.clock) {
			c.overNow = !c.over && c.rings()
			c.over = c.over || c.overNow
		}
	}
}

// rings says that an attempt goes on.
func (c *seenCall) rings() bool {
	for _, a := range c.live {
		if a.stopped == "" {
			return true
		}
	}
	return false
}

func (o *oracle) gone(id CallID) {
	c := o.calls[id]
	if c == nil {
		return
	}
	if c.talk != nil {
		o.endTalk(c)
	}
	if c.joining != "" { // what was owed will not matter any more
		keep, gone := c.joining, id
		if c.keeps {
			keep, gone = id, c.joining
		}
		o.notJoined(JoinFailed{keep, gone})
	}
	o.disown(c)
	for _, a := range o.agents {
		maps.DeleteFunc(a.bound, func(_ AttemptID, call CallID) bool { return call == id })
		delete(a.own, id)
	}
	c.live, c.ended, c.final = map[AttemptID]*seenAttempt{}, true, true
}

// free says whether a group may ring the agent.
func (o *oracle) free(id AgentID) bool {
	a := o.agents[id]
	return a != nil && a.devices > 0 && !a.out && !a.paused && a.legs == 0 && len(a.bound) == 0 && len(a.own) == 0 && !o.now.Before(a.wrap)
}

func (o *oracle) online(g *Group) bool {
	return slices.ContainsFunc(g.Agents, func(id AgentID) bool {
		a := o.agents[id]
		return a != nil && !a.out && (a.devices > 0 || !a.lost.IsZero() && o.now.Before(a.lost.Add(g.NobodyAfter)))
	})
}

// may says whether the call could be given the agent by its own rules, whoever else waits.
func (o *oracle) may(c *seenCall, id AgentID) bool {
	g := o.groups[c.group]
	if g == nil || !c.line || c.over || c.tried[id] || c.exit != "" || c.joining != "" && c.keeps || !slices.Contains(g.Agents, id) {
		return false
	}
	if g.IfMissed.Kind == ToHold && g.MaxWait > 0 && !o.now.Before(c.entered.Add(g.MaxWait)) {
		return false
	}
	if g.Distribution == InOrder {
		for _, below := range g.Agents[slices.Index(g.Agents, id):] {
			if c.tried[below] {
				return false
			}
		}
	}
	return true
}

func precedes(a, b *seenCall) bool {
	if a.priority != b.priority {
		return a.priority > b.priority
	}
	if !a.since.Equal(b.since) {
		return a.since.Before(b.since)
	}
	return a.turn < b.turn
}

func (c counts) String() string {
	return fmt.Sprintf("%d calls, %d answered (%d empty), %d abandoned, %d missed, %d messages, %d attempts, %d overflows, %d exits by key, %d transfers, %d visits moved, %d pick-ups",
		c.Calls, c.Answered, c.Empty, c.Abandoned, c.Missed, c.Messages, c.Attempts, c.Overflows, c.Exited, c.Transfers, c.Moved, c.PickUps)
}

func (c *counts) add(d counts) {
	c.Calls += d.Calls
	c.Answered += d.Answered
	c.Empty += d.Empty
	c.Abandoned += d.Abandoned
	c.Missed += d.Missed
	c.Messages += d.Messages
	c.Attempts += d.Attempts
	c.Overflows += d.Overflows
	c.Exited += d.Exited
	c.Transfers += d.Transfers
	c.Moved += d.Moved
	c.PickUps += d.PickUps
}
