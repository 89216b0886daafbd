package queue

import "time"

// Snapshot is what people see of the engine at one moment: plain data that shares nothing with it and never changes.
type Snapshot struct {
	At     time.Time   `json:"at"`
	Calls  []CallView  `json:"calls"`  // in order of arrival
	Agents []AgentView `json:"agents"` // in the order of the users
	Groups []GroupView `json:"groups"` // in the order of the rules
}

// CallView is a live call.
type CallView struct {
	ID       CallID        `json:"id"`
	Phase    Phase         `json:"phase"`
	From     Party         `json:"from"`
	To       string        `json:"to"` // the number called
	Trunk    TrunkID       `json:"trunk,omitempty"`
	User     AgentID       `json:"user,omitempty"`
	Group    GroupID       `json:"group,omitempty"`
	Arrived  time.Time     `json:"arrived"`
	Since    time.Time     `json:"waiting_since,omitzero"` // in a line: now minus all time spent in lines
	Position int           `json:"position,omitempty"`     // in a line: from 1
	Attempts []AttemptView `json:"attempts,omitempty"`     // live ones
	With     AgentID       `json:"with,omitempty"`         // talks with this user
	WithNo   string        `json:"with_number,omitempty"`  // or with this outside number
	Talking  time.Time     `json:"talking_since,omitzero"`
	Via      AgentID       `json:"transferred_by,omitempty"` // the user who sent it where it is
	Back     Back          `json:"goes_back_to,omitempty"`   // nobody has taken it yet: where it goes then
	Joins    CallID        `json:"joins,omitempty"`          // the call that it is being joined with
	Priority int           `json:"priority,omitempty"`       // in the line: 1, it has come back and stands at the head
}

// AttemptView is a live attempt.
type AttemptView struct {
	ID      AttemptID `json:"id"`
	Agent   AgentID   `json:"agent,omitempty"`
	Number  string    `json:"number,omitempty"`
	Ringing bool      `json:"ringing"`
	Until   time.Time `json:"until,omitzero"`         // zero: it is decided at once
	By      CallID    `json:"picked_up_by,omitempty"` // the call with which the agent picks this one up
}

// AgentView is a user.
type AgentView struct {
	ID        AgentID   `json:"id"`
	Name      string    `json:"name"`
	State     State     `json:"state"`
	Devices   int       `json:"devices"`
	LoggedOut bool      `json:"logged_out"`
	Paused    bool      `json:"paused"`
	Legs      int       `json:"legs"`
	WrapUp    time.Time `json:"wrap_up_until,omitzero"`
	Groups    []GroupID `json:"groups,omitempty"`
}

// GroupView is a group.
type GroupView struct {
	Name      GroupID       `json:"name"`
	Title     string        `json:"title"`
	Waiting   int           `json:"waiting"` // callers nobody is rung for
	Ringing   int           `json:"ringing"`
	Talking   int           `json:"talking"`
	Longest   time.Duration `json:"longest_wait"`
	Online    int           `json:"online"` // agents
	Available int           `json:"available"`
	Agents    []MemberView  `json:"agents"` // in list order
}

// MemberView is an agent in a group.
type MemberView struct {
	Agent AgentID   `json:"agent"`
	Stamp AttemptID `json:"stamp"` // of its last attempt here; 0: never
}

// Snapshot copies what people see.
func (e *Engine) Snapshot(now time.Time) Snapshot {
	s := Snapshot{At: now, Calls: []CallView{}, Agents: []AgentView{}, Groups: []GroupView{}}
	talking := map[GroupID]int{}
	for _, c := range e.inArrivalOrder() {
		s.Calls = append(s.Calls, e.viewCall(c))
		if c.Phase == Talking {
			talking[c.Group]++
		}
	}
	for _, a := range e.roster {
		s.Agents = append(s.Agents, e.viewAgent(a, now))
	}
	for _, g := range e.sections {
		v := GroupView{Name: g.Name, Title: g.Title, Waiting: len(g.waiting), Ringing: len(g.ringing), Talking: talking[g.Name]}
		for _, line := range [][]*Call{g.waiting, g.ringing} {
			for _, c := range line {
				v.Longest = max(v.Longest, c.waited(now))
			}
		}
		for _, m := range g.members {
			v.Agents = append(v.Agents, MemberView{m.agent.ID, m.stamp})
			if m.agent.online(now, g.NobodyAfter) {
				v.Online++
			}
			if m.agent.available(now) {
				v.Available++
			}
		}
		s.Groups = append(s.Groups, v)
	}
	return s
}

func (e *Engine) viewCall(c *Call) CallView {
	v := CallView{ID: c.ID, Phase: c.Phase, From: c.Caller, To: c.Number, Trunk: c.Trunk, User: c.User, Group: c.Group,
		Arrived: c.Arrived, Talking: c.TalkFrom, Via: c.Via, Joins: c.Joins}
	if g := e.groups[c.Group]; g != nil && c.Phase == InGroup {
		v.Since, v.Position, v.Priority = c.Since, g.position(c), c.Priority
	}
	if c.Phase == Direct {
		v.Back = c.Back
	}
	for _, a := range c.Attempts {
		v.Attempts = append(v.Attempts, AttemptView{a.ID, a.Agent, a.Number, a.Ringing, a.Until, a.From})
	}
	if c.Talk != nil {
		v.With, v.WithNo = c.Talk.Agent, c.Talk.Number
	}
	return v
}

func (e *Engine) viewAgent(a *Agent, now time.Time) AgentView {
	v := AgentView{ID: a.ID, Name: a.user.Name, State: e.stateOf(a, now), Devices: a.Devices, LoggedOut: a.LoggedOut,
		Paused: a.Paused, Legs: a.Legs}
	if now.Before(a.WrapUp) {
		v.WrapUp = a.WrapUp
	}
	for _, g := range a.groups {
		v.Groups = append(v.Groups, g.Name)
	}
	return v
}

// stateOf is the agent's state in one word.
func (e *Engine) stateOf(a *Agent, now time.Time) State {
	for _, b := range a.Bound {
		if _, ringing := e.live(b.Call, b.Attempt); ringing == nil {
			return a.state(now, true)
		}
	}
	return a.state(now, false)
}
