package queue

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestAnyFacts tells the engine any facts in any order, laws or not. It must take them all, leave no available agent and
// servable caller together, and go on from its image as if nothing had been.
func TestAnyFacts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rules := officeRules().Rules
		e, now := New(rules, 1), time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
		for range rapid.IntRange(1, 120).Draw(t, "facts") {
			now = now.Add(time.Duration(rapid.IntRange(0, 20_000).Draw(t, "ms")) * time.Millisecond)
			f := anyFact(rules).Draw(t, "fact")
			twin := Load(e.Image())
			orders := fmt.Sprint(e.Step(now, f))
			if got := fmt.Sprint(twin.Step(now, f)); got != orders {
				t.Fatalf("%v: orders %s, from the image %s", f, orders, got)
			}
			leftTogether(t, e)
			e.Snapshot(now)
			e.Explain(now, "c1", "u01")
			if at, ok := e.Next(); ok && !at.After(now) {
				t.Fatalf("after %v the next step is due at %v, now is %v", f, at, now)
			}
		}
	})
}

func anyFact(rules Rules) *rapid.Generator[Fact] {
	return rapid.Custom(func(t *rapid.T) Fact {
		call := CallID(fmt.Sprint("c", rapid.IntRange(1, 6).Draw(t, "call")))
		attempt := AttemptID(rapid.IntRange(1, 30).Draw(t, "attempt"))
		user := rules.Users[rapid.IntRange(0, len(rules.Users)-1).Draw(t, "user")].Extension
		other := CallID(fmt.Sprint("c", rapid.IntRange(1, 6).Draw(t, "other")))
		side := rapid.SampledFrom([]Side{ByCaller, ByTarget}).Draw(t, "by")
		some := rapid.Bool().Draw(t, "flag")
		dialled := rapid.SampledFrom([]string{"+1555100", "+1555101", "1555102", "+1555103", "+1555104", "+1555105", "600", "u03", "112", "*12", "*8", "*8u03", "*97", "*97600", "+15557777"}).Draw(t, "dialled")
		return rapid.SampledFrom([]Fact{
			CallArrived{Call: call, Trunk: "carrier", Dialled: dialled},
			CallArrived{Call: call, Trunk: "carrier", Dialled: dialled},
			CallArrived{Call: call, User: user, Dialled: dialled},
			CallerLeft{call},
			CallEnded{Call: call},
			CallGivenUp{call, CauseMedia},
			AttemptRinging{call, attempt},
			AttemptAnswered{call, attempt},
			AttemptFailed{call, attempt, rapid.SampledFrom([]Failure{Rejected, Unreachable, Stopped, Gone}).Draw(t, "why"), 486},
			Connected{call, attempt},
			TalkEnded{call, attempt, side, some, some},
			AgentLegs{user, rapid.IntRange(-1, 2).Draw(t, "legs")},
			DevicesReachable{user, rapid.IntRange(0, 1).Draw(t, "devices"), some},
			DevicesReachable{user, 1, false},
			LoggedIn{user}, LoggedOut{user}, Paused{user}, Resumed{user}, WrapUpEnded{user},
			PromptEnded{call, PromptLoggedOut},
			MessageLeft{call, "sales", "m", time.Second},
			RulesChanged{rules},
			TransferAsked{Call: call, By: side, To: dialled},
			TransferAsked{Call: call, By: side, With: other},
			CallsJoined{call, other}, CallsJoined{other, call}, JoinFailed{call, other},
			Digits{call, rapid.SampledFrom([]string{"1", "2", "3", "#"}).Draw(t, "keys")},
			MailboxClosed{call, dialled},
			TimePassed{},
			AgentLegs{"nobody", 1}, LoggedOut{"nobody"}, DevicesReachable{"nobody", 1, false},
		}).Draw(t, "kind")
	})
}

// leftTogether is L1, from inside.
func leftTogether(t *rapid.T, e *Engine) {
	for _, g := range e.sections {
		for _, c := range g.waiting {
			for _, m := range g.members {
				cursor := slices.ContainsFunc(g.members[m.place:], func(b *member) bool { return c.Pass.has(b.agent.ID) })
				if m.agent.available(e.now) && !c.Pass.has(m.agent.ID) && e.servable(c, g) && !(g.Distribution == InOrder && cursor) {
					t.Fatalf("%s is free and may take %s", m.agent.ID, c.ID)
				}
			}
		}
	}
}

// TestEvenlyIsFair: with all agents always available the numbers of attempts differ by one at most, whatever becomes of
// the attempts and however the list is reordered.
func TestEvenlyIsFair(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rules := Rules{Trunks: []Trunk{{Name: "carrier"}}, Numbers: []Number{{Pattern: "*", To: Destination{ToGroup, "g"}}}}
		g := Group{Name: "g", Distribution: Evenly, Ring: time.Second, IfMissed: Destination{Kind: ToHangUp}}
		for i := range rapid.IntRange(1, 9).Draw(t, "agents") {
			rules.Users = append(rules.Users, User{Extension: AgentID(fmt.Sprint(i))})
			g.Agents = append(g.Agents, AgentID(fmt.Sprint(i)))
		}
		rules.Groups = []Group{g}
		w := newWorld(rules, time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC))
		attempts := map[AgentID]int{}
		answers := rapid.SliceOf(rapid.IntRange(0, 2))
		reaction := answers.Draw(t, "reactions")
		w.rung = func(a *actor, l *leg) {
			attempts[l.agent]++
			n := 0
			if len(reaction) > 0 {
				n, reaction = reaction[0], reaction[1:]
			}
			switch n {
			case 0:
				w.answer(a, l)
			case 1:
				w.fail(a, l, Rejected, 486)
			}
		}
		for _, u := range g.Agents {
			w.reach(u, 1, false)
		}
		for i := range rapid.IntRange(1, 60).Draw(t, "calls") {
			a := w.call(CallArrived{Call: CallID(fmt.Sprint(i)), Trunk: "carrier"})
			w.run(w.now.Add(time.Minute))
			w.leave(a)
			w.run(w.now.Add(time.Second))
			if rapid.Bool().Draw(t, "reorder") {
				g.Agents = rapid.Permutation(g.Agents).Draw(t, "list")
				rules.Groups = []Group{g}
				w.step(RulesChanged{rules})
			}
			least, most := attempts[g.Agents[0]], attempts[g.Agents[0]]
			for _, u := range g.Agents {
				least, most = min(least, attempts[u]), max(most, attempts[u])
			}
			if most-least > 1 {
				t.Fatalf("after call %d the attempts are %v", i, attempts)
			}
		}
	})
}

// TestClockIsSorted compares the heap with a sorted list.
func TestClockIsSorted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var k clock
		alarms := make([]*alarm, 12)
		for i := range alarms {
			if i%3 == 0 {
				alarms[i] = &alarm{agent: &Agent{rank: i}}
			} else {
				alarms[i] = &alarm{call: &Call{Arrival: uint64(i)}}
			}
		}
		base := time.Unix(0, 0)
		for range rapid.IntRange(1, 60).Draw(t, "changes") {
			a := alarms[rapid.IntRange(0, len(alarms)-1).Draw(t, "alarm")]
			at := base.Add(time.Duration(rapid.IntRange(1, 5).Draw(t, "at")))
			if rapid.IntRange(0, 4).Draw(t, "clear") == 0 {
				at = time.Time{}
			}
			k.set(a, at)
		}
		var want []*alarm
		for _, a := range alarms {
			if a.pos > 0 {
				want = append(want, a)
			}
		}
		slices.SortFunc(want, func(a, b *alarm) int {
			kind := func(a *alarm) int {
				if a.agent != nil {
					return a.agent.rank - 100
				}
				return int(a.call.Arrival)
			}
			return cmp.Or(a.at.Compare(b.at), cmp.Compare(kind(a), kind(b)))
		})
		for _, a := range want {
			if got, ok := k.due(base.Add(time.Hour)); !ok || got != a {
				t.Fatalf("got %+v, want %+v", got, a)
			}
		}
		if _, ok := k.due(base.Add(time.Hour)); ok {
			t.Fatal("the clock is not empty")
		}
	})
}
