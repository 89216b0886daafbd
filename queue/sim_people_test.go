package queue

import "time"

// What the people of a simulated day do when their phone rings and in a call.

// phoneRings: people answer, decline, or do not hear it.
func (d *day) phoneRings(_ *actor, l *leg) {
	rings := func(do func(a *actor)) func() {
		return func() {
			if l.live && !l.answered && !l.home.over {
				do(l.home)
			}
		}
	}
	d.in(d.delay(), rings(func(a *actor) { d.up(a, AttemptRinging{a.id, l.id}) }))
	switch n := d.rand.IntN(100); {
	case n < 65:
		d.in(d.about(6*time.Second), rings(func(a *actor) {
			if d.answer(a, l); a.talk == l {
				d.talk(l)
			}
		}))
	case n < 75:
		d.in(d.about(5*time.Second), rings(func(a *actor) { d.fail(a, l, Rejected, []int{486, 480, 603, 302, 503}[d.rand.IntN(5)]) }))
	case n < 85:
		d.in(d.about(4*time.Second), rings(func(*actor) { d.userCalls(d.someone(), []string{"*8", "*8" + string(l.agent)}[d.rand.IntN(2)]) }))
	case n < 90:
		d.in(4*time.Second, rings(func(a *actor) { d.fail(a, l, Unreachable, 0) }))
	}
}

// talk is what comes of a conversation. Who has answered may have become the caller meanwhile, or be in another call.
func (d *day) talk(l *leg) {
	if d.chance(6) {
		d.in(time.Duration(d.rand.IntN(900))*time.Millisecond, func() {
			if l.home.talk == l {
				d.hangUp(l.home, true)
			}
		})
		return
	}
	switch n := d.rand.IntN(100); {
	case n < 20:
		d.in(d.about(15*time.Second), func() { d.transfer(l.home) })
	case n < 40:
		d.in(d.about(10*time.Second), func() { d.consult(l.home) })
	}
	d.in(d.about(50*time.Second), func() {
		switch a := l.home; {
		case a.talk != l && a.caller != l:
		case a.talk == l && d.chance(50):
			d.hangUp(a, false)
		default:
			d.leave(a)
		}
	})
}

func (d *day) callerHears(a *actor, o Order) {
	switch o := o.(type) {
	case TakeMessage:
		d.in(d.about(20*time.Second), func() {
			if !a.over {
				d.message(a, []string{"", string(a.id)}[d.rand.IntN(2)], 5*time.Second)
			}
		})
	case OpenMailbox:
		d.in(d.about(10*time.Second), func() {
			d.closeMailbox(a, []string{"", string(d.someone()), "600", "+15557654321", "999"}[d.rand.IntN(5)])
		})
	case Play:
		if o.Sound.Kind == Prompt {
			d.in(2*time.Second, func() {
				if !a.over {
					d.up(a, PromptEnded{a.id, o.Sound.Name})
				}
			})
		}
	}
}

// transfer: one of the two who talk asks that the other one be taken elsewhere.
func (d *day) transfer(a *actor) {
	if user, by, ok := d.whoTalks(a); ok {
		d.refer(a, by, d.somewhere(user), "")
		d.growsTired(a)
	}
}

// somewhere is what people dial to transfer somebody: mostly good ideas.
func (d *day) somewhere(user AgentID) string {
	to := []string{"600", "601", "602", "603", string(d.someone()), string(d.someone()), string(d.someone()), "+15557654321", "*97600",
		"*97" + string(d.someone()), "*97999", "999", "*11", "*8600", "112", string(user)}
	return to[d.rand.IntN(len(to))]
}

// whoTalks picks a user on one of the sides of a conversation.
func (d *day) whoTalks(a *actor) (AgentID, Side, bool) {
	if a.over || a.talk == nil || a.caller == nil {
		return "", "", false
	}
	by, l := ByTarget, a.talk
	if l.agent == "" || a.caller.agent != "" && d.chance(30) {
		by, l = ByCaller, a.caller
	}
	return l.agent, by, l.agent != ""
}

// consult: a user calls somebody else, then connects the two, in either call, or hangs up before it, or goes on talking. Phones
// ask again when they were refused.
func (d *day) consult(a *actor) {
	user, _, ok := d.whoTalks(a)
	if !ok || d.devices[user] == 0 {
		return
	}
	b := d.userCalls(user, []string{string(d.someone()), string(d.someone()), "600", "601", "602", "603", "+15557654321", "*8"}[d.rand.IntN(8)])
	d.in(d.about(6*time.Second), func() { d.connects(user, a, b) })
	if d.chance(20) {
		d.in(d.about(6*time.Second), func() { d.connects(user, b, a) })
	}
}

func (d *day) connects(user AgentID, a, b *actor) {
	by, ok := a.side(user)
	switch {
	case !ok || a.talk == nil:
	case by == ByTarget && d.chance(25):
		d.targetEnds(a, TalkEnded{Held: true})
	case d.chance(20):
		if from, talks := b.side(user); talks && b.talk != nil {
			d.refer(b, from, "", a.id)
		}
	default:
		d.refer(a, by, "", b.id)
	}
	d.growsTired(a)
	d.growsTired(b)
}

// growsTired: nobody waits for ever.
func (d *day) growsTired(a *actor) {
	d.in(d.about(2*time.Minute), func() {
		if a.talk == nil {
			d.leave(a)
		}
	})
}

// press: a caller who hears something presses keys.
func (d *day) press(a *actor) {
	if !a.over && a.accepted && a.talk == nil && a.box == "" && !a.open {
		d.up(a, Digits{a.id, []string{"1", "2", "3", "#", "71", "0"}[d.rand.IntN(6)]})
	}
}
