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
	seen       counts // what the facts say
}

// counts of one run.
type counts struct{ Calls, Answered, Empty, Abandoned, Missed, Messages, Attempts, Overflows int }

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
	group          GroupID
	line, ended    bool
	since, entered time.Time
	busyFrom       time.Time
	waited         time.Duration
	tried          map[AgentID]bool
	clock, retry   time.Time
	over           bool
	live           map[AttemptID]*seenAttempt
	talk           *seenAttempt
	connected      bool
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
}

func newOracle(rules Rules, e func() *Engine, wrong func(string, ...any)) *oracle {
	o := &oracle{wrong: wrong, e: e, agents: map[AgentID]*seenAgent{}, calls: map[CallID]*seenCall{},
		stamps: map[GroupID]map[AgentID]AttemptID{}, fold: fold{inVisit: map[CallID]GroupID{}}}
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
	o.now, o.left = now, ""
	for _, c := range o.calls {
		c.fresh = false
	}
	switch f := f.(type) {
	case CallArrived:
		o.serial++
		o.seen.Calls++
		o.calls[f.Call] = &seenCall{id: f.Call, serial: o.serial, arrivedAt: now, live: map[AttemptID]*seenAttempt{}, tried: map[AgentID]bool{}}
		if a := o.agents[f.User]; a != nil {
			a.own[f.Call] = true
			o.dialled(f.User, f.Dialled)
		}
	case CallerLeft:
		if c := o.calls[f.Call]; c != nil && !c.final {
			c.final = true
			if c.line || c.talk != nil && c.talk.group != "" && !c.connected {
				o.left = c.id
			}
		}
	case CallEnded:
		o.gone(f.Call)
	case AttemptAnswered:
		if c := o.calls[f.Call]; c != nil && c.live[f.Attempt] != nil && !c.final {
			c.talk, c.connected = c.live[f.Attempt], false
			delete(c.live, f.Attempt)
		}
	case AttemptFailed:
		o.failed(f)
	case Connected:
		if c := o.calls[f.Call]; c != nil && c.talk != nil && c.talk.id == f.Attempt && !c.final && !c.connected {
			c.connected = true
			o.seen.Answered++
		}
	case TalkEnded:
		o.talkEnded(f)
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
			for _, a := range c.live {
				c.over = c.over || a.stopped == ""
			}
		}
	}
}

func (o *oracle) failed(f AttemptFailed) {
	c := o.calls[f.Call]
	if c == nil || c.live[f.Attempt] == nil {
		return
	}
	a := c.live[f.Attempt]
	delete(c.live, f.Attempt)
	if a.agent != "" {
		delete(o.agents[a.agent].bound, a.id)
	}
	if f.Why == Stopped && (a.stopped == Elsewhere || a.stopped == Withdrawn) {
		delete(c.tried, a.agent)
		if len(c.tried) == 0 {
			c.clock, c.over, c.retry, c.busyFrom = time.Time{}, false, time.Time{}, o.now
		}
	}
}

func (o *oracle) talkEnded(f TalkEnded) {
	c := o.calls[f.Call]
	if c == nil || c.talk == nil || c.talk.id != f.Attempt {
		return
	}
	if !c.final && (f.Empty || f.By == ByTarget && !c.connected) {
		if c.connected {
			o.seen.Empty++
		}
		c.clock, c.over, c.retry = time.Time{}, false, time.Time{}
		c.connected = false
	}
	o.endTalk(c)
	if f.By == ByCaller {
		c.final = true
	}
}

func (o *oracle) endTalk(c *seenCall) {
	a := o.agents[c.talk.agent]
	if a != nil {
		delete(a.bound, c.talk.id)
		if g := o.groups[c.talk.group]; g != nil && c.connected && o.now.Add(g.WrapUp).After(a.wrap) {
			a.wrap = o.now.Add(g.WrapUp)
		}
	}
	c.talk = nil
}

func (o *oracle) gone(id CallID) {
	c := o.calls[id]
	if c == nil {
		return
	}
	if c.talk != nil {
		o.endTalk(c)
	}
	for _, a := range o.agents {
		maps.DeleteFunc(a.bound, func(_ AttemptID, call CallID) bool { return call == id })
		delete(a.own, id)
	}
	c.live, c.ended = map[AttemptID]*seenAttempt{}, true
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
	if g == nil || !c.line || c.over || c.tried[id] || !slices.Contains(g.Agents, id) {
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
	if !a.since.Equal(b.since) {
		return a.since.Before(b.since)
	}
	return a.serial < b.serial
}

// orders takes in what the engine ordered, one by one, then looks at what is left.
func (o *oracle) orders(f Fact, orders []Order) {
	abandoned := false
	for _, order := range orders {
		switch order := order.(type) {
		case Ring:
			o.ring(order)
		case StopRinging:
			if a := o.calls[order.Call].live[order.Attempt]; a == nil {
				o.wrong("S11: %v: not live", order)
			} else if a.stopped == "" {
				a.stopped = order.Why
			} else {
				o.wrong("S2: %v: stopped twice", order)
			}
		case Connect:
			if c := o.calls[order.Call]; c.talk == nil || c.talk.id != order.Attempt || c.connected {
				o.wrong("S2: %v: not the winner", order)
			}
		case Release:
			o.final(order.Call, order)
			if c := o.calls[order.Call]; c.talk != nil && order.Cause != CauseTooLong {
				o.wrong("S2: %v: the caller talks", order)
			}
		case Refuse:
			o.final(order.Call, order)
		case TakeMessage:
			if c := o.calls[order.Call]; c.line || c.talk != nil {
				o.wrong("S5: %v: still in a line", order)
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
}

func (o *oracle) final(id CallID, order Order) {
	c := o.calls[id]
	if c.final || c.line || len(c.live) > 0 && c.talk == nil && !c.connected {
		o.wrong("S4: %v: final %v, in a line %v, %d attempts", order, c.final, c.line, len(c.live))
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
	if c.talk != nil || c.final || c.ended {
		o.wrong("S2: %v: nobody may ring for it any more", r)
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
	if g.Distribution == Everybody && c.clock.IsZero() {
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
		if o.fold.inVisit[v.Call] != "" || c.line {
			o.wrong("S4: %v: a visit is open", v)
		}
		o.fold.inVisit[v.Call] = v.Group
		c.group, c.line, c.entered, c.busyFrom, c.since = v.Group, true, o.now, o.now, o.now.Add(-c.waited)
		c.tried, c.clock, c.retry, c.over = map[AgentID]bool{}, time.Time{}, time.Time{}, false
	case EvCallOverflowed:
		leave(&o.fold.Overflows)
		if v.Cause == "line_full" && (!c.entered.Equal(o.now) || len(c.tried) > 0) {
			o.wrong("S15: %v: thrown out of the line", v)
		}
		if v.Cause == "deleted" && v.To == "hang_up" {
			o.wrong("S15: %v: dropped", v)
		}
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
		if waits {
			o.stays(c, g)
		}
		for _, a := range c.live {
			late := g.IfMissed.Kind == ToHold && g.MaxWait > 0 &&
				o.now.After(c.entered.Add(g.MaxWait+2*time.Second)) && c.entered.After(o.reloadedAt)
			if a.stopped == "" && (late || !o.now.Before(a.until)) {
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

// inside compares what the engine holds with what it should: S5, S6, S10, S15 and L2.
func (o *oracle) inside() {
	e := o.e()
	if len(e.calls) != len(o.calls) {
		o.wrong("S6: the engine has %d calls, there are %d", len(e.calls), len(o.calls))
	}
	for _, a := range e.roster {
		seen := o.agents[a.ID]
		if len(a.Bound) != len(seen.bound) || len(a.Own) != len(seen.own) || a.Legs != seen.legs {
			o.wrong("S6: %s: %+v, should be %+v", a.ID, a.clone(), *seen)
		}
	}
	for _, g := range e.sections {
		var want []CallID
		lines := 0
		for _, c := range o.calls {
			if c.line && c.group == g.Name {
				want = append(want, c.id)
			}
		}
		slices.SortFunc(want, func(a, b CallID) int {
			if precedes(o.calls[a], o.calls[b]) {
				return -1
			}
			return 1
		})
		for i, id := range want {
			c := e.calls[id]
			lines++
			if c.line == nil || g.position(c) != i+1 {
				o.wrong("S5: %s should be number %d of %s", id, i+1, g.Name)
			}
		}
		if len(g.waiting)+len(g.ringing) != lines {
			o.wrong("S5: %s holds %d+%d calls, there are %d", g.Name, len(g.waiting), len(g.ringing), lines)
		}
		open := 0
		for id, in := range o.fold.inVisit {
			if in == g.Name && o.calls[id].line {
				open++
			}
		}
		if open != lines {
			o.wrong("S10: the records have %d callers in %s, there are %d", open, g.Name, lines)
		}
	}
	for _, c := range e.calls {
		owed := len(c.Attempts) > 0 || c.Phase == Talking || c.Phase == Message || c.Phase == Spoken || c.Phase == Ending
		g := e.groups[c.Group]
		mayCome := g != nil && (g.online || g.IfNobody.Kind == ToHold) // hold: the rule says to wait all the same
		if !owed && !mayCome && c.alarm.pos == 0 {
			o.wrong("L2: nobody comes for %s: %+v", c.ID, c.clone())
		}
	}
}

// end checks the ledger when all calls are over.
func (o *oracle) end() {
	if n := len(o.calls) + len(o.fold.inVisit); n > 0 {
		o.wrong("S4: %d calls and visits are left: %v", n, slices.Collect(maps.Keys(o.calls)))
	}
	o.seen.Abandoned, o.seen.Missed, o.seen.Messages, o.seen.Overflows = o.fold.Abandoned, o.fold.Missed, o.fold.Messages, o.fold.Overflows
	if o.fold.counts != o.seen {
		o.wrong("S10: the records say %+v, the facts %+v", o.fold.counts, o.seen)
	}
	for _, a := range o.e().roster {
		if a.Legs > 0 || len(a.Bound) > 0 || len(a.Own) > 0 {
			o.wrong("S6: %s is still held: %+v", a.ID, a.clone())
		}
	}
}

func (c counts) String() string {
	return fmt.Sprintf("%d calls, %d answered (%d empty), %d abandoned, %d missed, %d messages, %d attempts, %d overflows",
		c.Calls, c.Answered, c.Empty, c.Abandoned, c.Missed, c.Messages, c.Attempts, c.Overflows)
}
