package queue

import (
	"slices"
	"strings"
)

// pickUp finds the intercept code in what was dialled, and the extension behind it; "" for any call.
func (k Codes) pickUp(dialled string) (extension string, ok bool) {
	if k.Intercept == "" {
		return "", false
	}
	return strings.CutPrefix(dialled, k.Intercept)
}

// pickUp lets a user answer a call that rings elsewhere, with the phone on which it has dialled for it.
func (e *Engine) pickUp(own *Call, a *Agent, extension string) {
	c, code := e.pickable(a, extension)
	if code != 0 {
		cause := CauseForbidden
		if code == 404 {
			cause = CauseNotFound
		}
		e.end(own, code, cause)
		return
	}
	e.touch(own)
	e.touch(c)
	own.Phase = PickingUp
	e.withdrawBut(a, c.ID)
	taken := Attempt{Agent: a.ID, From: own.ID}
	if g := e.groups[c.Group]; g != nil && c.Phase == InGroup {
		taken.Group = g.Name
		if m := g.member(a.ID); m != nil {
			m.stamp = e.lastAttempt + 1
		}
	}
	e.begin(c, taken)
	e.order(PickUp{c.ID, e.lastAttempt, own.ID})
	e.logStart(c)
	e.place(c)
}

// pickable finds the oldest call that the user may pick up, or the code by which that is refused.
func (e *Engine) pickable(a *Agent, extension string) (*Call, int) {
	if !slices.ContainsFunc(a.groups, func(g *group) bool { return g.Intercept }) {
		return nil, 403
	}
	rings := func(c *Call, t *Attempt) bool { return c.Phase == InGroup && e.intercepts(a, t.Group) }
	if extension != "" {
		to, ok := e.extension(extension)
		switch {
		case !ok:
			return nil, 404
		case to.Kind == ToGroup:
			if !e.intercepts(a, GroupID(to.Name)) {
				return nil, 403
			}
			rings = func(_ *Call, t *Attempt) bool { return t.Group == GroupID(to.Name) }
		default:
			if !slices.ContainsFunc(e.user(AgentID(to.Name)).groups, func(g *group) bool { return e.intercepts(a, g.Name) }) {
				return nil, 403
			}
			rings = func(_ *Call, t *Attempt) bool {
				return t.Agent == AgentID(to.Name) && (t.Group == "" || e.intercepts(a, t.Group))
			}
		}
	}
	for _, c := range e.inArrivalOrder() {
		if c.pickable(a.ID) && slices.ContainsFunc(c.Attempts, func(t Attempt) bool { return t.Stop == "" && rings(c, &t) }) {
			return c, 0
		}
	}
	return nil, 404
}

// intercepts says that the user may pick up calls of that group.
func (e *Engine) intercepts(a *Agent, name GroupID) bool {
	g := e.groups[name]
	return g != nil && g.Intercept && g.member(a.ID) != nil
}

// pickable says that the call rings, that nobody else picks it up, and that it is not the user's own.
func (c *Call) pickable(by AgentID) bool {
	return (c.Phase == InGroup || c.Phase == Direct) && c.User != by && c.Into == "" && c.Key == "" &&
		!slices.ContainsFunc(c.Attempts, func(t Attempt) bool { return t.From != "" })
}

// pickedUp settles what becomes of the call with which its user has picked up another one. CallEnded follows.
func (e *Engine) pickedUp(id CallID, cause Cause) {
	if own := e.calls[id]; own != nil && own.Phase == PickingUp {
		own.Cause = cause
	}
}
