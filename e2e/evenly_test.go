package e2e

import (
	"testing"
	"time"
)

const salesEvenly = `
  - {name: sales, title: Sales, extension: "600", agents: ["101", "102", "103"], distribution: evenly, rings: 1}`

// ringTime is rings: 1.
const ringTime = 5 * time.Second

// All are free and nobody was ever rung: the first call goes to Alice, who ignores it, and after the ring time to Bob. The
// next call goes to Carol: an attempt that was not answered counts as a call given.
func TestVector01_EvenlyAnIgnoredCallGoesOnAndCounts(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: salesEvenly})
	alice, bob, carol := x.phone("101", ignores), x.phone("102", answers(0)), x.phone("103", answers(0))

	one := x.calls("+15551000", 7*time.Second)
	missed := alice.rung(1)
	took(t, "the first ring", missed.at.Sub(one.arrived()), 0, prompt)
	took(t, "Alice's ring time", alice.cancelled(1).cancelled.Sub(missed.at), ringTime, prompt)
	same(t, "Reason in Alice's CANCEL", alice.rings()[0].reason, "")
	took(t, "Bob's turn after Alice's CANCEL", bob.connected(1).at.Sub(alice.rings()[0].cancelled), 0, prompt)
	carol.never(0)

	two := x.calls("+15551000", time.Second)
	carol.connected(1)
	two.over()
	one.over()
	alice.never(1)
	bob.never(1)

	r := x.record(2, x.numberOf(1))
	same(t, "attempts of the first call", r.outcomes(), "101 no_answer, 102 answered")
	same(t, "disposition", r.Disposition, "answered")
	same(t, "answered by", r.AnsweredBy, "102")
	same(t, "attempts of the second call", x.record(2, x.numberOf(2)).outcomes(), "103 answered")
	x.missing(0)
}

// Two calls in the same instant ring two different agents, and none of them twice.
func TestVector03_EvenlyTwoCallsAtOnceRingTwoAgents(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: salesEvenly})
	phones := []*phone{x.phone("101", answers(0)), x.phone("102", answers(0)), x.phone("103", answers(0))}

	// One SIPp process, both INVITEs in one tick.
	both := x.calls("+15551000", 2*time.Second, "-m", "2", "-l", "2", "-r", "1000")
	both.over()
	rung := 0
	for _, p := range phones {
		p.never(1)
		rung += len(p.rings())
	}
	same(t, "phones rung", rung, 2)
	same(t, "Carol's turns, who is third", len(phones[2].rings()), 0)
	x.missing(0)
}
