package queue

import (
	"slices"
	"time"
)

// Attempt is one try at one target for one call. It ends with AttemptAnswered or AttemptFailed, and with nothing else.
type Attempt struct {
	ID      AttemptID
	Agent   AgentID   `json:",omitempty"`
	Number  string    `json:",omitempty"`
	Group   GroupID   `json:",omitempty"` // "" for a direct call
	Until   time.Time // end of the ring time
	Ringing bool      `json:",omitempty"` // the target rings
	Stop    StopWhy   `json:",omitempty"` // a stop was ordered; the agent stays bound until the fact comes
}

// event is an event of this attempt.
func (a *Attempt) event(t EventType) Event {
	return Event{Type: t, Agent: a.Agent, Number: a.Number, Attempt: a.ID}
}

// ring starts an attempt; o carries what is said nowhere else.
func (e *Engine) ring(c *Call, a Attempt, o Ring) {
	e.lastAttempt++
	a.ID = e.lastAttempt
	c.Attempts = append(c.Attempts, a)
	if agent := e.agents[a.Agent]; agent != nil {
		agent.Bound = append(agent.Bound, Binding{c.ID, a.ID})
	}
	o.Call, o.Attempt, o.Agent, o.Number, o.For = c.ID, a.ID, a.Agent, a.Number, a.Until.Sub(e.now)
	e.order(o)
	v := a.event(EvAttemptStarted)
	v.Call, v.Visit, v.Group = c.ID, c.Visit, a.Group
	e.log(v)
}

// stop asks for the end of an attempt, once.
func (e *Engine) stop(c *Call, a *Attempt, why StopWhy) {
	if a.Stop == "" {
		a.Stop = why
		e.order(StopRinging{c.ID, a.ID, why})
	}
}

// live finds a call and one of its live attempts; nil for what is unknown or over.
func (e *Engine) live(id CallID, attempt AttemptID) (*Call, *Attempt) {
	c := e.calls[id]
	if c == nil {
		return nil, nil
	}
	return c, c.attempt(attempt)
}

func (e *Engine) attemptRings(f AttemptRinging) {
	if c, a := e.live(f.Call, f.Attempt); a != nil && !a.Ringing {
		a.Ringing = true
		e.note(c, a.event(EvAttemptRinging))
	}
}

// answered connects the caller with who took the call; the others stop.
func (e *Engine) answered(f AttemptAnswered) {
	c, a := e.live(f.Call, f.Attempt)
	switch {
	case a == nil:
		return
	case c.Phase != InGroup && c.Phase != Direct: // its actor should have refused it
		e.over(c, *a, Stopped, 0)
		return
	}
	e.touch(c)
	won := *a
	e.forget(c, won.ID)
	for i := range c.Attempts {
		e.stop(c, &c.Attempts[i], Elsewhere)
	}
	e.note(c, won.event(EvAttemptAnswered))
	e.leaveLine(c, Talking)
	c.Talk, c.TalkFrom, c.Hears = &won, time.Time{}, Sound{}
	e.accept(c)
	e.order(Connect{c.ID, won.ID, e.music(c)})
}

// failed ends an attempt. In a group the next one is rung by the match of this very step.
func (e *Engine) failed(f AttemptFailed) {
	c, a := e.live(f.Call, f.Attempt)
	if a == nil {
		return
	}
	e.touch(c)
	gone := *a
	e.over(c, gone, f.Why, f.Code)
	if f.Why == Stopped && (gone.Stop == Withdrawn || gone.Stop == Elsewhere) {
		c.Pass.remove(gone.Agent, e.now)
	}
	e.place(c)
	if c.Phase == Direct && len(c.Attempts) == 0 {
		e.unanswered(c, f)
	}
}

// over writes down how an attempt ended without an answer, and lets the agent go.
func (e *Engine) over(c *Call, a Attempt, why Failure, code int) {
	v := a.event(EvAttemptWithdrawn)
	switch {
	case why == Rejected:
		v.Type, v.Code = EvAttemptRejected, code
	case why == Unreachable:
		v.Type, v.Code = EvAttemptUnreachable, code
	case a.Stop == TimeOver:
		v.Type = EvAttemptNoAnswer
	case why == Gone || a.Stop == "":
		v.Cause = string(CallerGone)
	default:
		v.Cause = string(a.Stop)
	}
	e.note(c, v)
	e.forget(c, a.ID)
	e.unbind(a)
}

// forget takes the attempt out of the live ones.
func (e *Engine) forget(c *Call, id AttemptID) {
	c.Attempts = slices.DeleteFunc(c.Attempts, func(a Attempt) bool { return a.ID == id })
}

func (e *Engine) unbind(a Attempt) {
	if agent := e.stir(a.Agent); agent != nil {
		agent.unbind(a.ID)
	}
}

// withdraw takes back the calls of groups that ring an agent who has just made a call. Direct calls go on: the phone
// decides about them.
func (e *Engine) withdraw(agent *Agent) {
	for _, b := range agent.Bound {
		if c, a := e.live(b.Call, b.Attempt); a != nil && a.Group != "" {
			e.touch(c)
			e.stop(c, a, Withdrawn)
		}
	}
}
