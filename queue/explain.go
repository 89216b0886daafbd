package queue

import (
	"fmt"
	"strings"
	"time"
)

// Explain says why this agent rings, or does not ring, for this call: one reason a line, for people.
func (e *Engine) Explain(now time.Time, call CallID, agent AgentID) string {
	c, a := e.calls[call], e.agents[agent]
	switch {
	case c == nil:
		return fmt.Sprintf("call %s is not live", call)
	case a == nil:
		return fmt.Sprintf("there is no user %s", agent)
	}
	var why []string
	say := func(format string, args ...any) { why = append(why, fmt.Sprintf(format, args...)) }
	for _, t := range c.Attempts {
		switch {
		case t.Agent != agent:
		case t.From != "":
			say("%s picks it up by call %s: attempt %d", agent, t.From, t.ID)
		case t.Stop != "":
			say("attempt %d at %s is being stopped (%s)", t.ID, agent, t.Stop)
		default:
			say("%s rings: attempt %d, %v more", agent, t.ID, t.Until.Sub(now).Round(time.Second))
		}
	}
	if c.Talk != nil && c.Talk.Agent == agent {
		say("%s talks with the caller", agent)
	}
	if len(why) == 0 {
		e.explainCall(now, c, a, say)
		e.explainAgent(now, a, say)
	}
	return strings.Join(why, "\n")
}

// explainCall says what keeps the call from ringing at the agent.
func (e *Engine) explainCall(now time.Time, c *Call, a *Agent, say func(string, ...any)) {
	g := e.groups[c.Group]
	switch {
	case c.Phase == Talking:
		say("the caller talks with %s%s", c.Talk.Agent, c.Talk.Number)
		return
	case c.Phase == Joining && c.Into != "":
		say("the call is being joined into call %s", c.Into)
		return
	case c.Phase == Joining:
		say("the call is being joined with call %s", c.Joins)
		return
	case c.Phase == Direct && c.Back != "":
		say("%s has transferred the call: it stands in no group's line", c.Via)
		return
	case c.Phase != InGroup || g == nil:
		say("the call stands in no group's line: %s", c.Phase)
		return
	}
	m := g.member(a.ID)
	if m == nil {
		say("%s is no agent of %s", a.ID, g.Name)
		return
	}
	say("the caller is number %d in the line of %s, %v waited", g.position(c), g.Name, c.waited(now).Round(time.Second))
	if c.Priority > 0 {
		say("it stands at the head of the line (priority %d): nobody took it when it was transferred", c.Priority)
	}
	if c.Key != "" {
		say("the caller has pressed %s and leaves to %s", c.Key, c.Exit)
	}
	if giveUp := g.giveUp(c); !giveUp.IsZero() && !now.Before(giveUp) {
		say("max_wait is over: no new attempt starts")
	}
	switch {
	case !c.Pass.has(a.ID):
	case c.Pass.RetryAt.IsZero():
		say("%s was rung in this pass already", a.ID)
	default:
		say("%s was rung in this pass; the next one begins in %v", a.ID, c.Pass.RetryAt.Sub(now).Round(100*time.Millisecond))
	}
	if g.Distribution == Everybody {
		return
	}
	for _, t := range c.Attempts {
		if t.From == "" {
			say("%s rings one by one, and now %s rings", g.Name, t.Agent)
		} else {
			say("%s picks the call up", t.Agent)
		}
	}
	say("%s rings %s; the stamp of %s is %d", g.Name, g.Distribution, a.ID, m.stamp)
}

// explainAgent says what keeps the agent from being rung at all.
func (e *Engine) explainAgent(now time.Time, a *Agent, say func(string, ...any)) {
	if a.available(now) {
		say("%s is available", a.ID)
		return
	}
	if a.Devices == 0 {
		say("no device of %s is reachable", a.ID)
	}
	if a.LoggedOut {
		say("%s is logged out", a.ID)
	}
	if a.Paused {
		say("%s is paused", a.ID)
	}
	if a.Legs > 0 {
		say("%s has %s up", a.ID, counted(a.Legs, "leg"))
	}
	for _, id := range a.Own {
		say("%s makes call %s", a.ID, id)
	}
	for _, b := range a.Bound {
		say("%s is bound to attempt %d for call %s", a.ID, b.Attempt, b.Call)
	}
	if now.Before(a.WrapUp) {
		say("%s wraps up for %v more", a.ID, a.WrapUp.Sub(now).Round(time.Second))
	}
}
