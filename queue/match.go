package queue

import (
	"slices"
	"time"
)

// turn is a group whose line is being served.
type turn struct {
	*group
	line []*Call   // who is still to be looked at
	free []*member // who may be rung
}

// match brings free agents and callers together. Only groups in which something changed need it: where nothing did,
// nobody is left who could be served. Callers nobody rings for come first, over all lines in one order; then
// ringing calls of everybody groups take in who is still free.
func match(e *Engine, groups []*group) {
	serve(e, groups, func(g *group) []*Call { return g.waiting })
	serve(e, groups, func(g *group) []*Call {
		if g.Distribution == Everybody {
			return g.ringing
		}
		return nil
	})
}

// serve goes over the lines of the groups in one order and rings whom the distribution of each names.
func serve(e *Engine, groups []*group, line func(*group) []*Call) {
	var turns []*turn
	for _, g := range groups {
		if calls := line(g); len(calls) > 0 {
			if free := g.free(e.now); len(free) > 0 {
				turns = append(turns, &turn{g, calls, free})
			}
		}
	}
	var rung []*Call
	for len(turns) > 0 {
		t := slices.MinFunc(turns, func(a, b *turn) int { return inLineOrder(a.line[0], b.line[0]) })
		c := t.line[0]
		t.line = t.line[1:]
		t.free = slices.DeleteFunc(t.free, func(m *member) bool { return !m.agent.available(e.now) })
		if e.ringNext(c, t) {
			rung = append(rung, c)
		}
		turns = slices.DeleteFunc(turns, func(t *turn) bool { return len(t.line) == 0 || len(t.free) == 0 })
	}
	for _, c := range rung { // only now: the lines must not change while they are served
		e.place(c)
		e.touch(c)
	}
}

// ringNext rings for the call whom its group's distribution names, if the call may be served.
func (e *Engine) ringNext(c *Call, t *turn) bool {
	if !e.servable(c, t.group) {
		return false
	}
	var fresh []*member
	for _, m := range t.free {
		if !c.Pass.has(m.agent.ID) {
			fresh = append(fresh, m)
		}
	}
	if len(fresh) == 0 {
		return false
	}
	chosen := t.ranking()(t.group, &c.Pass, fresh)
	for _, m := range chosen {
		e.ringMember(c, t.group, m)
	}
	return len(chosen) > 0
}

// servable says that new attempts may start for a call that stands in the group's line.
func (e *Engine) servable(c *Call, g *group) bool {
	if giveUp := g.giveUp(c); !giveUp.IsZero() && !e.now.Before(giveUp) {
		return false
	}
	return !c.Pass.Over && c.Key == ""
}

// ringMember starts an attempt at an agent of the group.
func (e *Engine) ringMember(c *Call, g *group, m *member) {
	until := e.now.Add(g.Ring)
	if g.Distribution == Everybody { // one clock for all; one that ran out while every attempt was being stopped counts for nobody
		if !c.Pass.Clock.After(e.now) {
			c.Pass.Clock = until
		}
		until = c.Pass.Clock
	}
	c.Admitted, c.Pass.RetryAt = true, time.Time{}
	c.Pass.add(m.agent.ID)
	m.stamp = e.lastAttempt + 1
	e.ring(c, Attempt{Agent: m.agent.ID, Group: g.Name, Until: until}, Ring{Group: g.Name, Show: e.shown(c)})
}
