package queue

import "cmp"

// attended joins the call with the one in which the same user has consulted somebody, or says by which code that is refused.
func (e *Engine) attended(c *Call, f TransferAsked) (code int) {
	d := e.calls[f.With]
	a := e.user(c.at(f.By))
	switch {
	case d == nil:
		return 481
	case c == d:
		return 482
	case c.underWay(), d.underWay(), c.Report != "", f.By == ByTarget && (c.Phase == Direct || c.Phase == InGroup): // it has gone already
		return 491
	case a == nil:
		return 403
	}
	from := ByCaller
	if d.User != a.ID {
		from = ByTarget
	}
	if d.at(from) != a.ID {
		return 403
	}
	if code := cmp.Or(c.unmovable(f.By), d.unmovable(from)); code != 0 {
		return code
	}
	if c.Phase != Talking && d.Phase != Talking {
		return 491
	}
	j := joint{c, d, f.By, from}
	if keeps(d, from, c, f.By) {
		j = joint{d, c, from, f.By}
	}
	one, other := c.at(f.By.other()), d.at(from.other())
	if one == a.ID || other == a.ID || one != "" && one == other {
		return 482
	}
	e.note(j.keep, Event{Type: EvCallTransferred, Cause: "attended", User: a.ID, To: j.gone.staying(j.from).String()})
	e.join(j, a.ID)
	j.keep.Report = c.ID
	e.order(AnswerTransfer{c.ID, f.By, 202})
	return 0
}

// underWay says that the call is going somewhere else already.
func (c *Call) underWay() bool { return c.Into != "" || c.Joins != "" || c.Key != "" }

// unmovable is the code by which a call is refused that cannot be joined when the given side goes; 0 if it can.
func (c *Call) unmovable(by Side) int {
	switch {
	case c.Phase == Talking && !c.TalkFrom.IsZero():
		return 0
	case c.Phase == Direct && by == ByCaller, c.Phase == InGroup && by == ByCaller:
		return 0
	case c.Phase == Talking, c.Phase == PickingUp:
		return 491
	}
	return 403
}

// keeps says that a keeps its id, not b: first the one that the user has answered, first that of an outside caller; then
// the one in which somebody talks; then the older.
func keeps(a *Call, by Side, b *Call, from Side) bool {
	first := func(x, y bool) int {
		switch {
		case x == y:
			return 0
		case x:
			return -1
		}
		return 1
	}
	return cmp.Or(first(by == ByTarget, from == ByTarget), first(by == ByTarget && a.User == "", from == ByTarget && b.User == ""),
		first(a.Phase == Talking, b.Phase == Talking), cmp.Compare(a.Arrival, b.Arrival)) < 0
}

// staying is what is left of the call when a side has gone, as a destination.
func (c *Call) staying(gone Side) Destination {
	switch {
	case gone == ByTarget && c.User != "":
		return Destination{ToUser, string(c.User)}
	case gone == ByTarget:
		return Destination{ToNumber, c.Caller.Number}
	case c.Phase == InGroup:
		return Destination{ToGroup, string(c.Group)}
	}
	rung := c.Talk
	if rung == nil && len(c.Attempts) > 0 {
		rung = &c.Attempts[0]
	}
	switch {
	case rung == nil:
		return Destination{Kind: ToUser}
	case rung.Agent != "":
		return Destination{ToUser, string(rung.Agent)}
	}
	return Destination{ToNumber, rung.Number}
}
