package queue

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// move is one thing that can happen on a board.
type move struct {
	verb  string
	call  int // index
	leg   AttemptID
	agent AgentID
	to    string // where somebody is transferred, the call to be joined with, keys, who is called back
}

// moves lists what can happen next. While something is on its way or anybody is left, the first move brings the board
// nearer to its end: what is on its way arrives, legs go down, callers leave.
func (b *board) moves() []move {
	var ways, tears, leaves, acts []move
	for i := range b.calls {
		p := &b.calls[i]
		switch {
		case len(p.up) > 0:
			ways = append(ways, move{verb: "hear", call: i})
			continue
		case p.mayTake() >= 0:
			ways = append(ways, move{verb: "take", call: i})
		case len(p.down) > 0:
			ways = append(ways, move{verb: "obey", call: i})
		}
		if p.stage == present {
			leaves = append(leaves, move{verb: "leave", call: i})
		}
		for _, l := range p.legs {
			t, a := b.legMoves(i, p, l)
			tears, acts = append(tears, t...), append(acts, a...)
		}
		if p.box != "" {
			acts = append(acts, move{verb: "message", call: i}, move{verb: "silence", call: i})
		}
		acts = append(acts, b.askMoves(i, p)...)
	}
	if next := slices.IndexFunc(b.calls, func(p piece) bool { return p.stage == outside }); next >= 0 && b.mayArrive(next) {
		acts = append(acts, move{verb: "arrive", call: next})
	}
	return slices.Concat(ways, tears, leaves, b.clockMoves(len(ways) > 0), acts, b.moodMoves())
}

// mayArrive: an agent who has no phone dials nothing.
func (b *board) mayArrive(i int) bool {
	user := b.script[i].User
	return user == "" || b.devices[b.agent(user)] > 0
}

// lines of a phone: it answers no more calls at once, those counted that are still being torn down.
const lines = 4

// legMoves of a leg: it goes down, or what its phone does.
func (b *board) legMoves(i int, p *piece, l boardLeg) (tears, acts []move) {
	at := func(verb string) move { return move{verb: verb, call: i, leg: l.id, agent: l.agent} }
	switch {
	case l.part:
		tears = append(tears, at("down"))
	case l.id == p.caller:
		if p.stage == over {
			tears = append(tears, at("down"))
		}
	case l.told && l.id != p.winner:
		tears = append(tears, at("down"))
	case l.told:
		acts = append(acts, at("hangup"))
		if b.consults(i, l.agent) {
			acts = append(acts, at("held"))
		}
		if b.quick(p) {
			acts = append(acts, at("empty"))
		}
	default:
		if acts = append(acts, at("reject"), at("decline")); l.agent == "" || b.legs[b.agent(l.agent)] <= lines {
			acts = append(acts, at("answer"))
		}
	}
	return tears, acts
}

// quick says that an answer may still turn out to be empty.
func (b *board) quick(p *piece) bool { return p.winner != 0 && b.now.Sub(p.won) < time.Second }

// clockMoves let time go to the next deadline, first without the engine noticing: any other fact may come before
// TimePassed. What is on its way takes no longer than from one deadline to the next.
func (b *board) clockMoves(underWay bool) []move {
	var moves []move
	next, ok := b.e.Next()
	switch {
	case ok && !b.now.Before(next):
		moves = append(moves, move{verb: "pass"})
	case ok && !(underWay && b.late):
		moves = append(moves, move{verb: "strike"})
	}
	if b.pauses > 0 && !underWay && b.now.Before(next.Add(-time.Second)) {
		moves = append(moves, move{verb: "pause"})
	}
	return moves
}

// moodMoves: who went away may always come back; what else people do is limited by their whims.
func (b *board) moodMoves() []move {
	var moves []move
	for i, id := range b.agents {
		a := b.e.agents[id]
		for verb, may := range map[string]bool{"up": b.devices[i] == 0, "resume": a.Paused, "login": a.LoggedOut} {
			if may {
				moves = append(moves, move{verb: verb, agent: id})
			}
		}
		for _, verb := range b.whims {
			if b.moods > 0 && b.may(verb, i, a) {
				moves = append(moves, move{verb: verb, agent: id})
			}
		}
	}
	if b.moods > 0 {
		for i := range b.edits {
			moves = append(moves, move{verb: "reload", call: i})
		}
		for i := range b.calls {
			if p := &b.calls[i]; p.stage == present && len(p.up) == 0 && slices.Contains(b.whims, "giveup") {
				moves = append(moves, move{verb: "giveup", call: i})
			}
		}
	}
	slices.SortStableFunc(moves, func(x, y move) int { return strings.Compare(x.verb, y.verb) })
	return moves
}

func (b *board) may(verb string, i int, a *Agent) bool {
	switch verb {
	case "lost", "unregister":
		return b.devices[i] > 0
	case "rest":
		return !a.Paused
	case "logout":
		return !a.LoggedOut
	case "unwrap":
		return b.now.Before(a.WrapUp)
	}
	return false
}

// play makes a move.
func (b *board) play(m move) {
	defer func() {
		if p := recover(); p != nil {
			b.wrong("panic: %v", p)
		}
	}()
	switch m.verb {
	case "strike":
		b.now, _ = b.e.Next()
		b.late = b.underWay()
	case "pause":
		b.now = b.now.Add(time.Second)
		b.pauses--
	case "pass":
		b.step(TimePassed{})
	default:
		switch m.verb {
		case "up", "resume", "login", "lost", "unregister", "rest", "logout", "unwrap", "reload":
			b.mood(m)
		default:
			b.act(b.script[m.call].Call, &b.calls[m.call], m)
		}
	}
	if b.swift {
		b.hurry()
	}
	if !b.underWay() {
		b.late = false
	}
}

// hurry carries out the orders that are on their way, as far as their actors may act.
func (b *board) hurry() {
	for i := 0; i < len(b.calls); i++ {
		switch p := &b.calls[i]; {
		case len(p.up) > 0:
		case p.mayTake() >= 0:
			b.act(b.script[i].Call, p, move{verb: "take", call: i})
			i = -1
		case len(p.down) > 0:
			b.act(b.script[i].Call, p, move{verb: "obey", call: i})
			i = -1
		}
	}
}

func (b *board) underWay() bool {
	return slices.ContainsFunc(b.calls, func(p piece) bool { return len(p.up)+len(p.down)+len(p.awaits)+len(p.parcels) > 0 })
}

// act is a move of one call. The first fact that comes of it reaches the engine at once.
func (b *board) act(id CallID, p *piece, m move) {
	switch m.verb {
	case "hear":
	case "obey":
		b.obey(id, p)
	case "take":
		b.take(id, p)
	case "arrive":
		f := b.script[m.call]
		p.stage = present
		if f.User != "" {
			p.legs = append(p.legs, boardLeg{agent: f.User})
		}
		p.count(f.User, +1)
		p.tell(f)
	case "leave":
		if p.winner != 0 {
			p.tell(TalkEnded{Call: id, Attempt: p.winner, By: ByCaller})
		}
		p.tell(CallerLeft{id})
		b.finish(id, p)
	case "giveup":
		b.moods--
		p.tell(CallGivenUp{id, CauseMedia})
		b.finish(id, p)
	case "message", "silence":
		p.tell(MessageLeft{Call: id, Mailbox: p.box, Message: map[string]string{"message": "m"}[m.verb]})
		p.box = ""
	case "refer", "attend", "press", "close":
		b.ask(id, p, m)
	default:
		b.phone(id, p, m)
	}
	if len(p.up) > 0 {
		b.hear(p)
	}
}

// phone is what a target's phone does.
func (b *board) phone(id CallID, p *piece, m move) {
	switch m.verb {
	case "answer":
		p.leg(m.leg).told = true
		if p.winner != 0 { // too late: its actor refuses it
			p.tell(AttemptFailed{Call: id, Attempt: m.leg, Why: Stopped})
			return
		}
		p.winner, p.won = m.leg, b.now
		p.tell(AttemptAnswered{id, m.leg})
	case "reject": // the leg is down with the last device's refusal
		p.down1(m)
		p.tell(AttemptFailed{Call: id, Attempt: m.leg, Why: Rejected, Code: 486})
	case "decline": // the person said no; the other devices are still told
		p.leg(m.leg).told = true
		p.tell(AttemptFailed{Call: id, Attempt: m.leg, Why: Rejected, Code: 603})
	case "hangup", "empty", "held":
		p.winner = 0
		p.tell(TalkEnded{Call: id, Attempt: m.leg, By: ByTarget, Empty: m.verb == "empty", Held: m.verb == "held"})
	case "down":
		p.down1(m)
		b.closed(id, p)
	}
}

// down1 takes one leg down.
func (p *piece) down1(m move) {
	p.legs = slices.DeleteFunc(p.legs, func(l boardLeg) bool { return l.id == m.leg && l.agent == m.agent })
	p.count(m.agent, -1)
}

// mood is what people do besides phoning, and the change of the rules.
func (b *board) mood(m move) {
	if slices.Contains(b.whims, m.verb) || m.verb == "reload" {
		b.moods--
	}
	if n, ok := map[string]int{"up": 1, "lost": 0, "unregister": 0}[m.verb]; ok {
		b.devices[b.agent(m.agent)] = n
	}
	b.step(b.moodFact(m))
}

func (b *board) moodFact(m move) Fact {
	switch m.verb {
	case "up":
		return DevicesReachable{m.agent, 1, false}
	case "lost", "unregister":
		return DevicesReachable{m.agent, 0, m.verb == "lost"}
	case "rest":
		return Paused{m.agent}
	case "resume":
		return Resumed{m.agent}
	case "logout":
		return LoggedOut{m.agent}
	case "login":
		return LoggedIn{m.agent}
	case "unwrap":
		return WrapUpEnded{m.agent}
	case "reload":
		b.rules = m.call + 1
		return RulesChanged{b.edits[m.call].Rules}
	}
	panic(fmt.Sprintf("nobody knows how to %q", m.verb))
}
