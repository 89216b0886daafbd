package queue

import (
	"cmp"
	"encoding/binary"
	"hash/maphash"
	"reflect"
	"slices"
	"testing"
	"time"
)

// key is a board in its canonical form: two boards with the same key go on in the same way. Moments become what is left
// until them, attempts their rank, and what nothing goes by any more is left out.
type key [2]uint64

var keySeeds = [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}

// scribe writes a canonical form.
type scribe struct {
	*board
	text []byte
	ids  []AttemptID // live ones, ascending
}

func (b *board) key(buffer []byte) (key, []byte) {
	s := &scribe{board: b, text: buffer[:0]}
	s.collect()
	s.world()
	for _, a := range b.e.roster {
		s.agentOf(a)
	}
	for _, g := range b.e.sections {
		s.group(g)
	}
	for i := range b.script {
		s.callOf(b.e.calls[b.script[i].Call])
		s.seen(b.o.calls[b.script[i].Call])
	}
	return key{maphash.Bytes(keySeeds[0], s.text), maphash.Bytes(keySeeds[1], s.text)}, s.text
}

func (s *scribe) num(n ...int) {
	for _, n := range n {
		s.text = binary.AppendVarint(s.text, int64(n))
	}
}

func (s *scribe) word(w ...string) {
	for _, w := range w {
		s.num(len(w))
		s.text = append(s.text, w...)
	}
}

func (s *scribe) flag(b ...bool) {
	for _, b := range b {
		n := byte(0)
		if b {
			n = 1
		}
		s.text = append(s.text, n)
	}
}

// until is a deadline: none, passed, or how far away.
func (s *scribe) until(t time.Time) {
	switch {
	case t.IsZero():
		s.num(-2)
	case !t.After(s.now):
		s.num(-1)
	default:
		s.num(int(t.Sub(s.now).Milliseconds()))
	}
}

// id is the rank of an attempt among those that anything still names.
func (s *scribe) id(ids ...AttemptID) {
	for _, id := range ids {
		rank, found := slices.BinarySearch(s.ids, id)
		s.flag(found)
		s.num(rank)
	}
}

func (s *scribe) collect() {
	for _, c := range s.e.calls {
		for _, a := range c.Attempts {
			s.ids = append(s.ids, a.ID)
		}
		if c.Talk != nil {
			s.ids = append(s.ids, c.Talk.ID)
		}
	}
	for i := range s.calls {
		for _, l := range s.calls[i].legs {
			s.ids = append(s.ids, l.id)
		}
		for _, w := range s.calls[i].awaits {
			s.ids = append(s.ids, w.as)
		}
		for _, k := range s.calls[i].parcels {
			for _, l := range k.legs {
				s.ids = append(s.ids, l.id)
			}
		}
	}
	slices.Sort(s.ids)
	s.ids = slices.Compact(s.ids)
}

// world is all but the engine.
func (s *scribe) world() {
	s.num(s.moods, s.asks, s.pauses, s.rules)
	s.flag(s.late)
	s.num(s.devices...)
	s.num(s.legs...)
	next, _ := s.e.Next()
	s.until(next)
	for i := range s.calls {
		p := &s.calls[i]
		s.num(int(p.stage), len(p.legs), len(p.up), len(p.down), len(p.askers), len(p.awaits), len(p.parcels), p.forward)
		s.flag(p.accepted, p.missed, p.answered, p.moved, s.quick(p), p.open, p.shut, p.given, p.untaken)
		s.id(p.winner, p.caller)
		s.word(string(p.box))
		s.legsOf(p.legs)
		s.id(p.askers...)
		for _, w := range p.awaits {
			s.num(w.from)
			s.id(w.as)
		}
		for _, k := range p.parcels {
			s.num(k.from)
			s.flag(k.lost, s.now.Sub(k.won) < time.Second)
			s.id(k.winner)
			s.legsOf(k.legs)
		}
		for _, f := range p.up {
			s.fact(f)
		}
		for _, o := range p.down {
			s.orderOf(o)
		}
	}
}

func (s *scribe) legsOf(legs []boardLeg) {
	for _, l := range legs {
		s.id(l.id)
		s.word(string(l.agent))
		s.flag(l.told, l.part)
	}
}

func (s *scribe) fact(f Fact) {
	switch f := f.(type) {
	case AttemptAnswered:
		s.num(1)
		s.id(f.Attempt)
	case AttemptFailed:
		s.num(2)
		s.id(f.Attempt)
		s.word(string(f.Why))
	case Connected:
		s.num(3)
		s.id(f.Attempt)
	case TalkEnded:
		s.num(4)
		s.id(f.Attempt)
		s.flag(f.By == ByTarget, f.Empty, f.Held)
	default: // these name no attempt
		s.word(f.String())
	}
}

func (s *scribe) orderOf(o Order) {
	switch o := o.(type) {
	case Ring:
		s.num(1)
		s.id(o.Attempt)
		s.word(string(o.Agent))
	case StopRinging:
		s.num(2)
		s.id(o.Attempt)
		s.word(string(o.Why))
	case Connect:
		s.num(3)
		s.id(o.Attempt)
	case PickUp:
		s.num(4)
		s.id(o.Attempt)
		s.word(string(o.Call), string(o.From))
	case Join:
		s.num(5)
		s.id(o.As)
		s.word(string(o.Keep), string(o.Gone), string(o.By), string(o.From))
	default:
		s.word(o.String())
	}
}

func (s *scribe) agentOf(a *Agent) {
	seen := s.o.agents[a.ID]
	s.num(a.Devices, a.Legs, len(a.Bound), len(a.Own))
	s.flag(a.LoggedOut, a.Paused, seen.out, seen.paused)
	for _, b := range a.Bound {
		s.id(b.Attempt)
	}
	for _, id := range a.Own {
		s.word(string(id))
	}
	s.until(a.WrapUp)
	s.until(seen.wrap)
	for _, g := range a.groups {
		for _, lost := range []time.Time{a.Lost, seen.lost} {
			if !lost.IsZero() {
				lost = lost.Add(g.NobodyAfter)
			}
			s.until(lost)
		}
	}
}

// group: stamps count by their order alone.
func (s *scribe) group(g *group) {
	s.flag(g.online)
	for _, m := range g.members {
		rank := 0
		for _, n := range g.members {
			if n.stamp < m.stamp {
				rank++
			}
		}
		s.flag(m.stamp > 0, m.stamp == s.o.stamps[g.Name][m.agent.ID])
		s.num(rank)
	}
}

func (s *scribe) callOf(c *Call) {
	s.flag(c != nil)
	if c == nil {
		return
	}
	s.word(string(c.Phase), string(c.Group), c.Hears.Name, string(c.Hears.Kind), c.Fallback.String(), c.Orphan.String())
	s.flag(c.Accepted, c.Admitted, c.Visit > 0, c.Answered, c.Message != "", c.Wanted, !c.TalkFrom.IsZero())
	if c.unheard() {
		s.until(c.Arrived.Add(acceptBy))
	}
	for _, g := range c.Chain {
		s.word(string(g))
	}
	rank := 0
	for _, d := range s.e.calls {
		rank += cmp.Compare(c.Since.UnixNano(), d.Since.UnixNano())
	}
	s.num(rank)
	if g := s.e.groups[c.Group]; g != nil {
		s.dues(g.Group, c.Entered, c.Pass.BusyFrom)
		if c.Phase == Talking && g.MaxTalking > 0 && !c.TalkFrom.IsZero() {
			s.until(c.TalkFrom.Add(g.MaxTalking))
		}
	}
	s.num(len(c.Pass.Tried), len(c.Attempts))
	for _, id := range c.Pass.Tried {
		s.word(string(id))
	}
	s.until(c.Pass.Clock)
	s.until(c.Pass.RetryAt)
	s.flag(c.Pass.Over)
	for _, a := range c.Attempts {
		s.attemptOf(a)
	}
	if c.Talk != nil {
		s.attemptOf(*c.Talk)
	}
	s.moving(c)
}

func (s *scribe) attemptOf(a Attempt) {
	s.id(a.ID)
	s.word(string(a.Agent), string(a.Group), string(a.Stop), string(a.From), string(a.Payer))
	s.flag(a.Joined, a.Met)
	s.until(a.Until)
}

// moving is what transfers, joins and keys leave behind in a call.
func (s *scribe) moving(c *Call) {
	s.word(string(c.User), c.Caller.Number, string(c.Payer), string(c.Via), string(c.Origin), string(c.Back), string(c.Report), string(c.Serves),
		string(c.Joins), string(c.Into), c.Key, c.Exit.String())
	s.flag(c.Moved)
	s.num(c.Priority, int(c.Turn))
	s.id(c.Turned, c.As)
	if len(s.script) > 1 && c.Phase != InGroup && (c.Moved || s.asks > 0) { // it may come back to a line, into its place
		s.num(int(c.Waited.Milliseconds()))
	}
}

// dues are the deadlines that a group sets a caller in its line.
func (s *scribe) dues(g Group, entered, busyFrom time.Time) {
	switch {
	case g.IfMissed.Kind != ToHold:
		s.until(busyFrom.Add(g.BusyWait))
	case g.MaxWait > 0:
		s.until(entered.Add(g.MaxWait))
		s.until(entered.Add(g.MaxWait + lastChance))
	}
}

// seen is the call as the oracle knows it.
func (s *scribe) seen(c *seenCall) {
	s.flag(c != nil)
	if c == nil {
		return
	}
	s.word(string(c.group), string(s.o.fold.inVisit[c.id]))
	s.flag(c.line, c.over, c.connected, c.final, c.entered.After(s.o.reloadedAt), c.keeps, c.box, c.open, c.spoken, c.abandoned, c.went, c.music)
	s.word(string(c.user), string(c.origin), string(c.joining), c.exit, string(c.serves))
	s.num(c.priority, c.turn)
	s.id(c.turned, c.picks)
	if m := c.moved; m != nil {
		s.word(string(m.by), string(m.asked))
		s.num(m.code)
		s.flag(m.reached, m.returned, m.kept, m.done)
	}
	if j, ok := s.o.joins[c.id]; ok {
		s.word(string(j.Gone), string(j.By), string(j.From))
		s.id(j.As)
	}
	if g := s.o.groups[c.group]; g != nil && c.line {
		s.dues(*g, c.entered, c.busyFrom)
		rank := 0
		for _, d := range s.o.calls {
			rank += cmp.Compare(c.since.UnixNano(), d.since.UnixNano())
		}
		s.num(rank)
	}
	for _, id := range s.agents {
		s.flag(c.tried[id])
	}
	s.until(c.clock)
	s.until(c.retry)
	for _, id := range s.ids {
		if a := c.live[id]; a != nil {
			s.flag(true)
			s.word(string(a.agent), string(a.stopped), string(a.group), string(a.from))
			s.flag(a.met)
			s.until(a.until)
		} else {
			s.flag(false)
		}
	}
	if c.talk != nil {
		s.id(c.talk.id)
		s.word(string(c.talk.group))
		s.flag(c.talk.met)
	}
}

// TestKeyKnowsEveryField reminds whoever gives the engine something to remember: the exploration must not take two boards
// for one that differ in it. Fields that decide nothing (texts of events, what is only measured) are left out on purpose.
func TestKeyKnowsEveryField(t *testing.T) {
	for of, fields := range map[reflect.Type]int{
		reflect.TypeFor[Engine]():  16,
		reflect.TypeFor[Call]():    49,
		reflect.TypeFor[Pass]():    5,
		reflect.TypeFor[Attempt](): 11,
		reflect.TypeFor[Agent]():   15,
		reflect.TypeFor[group]():   6,
		reflect.TypeFor[member]():  3,
	} {
		if of.NumField() != fields {
			t.Errorf("%v has %d fields, the key was written for %d: put what decides anything into it, then count anew", of, of.NumField(), fields)
		}
	}
}
