package queue

import (
	"maps"
	"slices"
)

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
		for _, m := range g.members {
			if m.stamp != o.stamps[g.Name][m.agent.ID] {
				o.wrong("evenly: the stamp of %s in %s is %d, should be %d", m.agent.ID, g.Name, m.stamp, o.stamps[g.Name][m.agent.ID])
			}
		}
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
		owed := len(c.Attempts) > 0 || c.Phase == Talking || c.Phase == Message || c.Phase == Spoken || c.Phase == Ending ||
			c.Phase == Joining || c.Phase == InMailbox || c.Phase == PickingUp || c.Into != ""
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
	o.seen.Exited, o.seen.Moved = o.fold.Exited, o.fold.Moved
	if o.fold.counts != o.seen {
		o.wrong("S10: the records say %+v, the facts %+v", o.fold.counts, o.seen)
	}
	for _, a := range o.e().roster {
		if a.Legs > 0 || len(a.Bound) > 0 || len(a.Own) > 0 {
			o.wrong("S6: %s is still held: %+v", a.ID, a.clone())
		}
	}
}
