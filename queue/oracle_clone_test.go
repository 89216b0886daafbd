package queue

import "maps"

// clone shares nothing that changes with o. Who gets it sets e and wrong.
func (o *oracle) clone() *oracle {
	c := *o
	c.agents = make(map[AgentID]*seenAgent, len(o.agents))
	for id, a := range o.agents {
		b := *a
		b.bound, b.own = maps.Clone(a.bound), maps.Clone(a.own)
		c.agents[id] = &b
	}
	c.calls = make(map[CallID]*seenCall, len(o.calls))
	for id, a := range o.calls {
		b := *a
		b.tried, b.live = maps.Clone(a.tried), make(map[AttemptID]*seenAttempt, len(a.live))
		for n, l := range a.live {
			m := *l
			b.live[n] = &m
		}
		if a.talk != nil {
			talk := *a.talk
			b.talk = &talk
		}
		if a.moved != nil {
			moved := *a.moved
			b.moved = &moved
		}
		c.calls[id] = &b
	}
	c.stamps = make(map[GroupID]map[AgentID]AttemptID, len(o.stamps))
	for g, s := range o.stamps {
		c.stamps[g] = maps.Clone(s)
	}
	c.fold.inVisit, c.joins = maps.Clone(o.fold.inVisit), maps.Clone(o.joins)
	return &c
}
