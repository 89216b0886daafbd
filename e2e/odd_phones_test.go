package e2e

import (
	"testing"
	"time"
)

const twoInOrder = `
  - {name: sales, agents: ["101", "102"], distribution: in_order, rings: 1}`

// Alice's phone answers and ends the call 0.3 s later without one packet of audio: that was no answer. The caller keeps
// the place and rings at Bob's at once.
func TestVector21_AnAnswerWithoutAudioIsNoAnswer(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: twoInOrder})
	alice, bob := x.phone("101", answersFor(0, 300*time.Millisecond)), x.phone("102", answersFor(0, 1500*time.Millisecond))
	c := x.calls("+15551000", untilReleased)
	dropped := alice.ended(1)
	if dropped.byUs {
		t.Error("the program ended Alice's leg")
	}
	took(t, "Bob's ring after Alice's BYE", bob.rung(1).at.Sub(dropped.ended), 0, prompt)
	c.over()
	alice.never(1)
	r := x.record(1, x.numberOf(1))
	same(t, "answered by", r.AnsweredBy, "102")
	same(t, "attempts", r.outcomes(), "101 no_answer, 102 answered")
	x.missing(0)
}

// Alice's phone does not answer the INVITE at all: Bob rings after 4 s, not after 32. The next call does not wait for her
// again. When the phone speaks again, it is rung again.
func TestVector22_ADeadPhoneCostsFourSecondsOnce(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: twoInOrder})
	alice, bob := x.phone("101", answers(0)), x.phone("102", answersFor(0, time.Second))
	alice.stop() // its socket is there, and nobody reads it

	one := x.calls("+15551000", untilReleased)
	took(t, "Bob's ring", bob.rung(1).at.Sub(one.arrived()), 4*time.Second, prompt)
	one.over()
	two := x.calls("+15551000", untilReleased)
	took(t, "Bob's ring for the next call", bob.rung(2).at.Sub(two.arrived()), 0, prompt)
	two.over()
	same(t, "attempts of the first call", x.record(2, x.numberOf(1)).outcomes(), "101 unreachable, 102 answered")
	same(t, "attempts of the next call", x.record(2, x.numberOf(2)).outcomes(), "102 answered")

	alice.resume() // and answers the OPTIONS that asks every 5 s
	alice.sees("OPTIONS that it answers", func(m message) bool { return m.sent && m.code == 200 && m.cseq() == "OPTIONS" })
	dead := len(alice.rings())
	three := x.calls("+15551000", 2*time.Second)
	alice.connected(dead + 1)
	three.over()
	bob.never(2)
}
