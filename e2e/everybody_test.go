package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

const salesEverybody = `
  - {name: sales, title: Sales, agents: ["101", "102", "103"], distribution: everybody, rings: 1}`

// Bob is talking: Alice and Carol ring at once. Carol answers, so Alice's phone is told that the call was completed
// elsewhere and shows no missed call. It is one call on record, and nothing was missed.
func TestVector06_EverybodyRingsTheFreeAndTellsTheOthers(t *testing.T) {
	t.Parallel()
	x := start(t, plan{numbers: direct, groups: salesEverybody})
	alice, bob, carol := x.phone("101", ignores), x.phone("102", answers(0)), x.phone("103", answers(time.Second))
	talk := x.calls("+15552102", untilReleased)
	bob.connected(1)

	c := x.calls("+15551000", 3*time.Second)
	took(t, "Alice's ring", alice.rung(1).at.Sub(c.arrived()), 0, prompt)
	took(t, "Carol's ring", carol.rung(1).at.Sub(c.arrived()), 0, prompt)
	answered := carol.connected(1).answered
	stopped := alice.cancelled(1)
	took(t, "Alice's CANCEL after Carol's answer", stopped.cancelled.Sub(answered), 0, prompt)
	if !completedElsewhere(stopped.reason) {
		t.Errorf("Reason in Alice's CANCEL: %q, want completed elsewhere", stopped.reason)
	}
	c.over()
	talk.hangsUp()
	talk.over()
	bob.never(1)
	r := x.record(2, x.numberOf(2))
	same(t, "answered by", r.AnsweredBy, "103")
	same(t, "attempts", r.atOnce(), "101 withdrawn, 103 answered")
	x.missing(0)
}

// Two phones answer within 50 ms: Bob picks up in the instant in which his phone is told that Alice has. Alice gets the
// caller; Bob's answer is confirmed and ended at once. The caller hears sound without a gap, from the music to Alice.
func TestVector07_EverybodyTwoAnswersOneWins(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: salesEverybody})
	there := x.listen(x.address("101"))
	alice := x.turnOn("101", peer{name: "101", ip: x.address("101"), port: 5060, ear: there}, answers(500*time.Millisecond))
	alice.registered()
	bob := x.phone("102", grabs)
	sound := x.listen(x.trunk)
	c := x.callsWith(sound, "+15551000", 4*time.Second)
	alice.rung(1)
	to, _ := alice.sees("INVITE", asked("INVITE")).audio()
	there.speak(to, 880)
	sound.awaitTone(880)
	c.over()

	won, lost := alice.ended(1), bob.ended(1)
	if lost.answered.Sub(won.answered) > prompt || lost.confirmed.IsZero() || !lost.byUs || lost.ended.Before(lost.confirmed) {
		t.Errorf("Bob's answer %v after Alice's, then ACK %v, BYE %v", lost.answered.Sub(won.answered), lost.confirmed, lost.ended)
	}
	if !completedElsewhere(lost.reason) {
		t.Errorf("Bob is told %q, want completed elsewhere", lost.reason)
	}
	took(t, "the end of Bob's answer", lost.ended.Sub(lost.answered), 0, prompt)
	took(t, "Alice's talk", won.ended.Sub(won.answered), 3*time.Second, 1500*time.Millisecond)
	sound.unbroken(won.answered.Add(-time.Second))
	same(t, "answered by", x.record(1, x.numberOf(1)).AnsweredBy, "101")
	x.missing(0)
}

// Fifty phones are in the group: all ring, one answers, and forty-nine are told that it did.
func TestVector17_EverybodyWithFiftyPhones(t *testing.T) {
	t.Parallel()
	const n = 50
	x := start(t, plan{
		users:  crowd(n),
		limits: "source_per_second: 0", // fifty strangers come from one address
		groups: fmt.Sprintf("\n  - {name: sales, agents: [%s], distribution: everybody, rings: 2}", strings.Join(extensions(n), ", ")),
	})
	all := x.crowd(n, answers(1500*time.Millisecond), ignores)
	c := x.calls("+15551000", 4*time.Second)
	await(t, "all phones to ring", patience, func() bool { return len(all.rings()) == n })
	took(t, "the last ring", all.rings()[n-1].at.Sub(c.arrived()), 0, 1400*time.Millisecond)
	await(t, "all others to stop", patience, func() bool {
		stopped := 0
		for _, r := range all.rings() {
			if completedElsewhere(r.reason) && !r.cancelled.IsZero() {
				stopped++
			}
		}
		return stopped == n-1
	})
	c.over()
	rang := map[string]bool{}
	for _, r := range all.rings() {
		rang[r.to] = true
	}
	same(t, "different phones rung", len(rang), n)
	r := x.record(1, x.numberOf(1))
	same(t, "attempts on record", len(r.Visits[0].Attempts), n)
	same(t, "withdrawn", strings.Count(r.outcomes(), "withdrawn"), n-1)
	x.missing(0)
}

// All phones ring for call 1 when call 2 comes: it hears music and takes nobody away. Alice takes call 1; Bob and Carol
// ring for call 2 at once. Nobody answers it: not before its own ring time is over does it go to voicemail.
func TestVector23_EverybodySecondCallWaitsForTheFirstToBeTaken(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: salesEverybody})
	alice := x.phone("101", answers(2500*time.Millisecond))
	bob, carol := x.phone("102", ignores), x.phone("103", ignores)
	one := x.calls("+15551000", 12*time.Second)
	alice.rung(1)
	bob.rung(1)
	carol.rung(1)
	sound := x.listen(x.trunk)
	two := x.callsWith(sound, "+15551000", untilReleased)
	sound.awaitLoud()
	bob.never(1)
	carol.never(1)

	taken := alice.connected(1).answered
	for _, p := range []*phone{bob, carol} {
		if why := p.cancelled(1).reason; !completedElsewhere(why) {
			t.Errorf("phone %s, call 1: %q, want completed elsewhere", p.user, why)
		}
		took(t, p.user+"'s ring for call 2", p.rung(2).at.Sub(taken), 0, prompt)
		took(t, p.user+"'s ring time for call 2", p.cancelled(2).cancelled.Sub(p.rung(2).at), ringTime, prompt)
	}
	alice.never(1)
	two.hangsUp()
	two.over()
	one.over()
	m := x.missing(1)[0]
	same(t, "missed caller", m.Caller, x.numberOf(2))
	same(t, "attempts", m.atOnce(), "102 no_answer, 103 no_answer")
	same(t, "where it went", m.Visits[0].Next, "voicemail:sales")
}
