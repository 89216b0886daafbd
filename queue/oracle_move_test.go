package queue

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// seenMove is a transfer that was accepted and is not over yet.
type seenMove struct {
	by       AgentID // who asked, and whom the caller may come back to
	asked    CallID
	code     int  // as reported; 0: not yet
	reached  bool // two calls were made one, or somebody answered
	returned bool // the transferor is rung
	kept     bool // nothing was moved: who had the caller on hold hung up
	done     bool // the caller talks again; but that may turn out to be an empty answer
}

// asked is what was asked in this step, and what may be answered.
type asked struct {
	TransferAsked
	codes    []int
	user     AgentID // who asks
	join     Join    // what must be ordered if With is accepted
	answered bool
	ordered  bool // the join
}

// ask works out how a transfer may be answered: by one of the refusals that apply, and if none does, with 202.
func (o *oracle) ask(f TransferAsked) {
	o.asked = &asked{TransferAsked: f}
	q := o.asked
	no := func(is bool, codes ...int) {
		if is {
			q.codes = append(q.codes, codes...)
		}
	}
	c := o.calls[f.Call]
	if c == nil || c.final || c.talk == nil || !c.connected || c.joining != "" {
		if q.codes = []int{491}; f.With != "" {
			q.codes = refusals
		}
		return
	}
	other := c.user // who is to go elsewhere
	if q.user = c.talk.agent; f.By == ByCaller {
		q.user, other = c.user, c.talk.agent
	}
	no(o.agents[q.user] == nil || !o.known(q.user), 403)
	if f.With != "" {
		o.askJoin(c, no)
	} else {
		o.askTo(other, no)
	}
	if len(q.codes) == 0 {
		q.codes = []int{202}
	}
}

func (o *oracle) known(id AgentID) bool {
	return slices.ContainsFunc(o.rules.Users, func(u User) bool { return u.Extension == id })
}

func (o *oracle) groupAt(extension string) *Group {
	for _, g := range o.groups {
		if g.Extension == extension && extension != "" {
			return g
		}
	}
	return nil
}

// askTo: to a user, a group, a mailbox, or outside.
func (o *oracle) askTo(other AgentID, no func(bool, ...int)) {
	to, codes := o.asked.To, o.rules.Codes
	g := o.groupAt(to)
	box, voicemail := strings.CutPrefix(to, codes.Voicemail)
	voicemail = voicemail && codes.Voicemail != "" && box != ""
	switch {
	case o.known(AgentID(to)):
		no(AgentID(to) == o.asked.user || AgentID(to) == other, 482)
		no(o.agents[AgentID(to)].devices == 0, 480)
	case g != nil:
		no(!o.online(g) && g.IfNobody.Kind != ToHold, 480)
		no(g.IfMissed.Kind == ToHold && o.crowded(g), 486)
	case voicemail:
		no(!o.known(AgentID(box)) && o.groupAt(box) == nil, 404)
	case slices.Contains([]string{codes.LogIn, codes.LogOut, codes.Pause, codes.Resume, codes.WrapUp, codes.Voicemail}, to),
		codes.Intercept != "" && strings.HasPrefix(to, codes.Intercept):
		no(true, 403)
	case slices.Contains(o.rules.Outbound.Emergency, to): // those are for who dials them
		no(true, 403)
	case isDigits(strings.TrimPrefix(to, "+")) && o.rules.Outbound.Trunk != "" && (o.mayCallOut(o.asked.user) || len(to) >= 7):
		no(!o.mayCallOut(o.asked.user), 403)
		o.asked.codes = append(o.asked.codes, o.limits()...)
	default:
		no(true, 404)
	}
}

func (o *oracle) mayCallOut(id AgentID) bool {
	return slices.ContainsFunc(o.rules.Users, func(u User) bool { return u.Extension == id && u.Outside })
}

// limits: how much a user may call outside at once and within an hour is not counted here: with limits either is right.
func (o *oracle) limits() []int {
	if out := o.rules.Outbound; out.PerHour > 0 || out.PerUser > 0 {
		return []int{202, 403}
	}
	return nil
}

// crowded: the line is full.
func (o *oracle) crowded(g *Group) bool {
	n := 0
	for _, c := range o.calls {
		if c.line && c.group == g.Name && len(c.live) == 0 {
			n++
		}
	}
	return g.MaxCallers > 0 && n >= g.MaxCallers
}

// side of the call that the user is on, if it is one.
func (c *seenCall) side(user AgentID) (Side, bool) {
	switch {
	case user == "":
		return "", false
	case c.talk != nil && c.talk.agent == user:
		return ByTarget, true
	}
	return ByCaller, c.user == user
}

// other is the user on the other side; "" if it is none.
func (c *seenCall) other(s Side) AgentID {
	switch {
	case s == ByTarget:
		return c.user
	case c.talk != nil:
		return c.talk.agent
	}
	return ""
}

// answerTransfer: exactly one answer, right, and in the step of the question. With 202 the transferor is free.
func (o *oracle) answerTransfer(a AnswerTransfer) {
	q := o.asked
	if q == nil || q.answered || a.Call != q.Call || a.By != q.By {
		o.wrong("S14: %v: nobody asked", a)
		return
	}
	q.answered = true
	if !slices.Contains(q.codes, a.Code) {
		o.wrong("S14: %v: %v should be answered with one of %v", a, q.TransferAsked, q.codes)
	}
	switch {
	case a.Code != 202:
	case q.With != "" && !q.ordered:
		o.wrong("S14: %v: Join must come first", a)
	case q.With == "":
		o.parts(o.calls[q.Call], q.By, &seenMove{by: q.user, asked: q.Call})
	}
}

// parts: one side of the talk is gone from the call, and who stays is its caller. If that was a group's agent, its wrap-up is
// due when it goes.
func (o *oracle) parts(c *seenCall, by Side, m *seenMove) {
	talk := *c.talk
	if by == ByTarget {
		c.origin = cmp.Or(talk.group, c.origin)
		o.endTalk(c)
	} else {
		o.disown(c)
		delete(o.agents[talk.agent].boundOrNil(), talk.id)
		c.talk, c.user, c.turned, c.serves, c.origin = nil, talk.agent, talk.id, talk.group, ""
		if a := o.agents[c.user]; a != nil {
			a.own[c.id] = true
		}
	}
	c.connected, c.moved, c.priority, c.music = false, m, 0, false
	o.seen.Transfers++
}

func (a *seenAgent) boundOrNil() map[AttemptID]CallID {
	if a == nil {
		return nil
	}
	return a.bound
}

// disown: the caller is a user, and goes.
func (o *oracle) disown(c *seenCall) {
	a := o.agents[c.user]
	if a == nil {
		return
	}
	delete(a.own, c.id)
	if g := o.groups[c.serves]; g != nil && o.now.Add(g.WrapUp).After(a.wrap) {
		a.wrap = o.now.Add(g.WrapUp)
	}
	c.serves = ""
}

// report: once a transfer.
func (o *oracle) report(r ReportTransfer) {
	for _, c := range o.calls {
		if m := c.moved; c.moving() && m.asked == r.Call && !m.kept {
			if m.code != 0 || r.Code < 200 {
				o.wrong("S14: %v: reported before as %d", r, m.code)
			}
			m.code = r.Code
			return
		}
	}
	o.wrong("S14: %v: no such transfer", r)
}

// owned checks S14: after every step somebody has every caller, and the transfers that are over were reported truly.
func (o *oracle) owned(f Fact) {
	if q := o.asked; q != nil && !q.answered {
		o.wrong("S14: %v has no answer", f)
	}
	for _, c := range o.calls {
		if c.final {
			continue
		}
		if o.held != "" && o.consulted(c) {
			o.wrong("%v: the consultation %s goes on", f, c.id)
		}
		if len(c.live) == 0 && !c.line && !c.box && !c.open && !c.spoken && c.talk == nil && c.joining == "" && c.picks == 0 {
			o.wrong("S14: after %v nobody has the caller of %s", f, c.id)
		}
		if c.moving() && c.joining == "" {
			o.movedOn(f, c)
		}
	}
}

// movedOn: a transfer is over with the line, the mailbox or the talk to which it led.
func (o *oracle) movedOn(f Fact, c *seenCall) {
	m := c.moved
	there := c.line || c.box || c.queued || c.talk != nil
	if !there && !c.music {
		o.wrong("S14: after %v the caller of %s hears nothing", f, c.id)
	}
	switch {
	case m.kept:
	case m.code == 200 && !there && !m.reached && !m.returned:
		o.wrong("S14: after %v the transfer of %s was reported as done", f, c.id)
	case m.code == 0 && (there || m.returned):
		o.wrong("S14: after %v the transfer of %s is over and not reported", f, c.id)
	}
	switch {
	case !there:
	case c.talk == nil:
		c.moved = nil
	case c.connected:
		m.done = true
	}
}

// moving says that a transfer of the call is under way.
func (c *seenCall) moving() bool { return c.moved != nil && !c.moved.done }

// comesBack works out, before the orders of a step are looked at, where a caller must go whose transfer has come to nothing.
func (o *oracle) comesBack(c *seenCall) {
	m := c.moved
	a := o.agents[m.by]
	free := a != nil && o.known(m.by) && a.devices > 0 && !m.returned
	if free {
		for id := range a.own {
			d := o.calls[id]
			free = free && (d == c || d.final || o.held != "" && o.consulted(d))
		}
		for _, id := range a.bound {
			free = free && id == c.id
		}
	}
	back := &returning{call: c}
	switch {
	case free:
		back.ring = m.by
		m.returned = true
	case o.groups[c.origin] != nil:
		back.group = c.origin
	default:
		back.box = Mailbox(m.by)
	}
	o.returns = append(o.returns, back)
}

// returning is a caller who comes back in this step.
type returning struct {
	call  *seenCall
	ring  AgentID
	group GroupID
	box   Mailbox
	seen  bool
}

// comes notes that an order brings back who must come back.
func (o *oracle) comes(id CallID, ring AgentID, span time.Duration, group GroupID, box Mailbox) bool {
	for _, r := range o.returns {
		if r.call.id == id && r.ring == ring && r.group == group && r.box == box && (ring == "" || span == 30*time.Second) {
			r.seen = true
			return true
		}
	}
	return false
}

// cameBack checks that all came back.
func (o *oracle) cameBack(f Fact) {
	for _, r := range o.returns {
		if !r.seen && !r.call.final {
			o.wrong("S14: after %v the caller of %s must come back to %q, the head of %q, or mailbox %q", f, r.call.id, r.ring, r.group, r.box)
		}
	}
}
