package queue

import (
	"slices"
	"strings"
	"time"
)

// callOutside lets a user call an outside number, if the user may.
func (e *Engine) callOutside(c *Call, a *Agent) {
	number, code := e.mayCall(a, c.Number)
	switch code {
	case 404:
		e.end(c, 404, CauseNotFound)
	case 403:
		e.end(c, 403, CauseForbidden)
	default:
		c.Number, c.Fallback = number, Destination{Kind: ToHangUp}
		e.withdraw(a)
		e.callPaid(c, number, a)
	}
}

// mayCall writes what a user wants to call as an outside number, or says by which code that is refused: 404 or 403.
func (e *Engine) mayCall(a *Agent, dialled string) (number string, code int) {
	number, ok := e.outsideNumber(dialled)
	switch {
	case !ok, !a.user.Outside && len(number) < shortest: // a mistyped extension
		return "", 404
	case !a.user.Outside, !e.rules.Outbound.allows(number), e.tooMany(a):
		return "", 403
	}
	return number, 0
}

// callPaid calls an outside number at the expense of the limits of a user who may.
func (e *Engine) callPaid(c *Call, number string, a *Agent) {
	if e.rules.Outbound.PerHour > 0 {
		a.Dialled = append(a.Dialled, e.now)
	}
	e.touch(c)
	e.callNumber(c, number, e.rules.Outbound.Trunk, directRing, a.ID)
}

// outsideNumber takes off the prefix and writes the number as the outbound trunk's country would.
func (e *Engine) outsideNumber(dialled string) (string, bool) {
	out := e.rules.Outbound
	t := e.trunk(out.Trunk)
	if t == nil {
		return "", false
	}
	if !strings.HasPrefix(dialled, "+") { // which no extension begins with: it needs no prefix
		var ok bool
		if dialled, ok = strings.CutPrefix(dialled, out.Prefix); !ok {
			return "", false
		}
	}
	return e164(dialled, t.Country), isDigits(strings.TrimPrefix(dialled, "+"))
}

// allows compares the number with the prefixes that may be called; no list allows any.
func (o Outbound) allows(number string) bool {
	return len(o.Allow) == 0 || slices.ContainsFunc(o.Allow, func(p string) bool { return strings.HasPrefix(number, p) })
}

// tooMany says that the user has used up its calls at once, or those of the last hour.
func (e *Engine) tooMany(a *Agent) bool {
	out := e.rules.Outbound
	live := 0
	for _, c := range e.calls { // it counts: the order does not matter
		live += c.paidBy(a.ID)
	}
	a.Dialled = slices.DeleteFunc(a.Dialled, func(t time.Time) bool { return e.now.Sub(t) >= time.Hour })
	return out.PerUser > 0 && live >= out.PerUser || out.PerHour > 0 && len(a.Dialled) >= out.PerHour
}

// paidBy counts the outside numbers in the call that the limits of a user count.
func (c *Call) paidBy(a AgentID) int {
	n := 0
	for _, t := range c.Attempts {
		if t.Payer == a {
			n++
		}
	}
	if c.Talk != nil && c.Talk.Payer == a {
		n++
	}
	if c.Payer == a {
		n++
	}
	return n
}

// emergency knows an emergency number, also behind the prefix, as people dial it in a hurry.
func (e *Engine) emergency(dialled string) (string, bool) {
	for _, n := range e.rules.Outbound.Emergency {
		if dialled == n || dialled == e.rules.Outbound.Prefix+n {
			return n, true
		}
	}
	return "", false
}

// callForHelp calls an emergency number, over one trunk after the other until one takes it. No limit counts it.
func (e *Engine) callForHelp(c *Call, number string) {
	c.Number, c.Fallback = number, Destination{Kind: ToHangUp}
	if e.trunk(e.rules.Outbound.Trunk) != nil {
		c.Trunks = append(c.Trunks, e.rules.Outbound.Trunk)
	}
	for _, t := range e.rules.Trunks {
		if !slices.Contains(c.Trunks, t.Name) {
			c.Trunks = append(c.Trunks, t.Name)
		}
	}
	e.touch(c)
	e.unanswered(c, AttemptFailed{})
}

// callerID is what the called number is shown: the trunk's, else the caller's own if it is one of our numbers, else
// nothing: a carrier would refuse a number that is not ours.
func (e *Engine) callerID(c *Call, t *Trunk) Party {
	if t.CallerID != "" {
		return Party{Number: t.CallerID}
	}
	for _, n := range e.rules.Numbers {
		switch {
		case strings.HasSuffix(n.Pattern, "*"):
		case c.User != "" && n.To == Destination{ToUser, string(c.User)}:
			return Party{Number: n.Pattern}
		case c.Caller.Number != "" && matches(n.Pattern, c.Caller.Number, t.Country):
			return Party{Number: n.Pattern}
		}
	}
	return Party{}
}
