package queue

import "time"

// reachable notes how many of a user's devices can be reached.
func (e *Engine) reachable(f DevicesReachable) {
	a := e.stir(f.User)
	if a == nil {
		return
	}
	was := a.Devices
	a.Devices = f.N
	switch {
	case f.N > 0:
		a.Lost = time.Time{}
	case !f.Lost:
		a.Lost = time.Time{}
	case a.Lost.IsZero():
		a.Lost = e.now
	}
	if was == 0 && f.N > 0 {
		e.log(Event{Type: EvAgentOnline, Agent: a.ID})
	}
	if was > 0 && f.N == 0 {
		e.log(Event{Type: EvAgentOffline, Agent: a.ID, Cause: when(f.Lost, "lost")})
	}
}

func (e *Engine) logIn(id AgentID, in bool) {
	if a := e.stir(id); a != nil && a.LoggedOut == in {
		a.LoggedOut = !in
		e.logState(a, in, EvAgentLoggedIn, EvAgentLoggedOut)
	}
}

func (e *Engine) pause(id AgentID, paused bool) {
	if a := e.stir(id); a != nil && a.Paused != paused {
		a.Paused = paused
		e.logState(a, paused, EvAgentPaused, EvAgentResumed)
	}
}

func (e *Engine) logState(a *Agent, is bool, yes, no EventType) {
	if is {
		no = yes
	}
	e.log(Event{Type: no, Agent: a.ID})
}

func (e *Engine) endWrapUp(id AgentID) {
	if a := e.stir(id); a != nil && e.now.Before(a.WrapUp) {
		a.WrapUp = e.now
	}
}

func (e *Engine) legs(f AgentLegs) {
	if a := e.stir(f.Agent); a != nil {
		a.Legs = max(0, f.N)
	}
}

// idle records that an agent who has talked is free again.
func (e *Engine) idle(a *Agent) {
	if a.Worked && a.Legs == 0 && len(a.Bound) == 0 && !e.now.Before(a.WrapUp) {
		a.Worked = false
		e.log(Event{Type: EvAgentIdle, Agent: a.ID})
	}
}
