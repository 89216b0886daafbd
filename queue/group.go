package queue

import (
	"slices"
	"time"
)

// group is a rule with the calls that stand in its line and the stamps of its agents.
type group struct {
	Group
	members []*member // in list order
	waiting []*Call   // nobody is rung for them; in line order
	ringing []*Call   // somebody is; in line order
	online  bool      // as of the last look: whether anybody was
	marked  bool
}

// member is an agent in one group.
type member struct {
	agent *Agent
	place int       // in the list, from 0
	stamp AttemptID // its last attempt here
}

func (g *group) holds() bool { return g.IfMissed.Kind == ToHold }

// giveUp is when max_wait ends for a call; zero: never.
func (g *group) giveUp(c *Call) time.Time {
	if g.holds() && g.MaxWait > 0 {
		return c.Entered.Add(g.MaxWait)
	}
	return time.Time{}
}

// full says whether the line takes in no newcomer.
func (g *group) full() bool {
	admitted := 0
	for _, c := range g.waiting {
		if c.Admitted {
			admitted++
		}
	}
	return g.MaxCallers > 0 && admitted >= g.MaxCallers
}

// anyOnline says whether an agent is online, or was a moment ago.
func (g *group) anyOnline(now time.Time) bool {
	return slices.ContainsFunc(g.members, func(m *member) bool { return m.agent.online(now, g.NobodyAfter) })
}

// free are the available members in list order.
func (g *group) free(now time.Time) []*member {
	var free []*member
	for _, m := range g.members {
		if m.agent.available(now) {
			free = append(free, m)
		}
	}
	return free
}

func (g *group) member(id AgentID) *member {
	for _, m := range g.members {
		if m.agent.ID == id {
			return m
		}
	}
	return nil
}

// position is the place in the line, from 1; those who are being rung for count.
func (g *group) position(c *Call) int {
	w, _ := slices.BinarySearchFunc(g.waiting, c, inLineOrder)
	r, _ := slices.BinarySearchFunc(g.ringing, c, inLineOrder)
	return w + r + 1
}

// place puts the call into the slice of its group where it belongs now, and takes it out of the one where it stood.
func (e *Engine) place(c *Call) {
	var line *[]*Call
	if g := e.groups[c.Group]; g != nil && c.Phase == InGroup {
		line = &g.waiting
		if len(c.Attempts) > 0 {
			line = &g.ringing
		}
	}
	if line == c.line {
		return
	}
	e.displace(c)
	if line != nil {
		i, _ := slices.BinarySearchFunc(*line, c, inLineOrder)
		*line, c.line = slices.Insert(*line, i, c), line
	}
}

// displace takes the call out of its line. Whatever the order of the line goes by may be changed only after it.
func (e *Engine) displace(c *Call) {
	if c.line == nil {
		return
	}
	i, _ := slices.BinarySearchFunc(*c.line, c, inLineOrder)
	*c.line, c.line = slices.Delete(*c.line, i, i+1), nil
}

// enter begins a visit: the call joins the end of what is its place in the group's line.
func (e *Engine) enter(c *Call, g *group) {
	c.Phase, c.Group, c.Entered, c.Since, c.Turn = InGroup, g.Name, e.now, e.now.Add(-c.Waited), c.Arrival
	c.Visit++
	c.Admitted, c.Fallback, c.Orphan, c.Back = false, Destination{}, Destination{}, ""
	c.Pass = Pass{BusyFrom: e.now}
	c.Chain = append(c.Chain, g.Name)
	e.place(c)
	e.touch(c)
	e.note(c, Event{Type: EvCallQueued})
	if len(g.Keys) > 0 { // keys are heard in its audio
		e.accept(c)
	}
}

// leaveLine closes the time in the line; the call still belongs to the group.
func (e *Engine) leaveLine(c *Call, to Phase) {
	if c.Phase != InGroup {
		c.Phase = to
		return
	}
	c.Waited, c.Position = c.waited(e.now), 0
	if g := e.groups[c.Group]; g != nil {
		c.Position = g.position(c)
		e.mark(g)
	}
	c.Phase = to
	e.place(c)
}
