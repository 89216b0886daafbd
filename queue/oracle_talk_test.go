package queue

import (
	"cmp"
	"time"
)

// answered: too late if the call is ending, but that is the end of the attempt all the same.
func (o *oracle) answered(f AttemptAnswered) {
	c := o.calls[f.Call]
	if c == nil || c.live[f.Attempt] == nil {
		return
	}
	a := c.live[f.Attempt]
	delete(c.live, f.Attempt)
	if !c.final {
		c.music = false
		if c.talk, c.connected = a, false; a.from != "" {
			o.seen.PickUps++
		}
		if c.moved != nil {
			c.moved.reached = true
		}
	} else if agent := o.agents[a.agent]; agent != nil {
		delete(agent.bound, a.id)
	}
}

func (o *oracle) failed(f AttemptFailed) {
	c := o.calls[f.Call]
	if c == nil || c.live[f.Attempt] == nil {
		return
	}
	a := c.live[f.Attempt]
	delete(c.live, f.Attempt)
	if a.agent != "" {
		delete(o.agents[a.agent].bound, a.id)
	}
	if f.Why == Stopped && (a.stopped == Elsewhere || a.stopped == Withdrawn) && a.from == "" {
		delete(c.tried, a.agent)
		if len(c.tried) == 0 {
			c.clock, c.over, c.retry, c.busyFrom = time.Time{}, false, time.Time{}, o.now
		}
	}
	o.nobodyLeft(c)
}

// nobodyLeft: the last who was rung for a caller that is being transferred did not answer.
func (o *oracle) nobodyLeft(c *seenCall) {
	if c.moving() && !c.final && !c.line && len(c.live) == 0 && c.talk == nil && c.joining == "" {
		o.comesBack(c)
	}
}

func (o *oracle) talkEnded(f TalkEnded) {
	c := o.calls[f.Call]
	if c != nil && c.turned == f.Attempt && f.By == ByTarget && !c.final { // it crossed: it is the caller who has left
		if c.abandoned = true; c.line {
			o.left = c.id
		}
	}
	if c == nil || c.talk == nil || c.talk.id != f.Attempt {
		return
	}
	if !c.final && !(c.talk.met && c.connected) && (f.Empty || f.By == ByTarget && !c.connected) {
		if c.connected {
			o.seen.Empty++
		}
		c.clock, c.over, c.retry = time.Time{}, false, time.Time{}
		c.connected = false
		switch {
		case c.talk.group != "" && !c.talk.met: // back in the line
			c.moved = nil
		case c.moved != nil:
			c.moved.done = false
		}
	}
	by, group := c.talk.agent, c.talk.group
	heldOn := f.Held && f.By == ByTarget && !c.final && c.connected && (!f.Empty || c.talk.met)
	o.endTalk(c)
	if f.By == ByCaller {
		c.final = true
	}
	if heldOn && o.elsewhere(by, c) {
		c.moved, o.held, o.holding, c.origin, c.priority = &seenMove{by: by, asked: c.id, kept: true}, by, c.id, cmp.Or(group, c.origin), 0
		c.music = false
	}
	o.nobodyLeft(c)
}

// talksBy says that this attempt has the caller, and the call is not ending.
func (c *seenCall) talksBy(id AttemptID) bool { return !c.final && c.talk != nil && c.talk.id == id }

// elsewhere says that the user has another call.
func (o *oracle) elsewhere(user AgentID, c *seenCall) bool {
	for _, d := range o.calls {
		if d != c && (d.talk != nil && d.talk.agent == user || o.calls[d.id].user == user && (d.final && !d.went || o.consults(d))) {
			return true
		}
	}
	return false
}

// consults says that the call of a user may be one in which it asks somebody about another caller.
func (o *oracle) consults(d *seenCall) bool {
	return d.joining == "" && (d.line || len(d.live) > 0 || d.talk != nil)
}

func (o *oracle) endTalk(c *seenCall) {
	a := o.agents[c.talk.agent]
	if a != nil {
		delete(a.bound, c.talk.id)
		if g := o.groups[c.talk.group]; g != nil && (c.connected || c.talk.met) && o.now.Add(g.WrapUp).After(a.wrap) {
			a.wrap = o.now.Add(g.WrapUp)
		}
	}
	c.talk = nil
}
