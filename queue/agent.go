package queue

import (
	"slices"
	"time"
)

// Agent is all that the engine knows of one user: facts only. Whether it is available follows from them.
type Agent struct {
	ID        AgentID
	Devices   int         `json:",omitempty"` // reachable now
	Lost      time.Time   `json:",omitzero"`  // since when they are lost; zero: they are not, or it unregistered
	LoggedOut bool        `json:",omitempty"`
	Paused    bool        `json:",omitempty"`
	Legs      int         `json:",omitempty"` // as AgentLegs said last
	Bound     []Binding   `json:",omitempty"` // attempts that ring it and conversations it is in
	Own       []CallID    `json:",omitempty"` // live calls it made itself
	WrapUp    time.Time   `json:",omitzero"`  // end of the wrap-up; in the past: none
	Worked    bool        `json:",omitempty"` // has talked and not been idle since
	Dialled   []time.Time `json:",omitempty"` // outside calls within the last hour, oldest first, at most per_hour

	// Derived, rebuilt by Load.
	user   User
	rank   int // place among the users
	groups []*group
	alarm  alarm
}

// Binding ties an agent to an attempt until the attempt has failed or its conversation is over.
type Binding struct {
	Call    CallID
	Attempt AttemptID
}

// available is a pure function of the agent's facts and the time, and never stored: a stored state can get stuck.
func (a *Agent) available(now time.Time) bool {
	return a.Devices > 0 && !a.LoggedOut && !a.Paused && a.Legs == 0 && len(a.Bound) == 0 && len(a.Own) == 0 &&
		!now.Before(a.WrapUp)
}

// online: reachable and logged in, or lost only a moment ago. The grace is the group's.
func (a *Agent) online(now time.Time, grace time.Duration) bool {
	return !a.LoggedOut && (a.Devices > 0 || !a.Lost.IsZero() && now.Before(a.Lost.Add(grace)))
}

// State of an agent, as people see it.
type State string

const (
	Offline   State = "offline" // no device is reachable
	Lost      State = "lost"    // the last device was lost; it still counts as online for a while
	LoggedOff State = "logged_out"
	OnPause   State = "paused"
	Idle      State = "idle"
	Rung      State = "ringing"
	Busied    State = "busy" // in a conversation, in an own call, or legs are still being torn down
	WrappedUp State = "wrap_up"
)

// state names the first thing that keeps the agent from being rung.
func (a *Agent) state(now time.Time, talking bool) State {
	switch {
	case a.Legs > 0 && len(a.Bound) == 0, len(a.Own) > 0, talking:
		return Busied
	case len(a.Bound) > 0:
		return Rung
	case a.LoggedOut:
		return LoggedOff
	case a.Devices == 0 && !a.Lost.IsZero():
		return Lost
	case a.Devices == 0:
		return Offline
	case a.Paused:
		return OnPause
	case now.Before(a.WrapUp):
		return WrappedUp
	}
	return Idle
}

// due is the next moment at which the agent's facts mean something else.
func (a *Agent) due(now time.Time) time.Time {
	next := soonest{now: now}
	next.add(a.WrapUp)
	if !a.Lost.IsZero() {
		for _, g := range a.groups {
			next.add(a.Lost.Add(g.NobodyAfter))
		}
	}
	return next.at
}

func (a *Agent) unbind(id AttemptID) {
	a.Bound = slices.DeleteFunc(a.Bound, func(b Binding) bool { return b.Attempt == id })
}

func (a *Agent) clone() Agent {
	b := *a
	b.alarm, b.groups, b.rank, b.user = alarm{}, nil, 0, User{}
	b.Bound, b.Own, b.Dialled = slices.Clone(a.Bound), slices.Clone(a.Own), slices.Clone(a.Dialled)
	return b
}
