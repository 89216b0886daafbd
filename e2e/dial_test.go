package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// carrier is the trunk's side: it takes the calls that leave.
func (x *exchange) carrier(plan ...string) *phone {
	x.t.Helper()
	return x.carrierWith(nil, plan...)
}

// carrierWith is carrier with an ear for what the called hear.
func (x *exchange) carrierWith(e *ear, plan ...string) *phone {
	x.t.Helper()
	for len(plan) < 10 {
		plan = append(plan, plan[len(plan)-1])
	}
	as := peer{name: "carrier", ip: x.trunk, port: 5080, ear: e}
	return &phone{x.sipp(as, "rings", "-set", "plan", strings.Join(plan, " ")+" "), x, "carrier"}
}

// A user calls another: the phone shows who calls, the ringing and the answer come back, and either may hang up.
func TestAUserCallsAUser(t *testing.T) {
	t.Parallel()
	x := start(t, plan{})
	bob := x.phone("102", answersFor(700*time.Millisecond, 1200*time.Millisecond), answers(0))
	c := x.dials("101", "102", untilReleased)
	rung := bob.rung(1)
	if !strings.Contains(rung.shows, "sip:101@") || !strings.Contains(rung.shows, "Alice") {
		t.Errorf("Bob's phone shows %s, want Alice, 101", rung.shows)
	}
	ringing := c.sees("180", came(180, "INVITE"))
	answered := c.answered()
	if !ringing.at.Before(answered.at) || answered.at.Before(bob.connected(1).answered) {
		t.Errorf("180 at %v, 200 at %v, Bob answered at %v", ringing.at, answered.at, bob.rings()[0].answered)
	}
	c.over()
	x.dials("101", "102", time.Second).over()
	if !bob.ended(2).byUs {
		t.Error("Alice hung up the second call, but Bob's leg was not ended by the program")
	}
	same(t, "an extension that is nobody's", x.dials("102", "199", time.Second).refused().code, 404)
}

// A user calls a group: ringing until an agent answers, and not before is the call answered.
func TestAUserCallsAGroup(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: salesEvenly})
	alice := x.phone("101", answers(1200*time.Millisecond))
	c := x.dials("103", "600", 3*time.Second)
	c.sees("180", came(180, "INVITE"))
	took(t, "the answer after Alice's", c.answered().at.Sub(alice.connected(1).answered), 0, prompt)
	if shows := alice.rings()[0].shows; !strings.Contains(shows, "Sales") || !strings.Contains(shows, "103") {
		t.Errorf("Alice's phone shows %s, want the group and 103", shows)
	}
	c.over()
	if !alice.ended(1).byUs {
		t.Error("Alice's leg was not ended by the program")
	}
}

// An agent who makes a call of her own is not rung for the group.
func TestAnAgentWhoCallsIsNotRung(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: twoInOrder})
	alice, bob := x.phone("101", ignores), x.phone("102", answersFor(0, 1100*time.Millisecond))
	x.phone("103", answers(0))
	own := x.dials("101", "103", untilReleased)
	own.answered()
	c := x.calls("+15551000", untilReleased)
	took(t, "Bob's ring", bob.rung(1).at.Sub(c.arrived()), 0, prompt)
	c.over()
	own.hangsUp()
	own.over()
	alice.never(0)
}

// Outside numbers leave over the trunk, for who may call outside; for others they are forbidden.
func TestOnlyTheAllowedCallOutside(t *testing.T) {
	t.Parallel()
	x := start(t, plan{})
	carrier := x.carrier(answersFor(300*time.Millisecond, 1200*time.Millisecond))
	c := x.dials("101", "+15550199", untilReleased)
	same(t, "the number dialled at the carrier", carrier.rung(1).to, "+15550199")
	carrier.ended(1)
	c.over()
	same(t, "Bob's call outside", x.dials("102", "+15550199", time.Second).refused().code, 403)
	carrier.never(1)
	if m, ok := first(carrier.trace.all(), asked("INVITE")); ok && strings.Contains(m.text, "101@ringtide.local") {
		t.Errorf("the carrier is told an internal address:\n%s", m.text)
	}
}

// The carrier's address is dead: the caller is told so soon, and does not listen to nothing for half a minute.
func TestADeadCarrierIsNoLongWait(t *testing.T) {
	t.Parallel()
	x := start(t, plan{})
	began := time.Now()
	c := x.dials("101", "+15550199", time.Second)
	no := c.refused()
	took(t, "the refusal", no.at.Sub(began), 0, 7*time.Second)
	if no.code < 400 {
		t.Errorf("refused with %d", no.code)
	}
	c.over()
}

// A number may lead to an outside number: what came in over the trunk leaves by it, for the configuration says so.
func TestANumberForwardedOutside(t *testing.T) {
	t.Parallel()
	x := start(t, plan{numbers: `
  - {number: "+15551000", to: "number:+15550142"}`})
	carrier := x.carrier(answersFor(300*time.Millisecond, 1200*time.Millisecond))
	c := x.calls("+15551000", untilReleased)
	same(t, "the number dialled at the carrier", carrier.rung(1).to, "+15550142")
	c.over()
	carrier.ended(1)
}

// The codes that an agent dials change whom a group rings.
func TestCodesOfAgents(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: `
  - {name: sales, agents: ["101", "102"], distribution: in_order, rings: 1, wrap_up: 30s}`})
	alice, bob := x.phone("101", answersFor(0, 1100*time.Millisecond)), x.phone("102", answersFor(0, 1100*time.Millisecond))
	for i, step := range []struct {
		user, code string
		rings      *phone
	}{
		{"101", "*13", bob},   // Alice pauses
		{"101", "*14", alice}, // resumes; Bob wraps up
		{"101", "*15", alice}, // ends her wrap-up early
		{"102", "*15", bob},   // Bob ends his; Alice wraps up
		{"101", "*15", alice},
		{"101", "*12", nil}, // logs out; Bob ends his wrap-up, next
		{"102", "*15", bob},
		{"101", "*11", nil}, // logs in again: still wrapping up
		{"101", "*15", alice},
	} {
		x.dials(step.user, step.code, untilReleased).over()
		if step.rings == nil {
			continue
		}
		before := len(step.rings.rings())
		c := x.calls("+15551000", untilReleased)
		r := step.rings.ended(before + 1)
		took(t, fmt.Sprintf("step %d: the ring of %s after %s %s", i, step.rings.user, step.user, step.code), r.at.Sub(c.arrived()), 0, prompt)
		c.over()
	}
}
