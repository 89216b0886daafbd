package call

import (
	"slices"

	"ringtide/queue"
	"ringtide/sip"
)

// refers passes on that a user wants the other side of its call taken elsewhere. The engine decides.
func (c *Call) refers(l *leg, e sip.Referred) {
	side, talks := c.sideOf(l)
	if !talks || c.asked[side] != nil {
		l.dialog.AnswerRefer(491)
		return
	}
	f := queue.TransferAsked{Call: c.id, By: side, To: e.To}
	if e.Replaces != nil {
		consulted := c.x.lines.leg(e.Replaces)
		if consulted == nil {
			l.dialog.AnswerRefer(481)
			return
		}
		f.With = consulted.of()
	}
	c.asked[side] = l
	c.x.Tell(f)
}

// sideOf says which side of the conversation a leg is.
func (c *Call) sideOf(l *leg) (side queue.Side, talks bool) {
	switch {
	case c.ending || c.winner == nil:
		return "", false
	case l == c.caller:
		return queue.ByCaller, true
	}
	return queue.ByTarget, l == c.winner
}

// answerTransfer carries out what the engine decided. A caller that hung up meanwhile has waited for it.
func (c *Call) answerTransfer(o queue.AnswerTransfer) {
	l := c.asked[o.By]
	if l == nil {
		return
	}
	delete(c.asked, o.By)
	l.dialog.AnswerRefer(o.Code)
	switch {
	case o.Code == 202:
		c.reporter = l
		if side, talks := c.sideOf(l); talks { // else a join has let it go already
			c.part(side)
		}
	case c.hasParted(l): // a join has let it go meanwhile
		l.hangUp(sip.Elsewhere)
	}
	if l == c.caller && l.left {
		c.callerLeaves()
	}
}

func (c *Call) reportTransfer(o queue.ReportTransfer) {
	if c.reporter != nil {
		c.reporter.dialog.ReportRefer(o.Code)
	}
}

// part takes the leg of a side out of the conversation; it stays until it is hung up. If it was the caller's, the target
// is the caller from now on.
func (c *Call) part(side queue.Side) {
	l := c.winner
	if c.ending || l == nil { // who should stay has left: its fact is on the way
		return
	}
	c.uncouple()
	c.winner = nil
	if side == queue.ByTarget {
		return
	}
	c.parted = append(c.parted, c.caller)
	c.caller, c.number = l, l.attempt.party()
	l.attempt.legs = slices.DeleteFunc(l.attempt.legs, func(x *leg) bool { return x == l })
	c.forgetSpent(l.attempt)
	l.attempt = nil
}

// party is the number of who was called.
func (a *attempt) party() string {
	if a.order.Agent != "" {
		return string(a.order.Agent)
	}
	return a.order.Number
}

// partedEvent is what the dialog of a leg reports that is no side any more.
func (c *Call) partedEvent(l *leg, e sip.Event) {
	switch e := e.(type) {
	case sip.Reoffered:
		l.reoffered(e.Offer)
	case sip.Gone:
		if !l.gone {
			l.down()
			c.open--
		}
		c.parted = slices.DeleteFunc(c.parted, func(x *leg) bool { return x == l })
	}
}

// hasParted says that a leg is this call's and no side of it any more.
func (c *Call) hasParted(l *leg) bool {
	return slices.Contains(c.allLegs(), l) && l != c.winner && (l != c.caller || c.heir != nil)
}

// letGo hangs up a leg that has parted, unless its phone still waits to hear how the transfer went.
func (c *Call) letGo(l *leg) {
	if c.asked[queue.ByCaller] != l && c.asked[queue.ByTarget] != l {
		l.hangUp(sip.Elsewhere)
	}
}
