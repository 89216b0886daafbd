package queue

import "time"

// Image is the complete state of an engine, sharing nothing with it. An engine loaded from it, also by way of JSON, goes
// on exactly as the first one would.
type Image struct {
	Rules       Rules
	Seed        uint64
	Now         time.Time // of the last step
	LastAttempt AttemptID
	Arrivals    uint64
	Agents      []Agent   // in the order of the users
	Stamps      []Stamp   // in the order of the groups and their agents
	Online      []GroupID // groups of which somebody was online
	Calls       []Call    // in order of arrival
}

// Image copies the state of the engine. The rules are shared: nobody changes rules once an engine has them.
func (e *Engine) Image() Image {
	m := Image{Rules: e.rules, Seed: e.seed, Now: e.now, LastAttempt: e.lastAttempt, Arrivals: e.arrivals}
	for _, a := range e.roster {
		m.Agents = append(m.Agents, a.clone())
	}
	for _, g := range e.sections {
		for _, a := range g.members {
			if a.stamp > 0 {
				m.Stamps = append(m.Stamps, Stamp{g.Name, a.agent.ID, a.stamp})
			}
		}
		if g.online {
			m.Online = append(m.Online, g.Name)
		}
	}
	for _, c := range e.inArrivalOrder() {
		m.Calls = append(m.Calls, c.clone())
	}
	return m
}

// Load makes an engine that goes on where the image was taken.
func Load(m Image) *Engine {
	e := &Engine{seed: m.Seed, now: m.Now, lastAttempt: m.LastAttempt, arrivals: m.Arrivals,
		calls: map[CallID]*Call{}, agents: map[AgentID]*Agent{}}
	for _, saved := range m.Agents {
		a := saved.clone()
		a.alarm.agent = &a
		e.agents[a.ID] = &a
		e.roster = append(e.roster, &a)
	}
	e.adopt(m.Rules) // ties agents and groups together
	e.setStamps(m.Stamps)
	for _, name := range m.Online {
		if g := e.groups[name]; g != nil {
			g.online = true
		}
	}
	for _, saved := range m.Calls {
		c := saved.clone()
		e.calls[c.ID] = &c
		c.alarm.call = &c
		e.place(&c)
		e.clock.set(&c.alarm, e.callDue(&c))
	}
	for _, a := range e.roster {
		e.clock.set(&a.alarm, a.due(e.now))
	}
	return e
}
