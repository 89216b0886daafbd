package e2e

import (
	"strings"
	"testing"
	"time"
)

// direct has numbers that ring users at their desks, to keep them busy.
const direct = toSales + `
  - {number: "+15552101", to: "user:101"}
  - {number: "+15552102", to: "user:102"}
  - {number: "+15552103", to: "user:103"}`

// Both agents are talking: the caller hears music. Bob hangs up and rings at once; he does not answer for the whole ring
// time: the call is ended and listed as missed, for an endless wait is for those whom nobody could serve.
func TestVector08_EverybodyHoldEndsAfterAWholeRingUnanswered(t *testing.T) {
	t.Parallel()
	x := start(t, plan{numbers: direct, groups: `
  - {name: sales, agents: ["101", "102"], distribution: everybody, rings: 1, if_missed: hold}`})
	alice, bob := x.phone("101", answers(0)), x.phone("102", answersFor(0, 3*time.Second), ignores)
	first := x.calls("+15552101", untilReleased)
	second := x.calls("+15552102", untilReleased)
	alice.connected(1)
	bob.connected(1)

	sound := x.listen(x.trunk)
	waiting := x.callsWith(sound, "+15551000", untilReleased)
	waiting.answered()
	sound.awaitLoud()
	freed := bob.ended(1).ended
	again := bob.rung(2)
	took(t, "Bob's ring after he hung up", again.at.Sub(freed), 0, prompt)
	took(t, "Bob's ring time", bob.cancelled(2).cancelled.Sub(again.at), ringTime, prompt)
	same(t, "Reason in Bob's CANCEL", bob.rings()[1].reason, "")
	took(t, "the end of the caller's wait", waiting.released().at.Sub(bob.rings()[1].cancelled), 0, prompt)
	alice.never(1)

	m := x.missing(1)[0]
	same(t, "missed caller", m.Caller, x.numberOf(3))
	same(t, "attempts", m.outcomes(), "102 no_answer")
	second.over()
	first.hangsUp()
	first.over()
}

// All agents are talking and three callers wait without end: they are served in the order of their arrival.
func TestVector09_EvenlyHoldServesInOrderOfArrival(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: `
  - {name: sales, agents: ["101"], distribution: evenly, rings: 1, if_missed: hold}`})
	alice := x.phone("101", answersFor(0, 4*time.Second), answersFor(0, 1200*time.Millisecond))
	talking := x.calls("+15551000", untilReleased)
	alice.connected(1)
	var waiting []*caller
	for range 3 {
		c := x.calls("+15551000", untilReleased)
		c.answered()
		waiting = append(waiting, c)
	}
	alice.never(1)
	for i, c := range waiting {
		took(t, "the next ring after the talk before", alice.rung(i+2).at.Sub(alice.ended(i+1).ended), 0, prompt)
		c.over()
	}
	talking.over()
	for i, r := range alice.rings() {
		if want := x.numberOf(i + 1); !strings.Contains(r.shows, want) {
			t.Errorf("the %d. call to ring shows %s, want %s", i+1, r.shows, want)
		}
	}
	x.missing(0)
}

// All agents have logged out. The wait would be endless, but nobody is online who could end it: if_nobody applies at once.
func TestVector10_HoldWithAllLoggedOutGoesWhereIfNobodySays(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: `
  - {name: sales, agents: ["101", "102"], distribution: evenly, rings: 1, if_missed: hold, if_nobody: "user:103"}`})
	alice, bob, carol := x.phone("101", ignores), x.phone("102", ignores), x.phone("103", answersFor(0, time.Second))
	x.dials("101", "*12", untilReleased).over()
	x.dials("102", "*12", untilReleased).over()

	c := x.calls("+15551000", untilReleased)
	took(t, "Carol's ring", carol.rung(1).at.Sub(c.arrived()), 0, prompt)
	c.over()
	alice.never(0)
	bob.never(0)
}

// The caller hangs up on hold: abandoned, with the time waited and the place in the line. Who was not rung has nothing
// missed: no attempt, no INVITE.
func TestVector14_HangingUpOnHoldIsAbandonedAndNobodysMiss(t *testing.T) {
	t.Parallel()
	x := start(t, plan{numbers: direct, groups: `
  - {name: sales, agents: ["101", "102"], distribution: evenly, rings: 1, if_missed: hold}`})
	alice := x.phone("101", answers(0))
	bob := x.phone("102", answers(0))
	talks := []*caller{x.calls("+15552101", untilReleased), x.calls("+15552102", untilReleased)}
	alice.connected(1)
	bob.connected(1)

	ahead := x.calls("+15551000", untilReleased)
	ahead.answered()
	leaves := x.calls("+15551000", 3*time.Second)
	leaves.over()
	m := x.missing(1)[0]
	same(t, "missed caller", m.Caller, x.numberOf(4))
	same(t, "reason", m.Reason, "abandoned")
	same(t, "place in the line", m.Position, 2)
	same(t, "attempts", m.outcomes(), "")
	took(t, "the wait on record", m.Waited.duration(), 3*time.Second, prompt)
	for _, c := range append([]*caller{ahead}, talks...) {
		c.hangsUp()
		c.over()
	}
	alice.never(1)
	bob.never(1)
}
