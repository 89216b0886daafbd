package queue

import (
	"slices"
	"strings"
)

// dialledNow is what a user has dialled in this step that only one answer fits.
type dialledNow struct {
	call  CallID
	user  AgentID
	picks []CallID // which call may be picked up; any of them, "" for a refusal
	codes []int    // how it may be refused
	opens bool     // its mailboxes
	seen  bool
}

// dialsCode works out what must come of the codes for picking up and for mailboxes.
func (o *oracle) dialsCode(f CallArrived) {
	codes := o.rules.Codes
	ext, pick := strings.CutPrefix(f.Dialled, codes.Intercept)
	switch {
	case f.User == "" || !o.known(f.User):
	case codes.Intercept != "" && pick:
		o.dialledCode = &dialledNow{call: f.Call, user: f.User}
		o.pickable(ext)
	case codes.Voicemail != "" && f.Dialled == codes.Voicemail:
		o.dialledCode = &dialledNow{call: f.Call, user: f.User, opens: true}
	}
}

// pickable works out which call the user may pick up. Whether an attempt that is being stopped still counts as ringing nobody
// has said: either is right.
func (o *oracle) pickable(ext string) {
	d := o.dialledCode
	for _, stopped := range []bool{false, true} {
		id, code := o.pick(d.user, ext, stopped)
		if code != 0 {
			d.codes = append(d.codes, code)
		}
		d.picks = append(d.picks, id)
	}
}

func (o *oracle) shared(user AgentID, with AgentID) bool {
	for _, g := range o.groups {
		if g.Intercept && slices.Contains(g.Agents, user) && (with == "" || slices.Contains(g.Agents, with)) {
			return true
		}
	}
	return false
}

// pick finds the oldest one that rings where the user may look.
func (o *oracle) pick(user AgentID, ext string, stopped bool) (CallID, int) {
	at := o.groupAt(ext)
	who := AgentID(ext)
	switch {
	case ext == "":
		if !o.shared(user, "") {
			return "", 403
		}
	case o.known(who):
		if !o.shared(user, who) {
			return "", 403
		}
	case at != nil:
		if !at.Intercept || !slices.Contains(at.Agents, user) {
			return "", 403
		}
	default:
		return "", map[bool]int{true: 404, false: 403}[o.shared(user, "")]
	}
	var oldest *seenCall
	for _, c := range o.calls {
		if c.user == user || c.final || c.talk != nil || c.joining != "" || c.exit != "" || oldest != nil && oldest.serial < c.serial || c.directed() {
			continue
		}
		for _, a := range c.live {
			g := o.groups[a.group]
			mine := g != nil && g.Intercept && slices.Contains(g.Agents, user)
			switch {
			case a.stopped != "" && !stopped:
			case ext == "" && mine,
				ext != "" && at == nil && a.agent == who && (mine || a.group == ""),
				ext != "" && at != nil && a.group == at.Name && mine:
				oldest = c
			}
		}
	}
	if oldest == nil {
		return "", 404
	}
	return oldest.id, 0
}

// directed says that somebody is about to take the call already.
func (c *seenCall) directed() bool {
	for _, a := range c.live {
		if a.from != "" {
			return true
		}
	}
	return false
}

// pickUp starts a directed attempt.
func (o *oracle) pickUp(p PickUp) {
	o.seen.Attempts++
	c, from, d := o.calls[p.Call], o.calls[p.From], o.dialledCode
	switch {
	case d == nil || d.call != p.From || d.seen || !slices.Contains(d.picks, p.Call):
		o.wrong("%v: %+v", p, d)
		return
	case p.Attempt <= o.last:
		o.wrong("S11: %v: the number was used", p)
	case c == nil || c.talk != nil || c.final || len(c.live) == 0:
		o.wrong("S2: %v: nothing rings there", p)
		return
	}
	d.seen, o.last, from.picks = true, p.Attempt, p.Attempt
	a := &seenAttempt{id: p.Attempt, agent: from.user, from: p.From}
	if c.line {
		a.group = c.group
		if g := o.groups[c.group]; g != nil && slices.Contains(g.Agents, from.user) {
			o.stamps[c.group][from.user] = p.Attempt
		}
	}
	c.live[p.Attempt] = a
	o.hold(a, c.id)
}

// opened: the user's own mailbox, then those of its groups.
func (o *oracle) opened(m OpenMailbox) {
	d := o.dialledCode
	want := []Mailbox{Mailbox(m.User)}
	for _, g := range o.rules.Groups {
		if slices.Contains(g.Agents, m.User) {
			want = append(want, Mailbox(g.Name))
		}
	}
	if d == nil || d.call != m.Call || !d.opens || d.user != m.User || !slices.Equal(m.Boxes, want) {
		o.wrong("%v: not asked, or not %v", m, want)
		return
	}
	d.seen, o.calls[m.Call].open = true, true
}

// mailboxClosed: the call ends, unless one of our extensions is to be called. Nobody gets outside this way.
func (o *oracle) mailboxClosed(f MailboxClosed) {
	c := o.calls[f.Call]
	if c == nil || !c.open {
		return
	}
	c.open = false
	if !o.known(AgentID(f.Dial)) && o.groupAt(f.Dial) == nil {
		o.hungUp = c
	}
}

// pressed: the key of a group leads away, the first one that does.
func (o *oracle) pressed(f Digits) {
	c := o.calls[f.Call]
	if c == nil || !c.line || c.exit != "" || c.joining != "" || o.groups[c.group] == nil {
		return
	}
	for _, k := range f.Keys {
		if _, leads := o.groups[c.group].Keys[string(k)]; leads {
			c.exit = string(k)
			return
		}
	}
}

// followed checks that what was dialled or pressed had its effect.
func (o *oracle) followed(f Fact) {
	if d := o.dialledCode; d != nil && !d.seen {
		o.wrong("after %v: %+v", f, d)
	}
	if o.hungUp != nil && !o.hungUp.final {
		o.wrong("after %v %s goes on", f, o.hungUp.id)
	}
	for _, c := range o.calls {
		if c.exit == "" || !c.line {
			c.exit = ""
			continue
		}
		if len(c.live) == 0 {
			o.wrong("after %v %s has pressed %s and is still in its line", f, c.id, c.exit)
		}
		for _, a := range c.live {
			if a.stopped == "" && a.from == "" {
				o.wrong("after %v %s has pressed %s and attempt %d goes on", f, c.id, c.exit, a.id)
			}
		}
	}
}

// refused notes that what was dialled was refused as it had to be.
func (o *oracle) refused(r Refuse) {
	if d := o.dialledCode; d != nil && d.call == r.Call && !d.opens {
		if !slices.Contains(d.codes, r.Code) {
			o.wrong("%v: %+v", r, d)
		}
		d.seen = true
	}
}
