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
	Payer   AgentID   `json:",omitempty"` // Number: the user whose outbound limits count it; "": nobody's
	From    CallID    `json:",omitempty"` // directed: the call with which Agent picks this one up; Until is zero
	Joined  bool      `json:",omitempty"` // it came from another call: its phone shows somebody else
	Met     bool      `json:",omitempty"` // it has talked there: never an empty answer, and its wrap-up is due in any case
}

// event is an event of this attempt.
func (a *Attempt) event(t EventType) Event {
	return Event{Type: t, Agent: a.Agent, Number: a.Number, Attempt: a.ID}
}

// ring starts an attempt; o carries what is said nowhere else.
func (e *Engine) ring(c *Call, a Attempt, o Ring) {
	e.begin(c, a)
	o.Call, o.Attempt, o.Agent, o.Number, o.For = c.ID, e.lastAttempt, a.Agent, a.Number, a.Until.Sub(e.now)
	if c.Back != BackToOrigin { // else it rings who transferred it
		o.By = c.Via
	}
	e.order(o)
	e.logStart(c)
}

// begin gives an attempt its number and binds its agent.
func (e *Engine) begin(c *Call, a Attempt) {
	e.lastAttempt++
	a.ID = e.lastAttempt
	c.Attempts = append(c.Attempts, a)
	if agent := e.agents[a.Agent]; agent != nil {
		agent.Bound = append(agent.Bound, Binding{c.ID, a.ID})
	}
}

// logStart logs the start of the call's last attempt.
func (e *Engine) logStart(c *Call) {
	a := &c.Attempts[len(c.Attempts)-1]
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
	if won.From != "" {
		e.note(c, won.event(EvCallIntercepted))
		e.pickedUp(won.From, CauseDone)
	}
	e.leaveLine(c, Talking)
	c.Talk, c.TalkFrom, c.Hears = &won, time.Time{}, Sound{}
	c.Key, c.Exit = "", Destination{}
	if c.Into != "" { // where it goes it is connected
		return
	}
	e.accept(c)
	e.connect(c)
	e.report(c, 200)
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
	if f.Why == Stopped && (gone.Stop == Withdrawn || gone.Stop == Elsewhere) && gone.Group == c.Group && gone.From == "" {
		c.Pass.remove(gone.Agent, e.now)
	}
	e.place(c)
	e.exit(c)
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
	case a.From != "" && a.Stop == "": // another one was first
		v.Cause = string(Elsewhere)
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
	e.pickedUp(a.From, CauseNotFound)
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
func (e *Engine) withdraw(agent *Agent) { e.withdrawBut(agent, "") }

// withdrawBut leaves one call alone: the one that the agent picks up.
func (e *Engine) withdrawBut(agent *Agent, but CallID) {
	for _, b := range agent.Bound {
		if c, a := e.live(b.Call, b.Attempt); a != nil && a.Group != "" && c.ID != but {
			e.touch(c)
			e.stop(c, a, Withdrawn)
		}
	}
}
