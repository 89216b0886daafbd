package e2e

import (
	"strings"
	"testing"
	"time"
)

const byAgent = `
  - {number: "+15551000", to: group:sales, answer: by_agent}`

// The caller hangs up while a phone rings: the phone stops, and shows a missed call, for nobody else answered.
func TestCallerCancelsWhileAPhoneRings(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: twoInOrder, numbers: byAgent})
	alice := x.phone("101", ignores)
	c := x.calls("+15551000", untilReleased)
	alice.rung(1)
	c.hangsUp()
	same(t, "the caller's INVITE", c.refused().code, 487)
	c.over()
	same(t, "Reason in Alice's CANCEL", alice.cancelled(1).reason, "")
	m := x.missing(1)[0]
	same(t, "reason", m.Reason, "abandoned")
	same(t, "attempts", m.outcomes(), "101 withdrawn")
}

// The phone is picked up in the instant of the CANCEL: its 200 is confirmed and ended, the caller is gone and has missed.
func TestAnAnswerThatMeetsTheCancel(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: twoInOrder, numbers: byAgent})
	alice := x.phone("101", grabs, answersFor(0, 1100*time.Millisecond))
	c := x.calls("+15551000", untilReleased)
	alice.rung(1)
	c.hangsUp()
	same(t, "the caller's INVITE", c.refused().code, 487)
	r := alice.ended(1)
	if r.confirmed.IsZero() || !r.byUs || r.ended.Before(r.confirmed) {
		t.Errorf("the late answer: ACK %v, BYE %v by the program %v", r.confirmed, r.ended, r.byUs)
	}
	c.over()
	x.missing(1)
	// The agent is free, with no wrap-up and nothing stored against her.
	again := x.calls("+15551000", untilReleased)
	took(t, "Alice's ring for the next call", alice.rung(2).at.Sub(again.arrived()), 0, prompt)
	again.over()
}

// The caller's CANCEL meets our 200 on the way: the answer stands until BYE.
func TestACancelThatCrossesOurAnswer(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: twoInOrder})
	alice := x.phone("101", ignores)
	c := x.callsAs(x.outside(), "caller_crosses", "+15551000", time.Second)
	c.over()
	same(t, "the INVITE", x.saidTo(c), 200)
	if len(alice.rings()) > 0 {
		alice.cancelled(1)
	}
	same(t, "reason", x.missing(1)[0].Reason, "abandoned")
}

// The ACK to our 200 never comes: the call is ended after 32 s, and its agent is free.
func TestAnAckThatNeverComes(t *testing.T) {
	t.Parallel()
	if !*long {
		t.Skip("32 s: with -long")
	}
	x := start(t, plan{})
	alice := x.phone("101", answers(0))
	c := x.callsAs(x.outside(), "caller_no_ack", "+15551000", 0)
	answered := c.answered().at
	await(t, "BYE", 40*time.Second, func() bool { return c.saw(asked("BYE")) })
	took(t, "the end without ACK", c.released().at.Sub(answered), 32*time.Second, prompt)
	c.over()
	alice.ended(1)
}

// One INVITE brings two answers, of two phones behind a proxy: each is confirmed, the second is ended, the first talks.
func TestTwoAnswersToOneInvite(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: twoInOrder})
	alice := x.phone("101", forks)
	c := x.calls("+15551000", 2*time.Second)
	alice.sees("BYE for the twin", func(m message) bool { return asked("BYE")(m) && twin(m) })
	alice.sees("ACK for the twin", func(m message) bool { return asked("ACK")(m) && twin(m) })
	alice.sees("ACK for the first", func(m message) bool { return asked("ACK")(m) && !twin(m) })
	c.over()
	ended := alice.sees("BYE for the first", func(m message) bool { return asked("BYE")(m) && !twin(m) })
	answered, _ := first(alice.trace.all(), func(m message) bool { return m.sent && m.code == 200 && m.cseq() == "INVITE" })
	took(t, "the talk with the first", ended.at.Sub(answered.at), 2*time.Second, prompt)
}

func twin(m message) bool { return strings.HasSuffix(m.header("To"), "-twin") }

// A user has two phones. One is busy: the other goes on ringing. One declines, as a person does: both stop, and the next
// agent rings at once. One is forwarded elsewhere: that is a refusal, and nobody is called there. Both ring and one is
// answered: the other shows nothing missed.
func TestTwoPhonesOfAnAgent(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: twoInOrder})
	cell := x.phone("101", answersFor(time.Second, 1100*time.Millisecond), ignores, answersFor(500*time.Millisecond, 1100*time.Millisecond),
		answersFor(time.Second, 1100*time.Millisecond))
	desk := x.turnOn("101", peer{name: "101 desk", ip: x.net + ".30", port: 5060}, busy, declines, "moved:0:0", ignores)
	desk.registered()
	bob := x.phone("102", answersFor(0, 1100*time.Millisecond))

	x.calls("+15551000", untilReleased).over()
	cell.ended(1)
	bob.never(0)

	c := x.calls("+15551000", untilReleased)
	took(t, "the end of the ring at the other phone", cell.cancelled(2).cancelled.Sub(desk.rung(2).at), 0, prompt)
	took(t, "Bob's ring", bob.rung(1).at.Sub(desk.rings()[1].at), 0, prompt)
	c.over()

	x.calls("+15551000", untilReleased).over()
	desk.rung(3)
	cell.ended(3)

	x.calls("+15551000", untilReleased).over()
	cell.ended(4)
	if why := desk.cancelled(4).reason; !completedElsewhere(why) {
		t.Errorf("the desk is told %q, want completed elsewhere", why)
	}
	bob.never(1)
}

// A caller puts the call on hold and takes it back: the phone that holds is sent nothing meanwhile, and then both hear each
// other again.
func TestHoldAndResume(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: twoInOrder})
	there, here := x.listen(x.address("101")), x.listen(x.trunk)
	alice := x.turnOn("101", peer{name: "101", ip: x.address("101"), port: 5060, ear: there}, answers(0))
	alice.registered()
	p := x.outside()
	p.ear = here
	c := x.callsAs(p, "caller_holds", "+15551000", 1500*time.Millisecond)
	toCaller, _ := c.answered().audio()
	toAgent, _ := alice.sees("INVITE", asked("INVITE")).audio()
	quiet := here.speak(toCaller, 440)
	there.speak(toAgent, 880)
	there.awaitTone(440)
	held := c.sees("the hold answered", func(m message) bool { return came(200, "INVITE")(m) && m.header("CSeq") == "2 INVITE" }).at
	quiet()
	back := c.sees("the resume answered", func(m message) bool { return came(200, "INVITE")(m) && m.header("CSeq") == "3 INVITE" }).at
	here.speak(toCaller, 440)
	there.awaitTone(440)
	here.awaitTone(880)
	c.over()
	alice.ended(1)
	if n := len(here.between(held.Add(300*time.Millisecond), back.Add(-100*time.Millisecond))); n > 0 {
		t.Errorf("the caller who holds was sent %d samples", n)
	}
}

// A caller without an offer gets ours in the 200 and answers it in the ACK; then both hear each other.
func TestALateOffer(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: twoInOrder})
	there := x.listen(x.address("101"))
	alice := x.turnOn("101", peer{name: "101", ip: x.address("101"), port: 5060, ear: there}, answers(300*time.Millisecond))
	alice.registered()
	here := x.listen(x.trunk)
	p := x.outside()
	p.ear = here
	c := x.callsAs(p, "caller_late", "+15551000", untilReleased)
	to, ok := c.answered().audio()
	if !ok {
		t.Fatalf("no offer in the 200:\n%s", c.answered().text)
	}
	here.speak(to, 440)
	there.awaitTone(440)
	offer := alice.sees("INVITE", asked("INVITE"))
	to, _ = offer.audio()
	there.speak(to, 880)
	here.awaitTone(880)
	x.cut = true
}
