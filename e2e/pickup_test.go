package e2e

import (
	"testing"
	"time"
)

// Two groups: calls of sales may be picked up, those of support may not. Alice and Bob have phones; Carol takes calls by
// the code, from a phone that is not registered.
func intercepting() plan {
	return plan{
		users: people + `
  - {extension: "104", name: Dave, password: secret-of-104}
  - {extension: "105", name: Erin, password: secret-of-105}`,
		numbers: direct + `
  - {number: "+15553000", to: group:support}`,
		groups: `
  - {name: sales, extension: "600", agents: ["101", "102", "103"], distribution: evenly, rings: 6, intercept: true}
  - {name: support, extension: "601", agents: ["104", "105"], distribution: evenly, rings: 6}`,
	}
}

// Two calls ring: *8 takes the older one, *8 with an extension the call that rings there, wherever it came from. Caller and
// taker hear each other; the phone that rang is told that somebody else has answered; nobody has missed a call.
func TestVector15_PickUp(t *testing.T) {
	t.Parallel()
	x := start(t, intercepting())
	alice, bob := x.phone("101", ignores), x.phone("102", ignores)
	same(t, "*8 when nothing rings", x.dials("103", "*8", time.Second).refused().code, 404)

	one := x.outsider("+15551000", 440)
	alice.rung(1)
	two := x.outsider("+15551000", 660)
	bob.rung(1)
	takes := x.insider("103", "*8", 880)
	takes.speaks()
	one.ear.hearsTone(880)
	takes.ear.hearsTone(440)
	if why := alice.cancelled(1).reason; !completedElsewhere(why) {
		t.Errorf("Alice's phone is told %q, want completed elsewhere", why)
	}
	takes.hangsUp()
	takes.over()
	one.over()

	same(t, "*8101, where nothing rings", x.dials("103", "*8101", time.Second).refused().code, 404)
	takes = x.insider("103", "*8102", 880)
	takes.speaks()
	two.ear.hearsTone(880)
	takes.ear.hearsTone(660)
	if why := bob.cancelled(1).reason; !completedElsewhere(why) {
		t.Errorf("Bob's phone is told %q, want completed elsewhere", why)
	}
	two.hangsUp()
	two.over()
	takes.over()
	alice.never(1)
	bob.never(1)

	desk := x.outsider("+15552101", 440) // rings at Alice's, no group has sent it
	alice.rung(2)
	takes = x.insider("103", "*8101", 880)
	takes.speaks()
	desk.ear.hearsTone(880)
	desk.hangsUp()
	desk.over()
	takes.over()
	x.missing(0)
	for _, c := range []*somebody{one, two, desk} {
		number := x.numberOf(c.port - 5100)
		same(t, "who took the call from "+number, x.answeredBy(number), "103")
	}
}

// answeredBy waits until somebody has answered the call from a number, by the records.
func (x *exchange) answeredBy(caller string) (who string) {
	x.t.Helper()
	await(x.t, "the record of the call from "+caller, patience, func() bool {
		for _, r := range records[record](x, "calls") {
			if r.Caller == caller {
				who = r.AnsweredBy
			}
		}
		return who != ""
	})
	return who
}

// Who is no agent of the group takes nothing from it, and where picking up is off nobody does. The caller notices nothing.
func TestVector15_PickUpRefused(t *testing.T) {
	t.Parallel()
	x := start(t, intercepting())
	alice, dave := x.phone("101", ignores), x.phone("104", answers(3*time.Second))
	one := x.outsider("+15551000", 440)
	alice.rung(1)
	for _, code := range []string{"*8", "*8101", "*8600"} {
		same(t, code+" of one who is no agent", x.dials("105", code, time.Second).refused().code, 403)
	}
	two := x.outsider("+15553000", 660)
	dave.rung(1)
	for _, code := range []string{"*8", "*8104", "*8601"} {
		same(t, code+" where it is off", x.dials("105", code, time.Second).refused().code, 403)
	}
	one.ear.awaitMusic()
	if r := alice.rung(1); !r.cancelled.IsZero() {
		t.Error("Alice's phone was stopped")
	}
	dave.connected(1)
	two.leaves(dave, 1)
	one.hangsUp()
	one.over()
	alice.cancelled(1)
}

// Two dial *8 for the one call that rings: exactly one gets it.
func TestTwoPickUpOneCall(t *testing.T) {
	t.Parallel()
	x := start(t, intercepting())
	alice := x.phone("101", ignores)
	c := x.outsider("+15551000", 440)
	alice.rung(1)
	both := []*somebody{x.insider("102", "*8", 660), x.insider("103", "*8", 880)}
	var got, lost []int
	await(t, "both to be answered", patience, func() bool {
		got, lost = nil, nil
		for i, s := range both {
			switch x.saidTo(s.caller) {
			case 200:
				got = append(got, i)
			case 404:
				lost = append(lost, i)
			}
		}
		return len(got)+len(lost) == 2
	})
	if len(got) != 1 {
		t.Fatalf("%d got the call, want one", len(got))
	}
	winner := both[got[0]]
	winner.speaks()
	c.ear.hearsTone(winner.hertz)
	winner.ear.hearsTone(440)
	c.hangsUp()
	c.over()
	winner.over()
	x.missing(0)
}
