package queue

import (
	"fmt"
	"testing"
	"time"
)

// BenchmarkStep measures one step while callers come and go. The exchange is one loop: a slow step would stall every call.
func BenchmarkStep(b *testing.B) {
	b.Run("300 calls 100 agents 20 groups", func(b *testing.B) { benchmarkStep(b, 300, 100, 20, Evenly) })
	b.Run("10000 calls 2000 agents 20 groups", func(b *testing.B) { benchmarkStep(b, 10_000, 2000, 20, Evenly) })
	b.Run("10000 calls 2000 agents 1 group", func(b *testing.B) { benchmarkStep(b, 10_000, 2000, 1, Evenly) })
	b.Run("10000 calls 2000 agents 20 groups in order", func(b *testing.B) { benchmarkStep(b, 10_000, 2000, 20, InOrder) })
}

// office answers for phones and callers, at once.
type office struct {
	e     *Engine
	now   time.Time
	next  []Fact
	calls int
	talks []Connected
}

func (o *office) step(f Fact) {
	o.now = o.now.Add(10 * time.Millisecond)
	for _, order := range o.e.Step(o.now, f) {
		switch order := order.(type) {
		case Ring:
			o.next = append(o.next, AgentLegs{order.Agent, 1}, AttemptRinging{order.Call, order.Attempt}, AttemptAnswered{order.Call, order.Attempt})
		case Connect:
			o.next = append(o.next, Connected{order.Call, order.Attempt})
			o.talks = append(o.talks, Connected{order.Call, order.Attempt})
		}
	}
}

func (o *office) arrive() {
	o.calls++
	o.step(CallArrived{Call: CallID(fmt.Sprint("c", o.calls)), Trunk: "carrier", Dialled: fmt.Sprintf("+1555%04d", o.calls%20)})
}

// advance plays one fact: what is pending, else the end of the oldest conversation and a new caller.
func (o *office) advance() {
	if len(o.next) > 0 {
		f := o.next[0]
		o.next = o.next[1:]
		o.step(f)
		return
	}
	t := o.talks[0]
	o.talks = o.talks[1:]
	agent := o.e.calls[t.Call].Talk.Agent
	o.step(TalkEnded{Call: t.Call, Attempt: t.Attempt, By: ByTarget})
	o.next = append(o.next, AgentLegs{agent, 0}, CallEnded{Call: t.Call})
	o.calls++
	o.next = append(o.next, CallArrived{Call: CallID(fmt.Sprint("c", o.calls)), Trunk: "carrier", Dialled: fmt.Sprintf("+1555%04d", o.calls%20)})
}

func benchmarkStep(b *testing.B, calls, agents, groups int, d Distribution) {
	rules := Rules{Trunks: []Trunk{{Name: "carrier", Country: "1"}}}
	for i := range agents {
		rules.Users = append(rules.Users, User{Extension: AgentID(fmt.Sprintf("u%04d", i))})
	}
	for i := range groups {
		g := Group{Name: GroupID(fmt.Sprintf("g%02d", i)), Title: "Group", Distribution: d, Ring: 20 * time.Second,
			IfMissed: Destination{Kind: ToHold}, NobodyAfter: time.Minute, MaxWait: time.Hour}
		for j := range agents {
			if j%groups == i || j%groups == (i+1)%groups { // each agent is in two groups
				g.Agents = append(g.Agents, rules.Users[j].Extension)
			}
		}
		rules.Groups = append(rules.Groups, g)
	}
	for i := range 20 {
		rules.Numbers = append(rules.Numbers, Number{Pattern: fmt.Sprintf("+1555%04d", i), AtOnce: true,
			To: Destination{ToGroup, string(rules.Groups[i%groups].Name)}})
	}
	o := &office{e: New(rules, 1), now: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)}
	for _, u := range rules.Users {
		o.step(DevicesReachable{User: u.Extension, N: 1})
	}
	for range calls + agents { // all agents talk, the rest waits
		o.arrive()
		for len(o.next) > 0 {
			o.advance()
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		o.advance()
	}
}
