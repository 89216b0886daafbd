package call

import (
	"slices"
	"time"

	"ringtide/media"
	"ringtide/queue"
	"ringtide/sip"
)

// attempt is one try at one target: an agent with all its devices, or a number. It ends with exactly one fact, answered
// or failed; its legs may be torn down a little longer.
type attempt struct {
	order   queue.Ring
	legs    []*leg
	over    bool // its fact was sent
	ringing bool // AttemptRinging was sent
	code    int  // final response of the last device that failed
	silent  bool // every device that failed so far was unreachable
}

// ring starts an attempt: one INVITE to each device of the agent, or one to the number.
func (c *Call) ring(o queue.Ring) {
	a := &attempt{order: o, silent: true}
	switch {
	case c.ending:
		c.fail(a, queue.Gone)
		return
	case c.winner != nil: // the order crossed an answer
		c.fail(a, queue.Stopped)
		return
	}
	for _, t := range c.targets(o) {
		c.dial(a, t)
	}
	if a.spent() {
		c.fail(a, queue.Unreachable)
		return
	}
	c.attempts = append(c.attempts, a)
}

func (c *Call) targets(o queue.Ring) []sip.Target {
	if o.Agent != "" {
		return c.x.Phones.Devices(string(o.Agent))
	}
	t, err := c.x.Phones.TrunkTarget(string(o.Trunk))
	if err != nil {
		c.log.Error("number not dialled", "trunk", o.Trunk, "attempt", o.Attempt, "err", err)
		return nil
	}
	return []sip.Target{t}
}

// dial sends one INVITE of an attempt.
func (c *Call) dial(a *attempt, t sip.Target) {
	l := c.newLeg(a, a.order.Agent, media.Options{Local: t.Local, Advertise: t.Advertise, Signalling: t.Remote})
	if err := l.open(); err != nil {
		a.code, a.silent = 503, false
		c.log.Error("device not rung: no audio port", "agent", a.order.Agent, "attempt", a.order.Attempt, "err", err)
		return
	}
	a.legs = append(a.legs, l)
	c.open++
	if l.agent != "" {
		c.x.in.Put(legged{l.agent, +1})
	}
	l.dialog = c.x.Phones.Dial(t, sip.Invite{
		Number:      a.order.Number,
		ShowName:    a.order.Show.Name,
		ShowNumber:  a.order.Show.Number,
		Group:       string(a.order.Group),
		ReferredBy:  string(a.order.By),
		Offer:       l.session.Offer(),
		MaxForwards: c.inv.MaxForwards - 1,
		For:         a.order.For,
	}, l.takesEvent)
	c.x.lines.add(l)
}

// spent: no device is left that could answer.
func (a *attempt) spent() bool {
	for _, l := range a.legs {
		if !l.gone {
			return false
		}
	}
	return true
}

// stopRinging carries out an order of the engine. An answer that was first makes it void.
func (c *Call) stopRinging(o queue.StopRinging) {
	if a := c.attempt(o.Attempt); a != nil && !a.over {
		c.drop(a, reasonOf(o.Why))
		c.fail(a, queue.Stopped)
	}
}

func reasonOf(w queue.StopWhy) sip.Reason {
	if w == queue.Elsewhere {
		return sip.Elsewhere
	}
	return sip.NoReason
}

// drop hangs up every leg of an attempt.
func (c *Call) drop(a *attempt, why sip.Reason) {
	for _, l := range a.legs {
		l.hangUp(why)
	}
}

// fail reports the end of an attempt, once.
func (c *Call) fail(a *attempt, why queue.Failure) {
	if a.over {
		return
	}
	a.over = true
	c.x.Tell(queue.AttemptFailed{Call: c.id, Attempt: a.order.Attempt, Why: why, Code: a.code})
}

func (c *Call) attempt(id queue.AttemptID) *attempt {
	for _, a := range c.attempts {
		if a.order.Attempt == id {
			return a
		}
	}
	return nil
}

// targetEvent is what a rung device's dialog reports.
func (c *Call) targetEvent(l *leg, e sip.Event) {
	a := l.attempt
	switch e := e.(type) {
	case sip.Ringing:
		c.targetRings(l, e)
	case sip.Answered:
		c.targetAnswers(l, e.SDP)
	case sip.Failed:
		c.targetFails(a, l, e)
	case sip.HungUp, sip.Cancelled:
		c.targetLeaves(l)
	case sip.Confirmed:
		c.lateAnswer(l, e.SDP)
	case sip.Reoffered:
		c.reoffered(l, e.Offer)
	case sip.Reanswered:
		c.reanswered(l, e.SDP)
	case sip.Referred:
		c.refers(l, e)
	case sip.Gone:
		c.targetGone(l)
	}
}

func (c *Call) targetRings(l *leg, e sip.Ringing) {
	a := l.attempt
	if a.over {
		return
	}
	if !a.ringing {
		a.ringing = true
		c.x.Tell(queue.AttemptRinging{Call: c.id, Attempt: a.order.Attempt})
	}
	if a.order.Relay {
		c.relay(l, e.SDP)
	}
}

// relay passes a direct call's ringing on. Early media goes only to users and only while a single device rings
// (RFC 3960 section 3.2); trunks never see a 183.
func (c *Call) relay(l *leg, early []byte) {
	if len(early) == 0 || len(l.attempt.legs) > 1 || c.inv.From.User == "" || c.accepted {
		if !c.early {
			c.caller.dialog.Ringing()
		}
		return
	}
	if c.early {
		return
	}
	answer, err := c.caller.answerSDP(c.inv.Offer)
	if err == nil {
		err = l.hears(early)
	}
	if err != nil {
		c.log.Debug("early media not relayed", "err", err)
		c.caller.dialog.Ringing()
		return
	}
	c.early = true
	media.Bridge(c.caller.session, l.session)
	c.caller.dialog.Progress(answer)
}

// targetAnswers: the first answer wins; any other is ended at once, its phone having been told "elsewhere".
func (c *Call) targetAnswers(l *leg, sdp []byte) {
	a := l.attempt
	switch {
	case a.over || c.ending:
		l.hangUp(sip.Elsewhere)
		return
	case c.winner != nil: // no other device of this attempt may ring on: the order to stop it will find it over
		c.drop(a, sip.Elsewhere)
		c.fail(a, queue.Stopped)
		return
	}
	if err := l.hears(sdp); err != nil {
		c.log.Warn("answer not usable, device dropped: RFC 3264 section 6", "agent", a.order.Agent, "attempt", a.order.Attempt, "err", err)
		a.code, a.silent = 488, false
		l.hangUp(sip.NoReason)
		return
	}
	c.wins(a, l)
}

// wins makes a leg the target that answered; the other devices of its attempt stop.
func (c *Call) wins(a *attempt, l *leg) {
	l.answered = time.Now()
	c.winner = l
	a.over = true
	for _, other := range a.legs {
		if other != l {
			other.hangUp(sip.Elsewhere)
		}
	}
	c.x.Tell(queue.AttemptAnswered{Call: c.id, Attempt: a.order.Attempt})
	c.log.Info("answered", "agent", a.order.Agent, "attempt", a.order.Attempt, "sip_call_id", l.dialog.ID())
}

// targetFails: the device is out. A declining person (6xx) stops all devices of that agent (RFC 3261 section 16.7).
func (c *Call) targetFails(a *attempt, l *leg, e sip.Failed) {
	a.code = e.Code
	a.silent = a.silent && e.Unreachable
	l.mute()
	if e.Code >= 600 {
		c.drop(a, sip.NoReason)
		c.fail(a, queue.Rejected)
	}
}

// quickly is how soon after its 200 an agent's leg may end without audio and count as not answered.
const quickly = time.Second

// targetLeaves: the target ended the conversation.
func (c *Call) targetLeaves(l *leg) {
	if c.winner != l {
		return
	}
	c.uncouple()
	c.winner = nil
	c.x.Tell(queue.TalkEnded{
		Call: c.id, Attempt: l.attempt.order.Attempt, By: queue.ByTarget,
		Empty: !l.heard && time.Since(l.answered) < quickly, Held: l.held(),
	})
}

// targetGone: the leg is down. The attempt has failed with its last device.
func (c *Call) targetGone(l *leg) {
	if l.gone {
		return
	}
	c.targetLeaves(l)
	l.down()
	c.open--
	if a := l.attempt; a.spent() {
		if a.silent {
			c.fail(a, queue.Unreachable)
		} else {
			c.fail(a, queue.Rejected)
		}
		c.forgetSpent(a)
	}
}

// forgetSpent forgets an attempt that has no legs left.
func (c *Call) forgetSpent(a *attempt) {
	if a.spent() {
		c.attempts = slices.DeleteFunc(c.attempts, func(x *attempt) bool { return x == a })
	}
}
