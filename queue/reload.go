package queue

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// adopt makes the rules the engine's own. Users who stay keep their facts and stamps; those who are no longer among the
// rules come last.
func (e *Engine) adopt(rules Rules) {
	old, before := e.groups, e.roster
	e.rules, e.groups, e.sections, e.roster = rules, map[GroupID]*group{}, nil, nil
	agents := map[AgentID]*Agent{}
	keep := func(a *Agent, u User) {
		a.user, a.groups, a.rank = u, nil, len(e.roster)
		agents[a.ID] = a
		e.roster = append(e.roster, a)
	}
	for _, u := range rules.Users {
		a := e.agents[u.Extension]
		if a == nil {
			a = &Agent{ID: u.Extension}
			a.alarm.agent = a
		}
		keep(a, u)
	}
	for _, a := range before {
		if agents[a.ID] == nil {
			keep(a, User{})
		}
	}
	e.agents = agents
	for _, r := range rules.Groups {
		g := &group{Group: r}
		for _, id := range r.Agents {
			if a := agents[id]; a != nil && g.member(id) == nil {
				m := &member{agent: a, place: len(g.members)}
				if was := old[r.Name]; was != nil && was.member(id) != nil {
					m.stamp = was.member(id).stamp
				}
				g.members = append(g.members, m)
				a.groups = append(a.groups, g)
			}
		}
		e.groups[r.Name] = g
		e.sections = append(e.sections, g)
	}
}

// change goes on by new rules. Nobody is dropped and nobody loses a place: lines keep their order, conversations go on,
// and only attempts at those who no longer belong are taken back.
func (e *Engine) change(rules Rules) {
	old, live := e.groups, e.inArrivalOrder()
	e.dismiss(rules.Users)
	e.adopt(rules)
	e.log(Event{Type: EvConfigReloaded})
	for _, g := range e.sections {
		if was := old[g.Name]; was != nil && fmt.Sprint(was.Group) != fmt.Sprint(g.Group) {
			e.log(Event{Type: EvGroupChanged, Group: g.Name})
		}
		e.mark(g)
	}
	for _, a := range e.roster {
		e.stir(a.ID)
	}
	for _, c := range live {
		if was := old[c.Group]; was != nil && e.groups[c.Group] == nil {
			c.Orphan = e.refuge(was)
		}
		for i := range c.Attempts {
			if a := &c.Attempts[i]; !e.belongs(a) {
				e.stop(c, a, Withdrawn)
			}
		}
		c.line = nil // the old group's
		e.place(c)
		e.touch(c)
	}
}

// dismiss forgets the agents that are no longer users, unless something still binds them.
func (e *Engine) dismiss(users []User) {
	known := map[AgentID]bool{}
	for _, u := range users {
		known[u.Extension] = true
	}
	e.roster = slices.DeleteFunc(e.roster, func(a *Agent) bool {
		if known[a.ID] || a.Legs > 0 || len(a.Bound) > 0 || len(a.Own) > 0 {
			return false
		}
		e.clock.set(&a.alarm, time.Time{})
		delete(e.agents, a.ID)
		return true
	})
}

// belongs says whether the rules still let the attempt's target be rung.
func (e *Engine) belongs(a *Attempt) bool {
	switch {
	case a.Group != "":
		g := e.groups[a.Group]
		return g != nil && g.member(a.Agent) != nil
	case a.Agent != "":
		return e.user(a.Agent) != nil
	}
	return true
}

// refuge is where the callers of a deleted group go: on along its chain, but never simply away.
func (e *Engine) refuge(was *group) Destination {
	to := was.IfMissed
	if to.Kind == ToHold {
		to = was.Then
	}
	if to.Kind == ToHold || to.Kind == ToHangUp || to.Kind == "" || to.Kind == ToGroup && e.groups[GroupID(to.Name)] == nil {
		return Destination{ToVoicemail, string(was.Name)}
	}
	return to
}

// restore takes over what survived the last run.
func (e *Engine) restore(f Restored) {
	e.lastAttempt = max(e.lastAttempt, f.LastAttempt)
	e.setStamps(f.Stamps)
	for _, id := range f.LoggedOut {
		if a := e.stir(id); a != nil {
			a.LoggedOut = true
		}
	}
	for _, id := range f.Paused {
		if a := e.stir(id); a != nil {
			a.Paused = true
		}
	}
}

func (e *Engine) setStamps(stamps []Stamp) {
	for _, s := range stamps {
		if g := e.groups[s.Group]; g != nil {
			if m := g.member(s.Agent); m != nil {
				m.stamp = s.Attempt
				e.lastAttempt = max(e.lastAttempt, s.Attempt)
			}
		}
	}
}

// inArrivalOrder lists the live calls.
func (e *Engine) inArrivalOrder() []*Call {
	calls := make([]*Call, 0, len(e.calls))
	for _, c := range e.calls {
		calls = append(calls, c)
	}
	slices.SortFunc(calls, func(a, b *Call) int { return cmp.Compare(a.Arrival, b.Arrival) })
	return calls
}
