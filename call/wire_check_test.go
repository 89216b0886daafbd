package call

import (
	"maps"
	"slices"
	"time"

	"ringtide/queue"
)

// patient is how long a phone may ring on after its call is over: the CANCEL may be lost four times.
const patient = 10 * time.Second

// Write, Journal and JournalImage are the records.
func (c *city) Write(at time.Time, events []queue.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range events {
		c.events[e.Type]++
		if e.Call == "" {
			continue
		}
		b := c.book(e.Call)
		if b.ended > 0 {
			c.wrong("call %s has ended, and yet %s", e.Call, e.Type)
		}
		switch e.Type {
		case queue.EvCallArrived:
			b.arrived++
		case queue.EvCallQueued:
			b.groups, b.exit = append(b.groups, e.Group), ""
		case queue.EvCallExited, queue.EvCallTransferred:
			b.exit = string(e.Type)
		case queue.EvCallVoicemail: // who came back from a transfer may find its group gone
			b.mailbox = true
		case queue.EvCallOverflowed:
			b.rules = append(b.rules, e.Cause)
		case queue.EvAttemptAnswered:
			b.answered[e.Agent] = true
		case queue.EvCallEnded:
			b.ended++
			b.at, b.last = at, e
		}
	}
}

// Journal looks at the steps in which calls become one.
func (c *city) Journal(_ time.Time, f queue.Fact, orders []queue.Order) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, o := range orders {
		switch o := o.(type) {
		case queue.Join:
			c.book(o.Gone).heir = o.Keep
			c.moves["joined"]++
		case queue.Ring:
			c.targets[o.Attempt] = o.Agent
		case queue.ReportTransfer:
			c.book(o.Call).reported = time.Now()
		case queue.Release:
			c.mayRelease(f, o, orders)
		}
	}
	switch f := f.(type) {
	case queue.CallsJoined:
		for agent := range c.book(f.Gone).answered {
			c.book(f.Keep).answered[agent] = true
		}
	case queue.JoinFailed:
		c.moves["not joined"]++
	}
	return false
}

// mayRelease: who hangs up on somebody on hold, and has another call, has not ended that conversation.
func (c *city) mayRelease(f queue.Fact, o queue.Release, orders []queue.Order) {
	talk, ok := f.(queue.TalkEnded)
	if !ok || !talk.Held || talk.Empty || talk.By != queue.ByTarget || talk.Call != o.Call || o.Cause != queue.CauseNormal {
		return
	}
	agent := c.targets[talk.Attempt]
	for _, other := range orders {
		if _, record := other.(queue.Record); !record && queue.CallOf(other) != o.Call {
			c.wrong("%s hangs up on a caller on hold, who is dropped, and: %s", agent, other)
		}
	}
	for _, v := range c.x.engine.Snapshot(time.Now()).Calls {
		if agent != "" && v.User == agent && v.ID != o.Call && (v.Phase == queue.Talking || v.Phase == queue.Direct || v.Phase == queue.InGroup) {
			c.wrong("%s hangs up on a caller on hold, who is dropped although %s goes on", agent, v.ID)
		}
	}
}

func (c *city) JournalImage(time.Time, queue.Image) {}

// mayRing: for a group, no agent is rung who rings or talks by us already, with whatever phone, or who makes a call.
func (c *city) mayRing(s *side) {
	if s.group == "" { // a direct call rings at busy phones, too
		return
	}
	for _, p := range c.users[s.p.user] {
		for _, old := range p.sides {
			if old.state != over && old.id != s.id && !c.astray(old) && !c.sameAttempt(old, s) && !c.crosses(old) {
				c.wrong("%s is rung for %s while it is in %s (%s, state %d, confirmed %v)", s, s.group, old, old.manner.name, old.state, old.confirmed)
			}
		}
	}
}

// sameAttempt: two phones of one agent ring for one call.
func (c *city) sameAttempt(a, b *side) bool {
	return a.p != b.p && b.visit != "" && c.look(a) == b.visit && b.begun.Sub(a.begun) < patient
}

// crosses: when the server sent its INVITE, it did not know of that call, or no longer: the messages have crossed.
func (c *city) crosses(old *side) bool {
	if old.forked && time.Since(old.since) < 4*time.Second { // the other answer came first, its own is on its way or lost
		return true
	}
	if old.invite != nil {
		return old.group == "" && time.Since(old.begun) < 4*time.Second || old.state == undecided && !old.ringing
	}
	known := old.heard180
	if known.IsZero() {
		known = old.since
	}
	b := c.bookOf(old)
	return known.IsZero() || time.Since(known) < 4*time.Second || b.ended > 0 && time.Since(b.at) < patient
}

// astray: the phone was silent for too long, or the network has lost all that it said: for the server it is dead. What it
// says later is undone in passing.
func (c *city) astray(s *side) bool {
	return s.invite != nil && c.dead[s.p.at.String()].After(s.begun)
}

// sweep looks for phones that ring on although their call is over, and for those that take themselves for its winner.
func (c *city) sweep() {
	dialogs := c.atRest()
	talking := map[queue.CallID][]*side{}
	for _, p := range c.peers {
		for id, s := range p.sides {
			if s.state == over {
				delete(p.sides, id)
				continue
			}
			b := c.bookOf(s)
			ended := b.ended > 0 && time.Since(b.at) > patient && s.begun.Before(b.at)
			if s.ringing && ended && !c.astray(s) {
				c.wrong("%s (%s) rings on, but the caller of %s has left", s, s.manner.name, s.visit)
			}
			if s.state == up && s.hasMoved() && b.reported.After(s.move.begun) && time.Since(b.reported) > 2*patient && !c.astray(s) {
				c.wrong("%s (%s) is in %s although it was told of its transfer, last of %d", s, s.manner.name, s.visit, s.move.told)
			}
			if s.state != up || time.Since(s.since) < 5*time.Second || s.mayHaveMoved() {
				continue
			}
			if ended || s.invite != nil && !b.answered[queue.AgentID(p.user)] {
				c.wrong("%s (%s) talks in %s, whose caller talks to somebody else", s, s.manner.name, s.visit)
			}
			c.isParty(s, dialogs)
			if talking[s.visit] = append(talking[s.visit], s); len(talking[s.visit]) == 3 {
				c.wrong("%v talk in the same call %s", talking[s.visit], s.visit)
			}
		}
	}
}

// nothingLeft: the server has forgotten everything, and the peers know it.
func (c *city) nothingLeft() {
	s, m := c.sip.Stats(), c.media.Stats()
	if c.x.Live()+s.Dialogs+s.Transactions+m.Sessions != 0 || m.Panics+int64(s.Panics) != 0 {
		c.wrong("left behind: %d calls, %d dialogs, %d transactions, %d media sessions, %d panics", c.x.Live(), s.Dialogs, s.Transactions, m.Sessions, m.Panics+int64(s.Panics))
	}
	if n := len(c.x.lines.legs); n != 0 {
		c.wrong("left behind: %d lines", n)
	}
	for agent, n := range c.x.legs {
		c.wrong("agent %s still has %d legs", agent, n)
	}
	for _, p := range c.peers {
		for _, s := range p.sides {
			if s.state == over || s.state == undecided && !s.ringing && s.invite != nil {
				continue
			}
			c.wrong("%s (%s) is left in a dialog: state %d, ringing %v, confirmed %v", s, s.manner.name, s.state, s.ringing, s.confirmed)
		}
	}
}

// audit compares what was recorded of each call with what its caller knows.
func (c *city) audit() {
	c.inherit()
	records := map[string][]*book{}
	for id, b := range c.books {
		records[c.sipIDs[id]] = append(records[c.sipIDs[id]], b)
	}
	for id, s := range c.visits {
		list := records[id]
		if s.lost && len(list) == 0 {
			continue
		}
		if len(list) != 1 || list[0].arrived != 1 || list[0].ended != 1 {
			c.wrong("%s: %d records, want one with one beginning and one end", s, len(list))
			continue
		}
		if s.final == 0 && !s.lost {
			c.wrong("%s: no final answer", s)
		}
		c.compare(s, list[0])
	}
	for id := range records {
		if c.visits[id] == nil {
			c.wrong("a record of a call that nobody made: %s", id)
		}
	}
}

// compare finds callers who were sent away although the rules would have let them wait.
func (c *city) compare(s *side, b *book) {
	cause := queue.Cause(b.last.Cause)
	left := (s.leftBy == "peer" || s.lost) && !s.hasMoved() || b.deserted || s.dropped(b.at)
	wrong := func(why string) {
		c.wrong("%s to %s (%s): ended with %s after %v in line, %v of talk, groups %v, rules %v, exit %q, final %d, left by %q, at %v, dialogs %v: %s",
			s, s.plan.dialled, b.last.Call, cause, b.last.Waited, b.last.Talked, b.groups, b.rules, b.exit, s.final, s.leftBy, s.begun.Sub(c.begun),
			slices.Sorted(maps.Keys(b.dialogs)), why)
	}
	switch cause {
	case queue.CauseNormal:
		if !left {
			wrong("neither the caller nor a phone has hung up")
		}
	case queue.CauseAbandoned:
		if !left {
			wrong("the caller has not left")
		}
	case queue.CauseTimeout:
		if !slices.Contains(b.rules, "max_wait") || b.last.Waited < 15*time.Second {
			wrong("too early")
		}
	case queue.CauseFull:
		if !slices.Contains(b.rules, "line_full") {
			wrong("no such rule")
		}
	case queue.CauseTooLong:
		if !slices.Contains(b.groups, "fast") {
			wrong("no limit")
		}
	case queue.CauseNoAnswer, queue.CauseNoAgents:
		c.mayMiss(b, wrong)
	case queue.CauseRefused:
		if len(b.groups) > 0 || !b.refused || b.last.Talked > 0 {
			wrong("nobody has refused")
		}
	case queue.CauseDone:
		if s.plan.dialled[0] != '*' {
			wrong("no code")
		}
	case queue.CauseJoined:
		if b.heir == "" {
			wrong("with nothing")
		}
	case queue.CauseForbidden, queue.CauseNotFound:
		if s.p.user == "" || b.last.Talked > 0 {
			wrong("from a carrier, or after a conversation")
		}
	default:
		if cause != queue.CauseMessage {
			wrong("no reason")
		}
	}
}

// mayMiss: only rules end a visit without an answer.
func (c *city) mayMiss(b *book, wrong func(string)) {
	if len(b.groups) == 0 || b.exit != "" || b.mailbox && b.last.Talked > 0 { // direct, or moved
		return
	}
	last := b.groups[len(b.groups)-1]
	switch {
	case len(b.rules) == 0:
		wrong("no rule")
	case last == "sales":
		wrong("its callers wait for ever")
	case last == "support" && b.last.Waited < 10*time.Second:
		wrong("before a whole ring clock was over")
	}
}

// inherit: who left a call at the moment when it was joined with another one has left that one.
func (c *city) inherit() {
	for _, b := range c.books {
		for heir := b.heir; (b.deserted || b.dropped) && heir != ""; heir = c.book(heir).heir {
			c.book(heir).deserted = true
		}
	}
}
