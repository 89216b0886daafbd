package e2e

import (
	"strings"
	"testing"
	"time"
)

// Alice sends her caller to Bob. The caller hears music until he answers; his phone shows the caller, and who sends him.
// Alice's phone is told that it worked and hangs up.
func TestBlindTransferToAUser(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: toAlice})
	bob := x.desk("102", 660, answers(1500*time.Millisecond))
	c, alice := x.talking()
	same(t, "the REFER", alice.refers(1, at("102")).code, 202)
	c.ear.awaitMusic(880, 660)
	rung := bob.sees("INVITE", asked("INVITE"))
	if from := rung.header("From"); !strings.Contains(from, x.numberOf(1)) || strings.Contains(from, "101") {
		t.Errorf("Bob's phone shows %s, want %s", from, x.numberOf(1))
	}
	if by := rung.header("Referred-By"); !strings.Contains(by, "sip:101@") {
		t.Errorf("Referred-By %q, want Alice", by)
	}
	bob.connected(1)
	bob.speaks(1)
	same(t, "the report", alice.reported(1), 200)
	alice.hangsUp(1)
	alice.ended(1)
	c.ear.hearsTone(660)
	bob.ear.hearsTone(440)
	c.leaves(bob.phone, 1)
	alice.never(1)
	same(t, "attempts", x.record(1, x.numberOf(1)).outcomes(), "101 answered, 102 answered")
	x.missing(0)
}

// Alice sends her caller to a group. That is done as soon as the caller waits there: her phone is told at once, and is free
// for the next call of her own group. A phone that does not hang up is hung up.
func TestBlindTransferToAGroup(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: toAlice + `
  - {name: support, title: Help, extension: "601", agents: ["103"], distribution: evenly, rings: 4, if_missed: hold}`})
	carol := x.desk("103", 660, answers(2*time.Second))
	c, alice := x.talking()
	accepted := alice.refers(1, at("601"))
	same(t, "the REFER", accepted.code, 202)
	same(t, "the report", alice.reported(1), 200)
	c.ear.awaitMusic(880, 660)
	carol.connected(1)
	carol.speaks(1)
	c.ear.hearsTone(660)
	carol.ear.hearsTone(440)
	if r := alice.ended(1); !r.byUs {
		t.Error("Alice's phone hung up, want that it was hung up")
	} else {
		took(t, "her phone's end", r.ended.Sub(accepted.at), 5*time.Second, prompt)
	}
	c.leaves(carol.phone, 1)
	r := x.record(1, x.numberOf(1))
	same(t, "the way", r.groups(), "sales > support")
	same(t, "attempts", r.outcomes(), "101 answered, 103 answered")
}

// Alice, who may call outside, sends her caller there.
func TestBlindTransferToAnOutsideNumber(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: toAlice})
	far := x.listen(x.trunk)
	carrier := &desk{x.carrierWith(far, answers(800*time.Millisecond)), far, 660}
	c, alice := x.talking()
	same(t, "the REFER", alice.refers(1, at("+15550199")).code, 202)
	same(t, "the number dialled at the carrier", carrier.connected(1).to, "+15550199")
	carrier.speaks(1)
	same(t, "the report", alice.reported(1), 200)
	alice.hangsUp(1)
	c.ear.hearsTone(660)
	carrier.ear.hearsTone(440)
	c.leaves(carrier.phone, 1)
}

// Alice sends her caller to Bob's mailbox: the voicemail code and his extension. The message is what the caller said.
func TestBlindTransferToAMailbox(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: toAlice})
	c, alice := x.talking()
	same(t, "the REFER", alice.refers(1, at("*97102")).code, 202)
	same(t, "the report", alice.reported(1), 200)
	alice.hangsUp(1)
	x.recording()
	lasts(t, "the message is being left", 2*time.Second, func() bool { return !c.saw(asked("BYE")) })
	c.hangsUp()
	c.over()
	sound := x.message("102")
	if s := share(sound[len(sound)/4:len(sound)*3/4], 440); s < 0.9 {
		t.Errorf("%.0f %% of the message is what the caller said", 100*s)
	}
}

// Alice has called Bob and sends him to Carol: it is the caller who transfers, and Bob who hears music.
func TestBlindTransferByTheCaller(t *testing.T) {
	t.Parallel()
	x := start(t, plan{})
	bob, carol := x.desk("102", 660, answers(0)), x.desk("103", 880, answers(1500*time.Millisecond))
	alice := x.insider("101", "102", 1000)
	bob.connected(1)
	bob.speaks(1)
	alice.speaks()
	bob.ear.hearsTone(1000)
	same(t, "the REFER", alice.refers(at("103")).code, 202)
	bob.ear.awaitMusic(1000, 880)
	if from := carol.connected(1).shows; !strings.Contains(from, "102") {
		t.Errorf("Carol's phone shows %s, want Bob", from)
	}
	carol.speaks(1)
	bob.ear.hearsTone(880)
	carol.ear.hearsTone(660)
	alice.over()
	bob.hangsUp(1)
	carol.ended(1)
}

// The caller does not wait for Bob's answer: Bob's phone stops, and nobody rings for a caller who has gone.
func TestTheCallerLeavesWhileTransferred(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: toAlice})
	bob := x.phone("102", ignores)
	c, alice := x.talking(ignores)
	same(t, "the REFER", alice.refers(1, at("102")).code, 202)
	bob.rung(1)
	c.hangsUp()
	c.over()
	bob.cancelled(1)
	alice.ended(1)
	alice.never(1)
	x.missing(0) // Alice has talked to the caller
}

// Bob is busy: Alice's phone is told so, rings, and she has her caller again.
func TestAFailedTransferComesBack(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: toAlice})
	x.phone("102", busy)
	c, alice := x.talking(answers(time.Second))
	same(t, "the REFER", alice.refers(1, at("102")).code, 202)
	same(t, "the report", alice.reported(1), 486)
	alice.hangsUp(1)
	c.ear.awaitMusic(880)
	alice.connected(2)
	alice.speaks(2)
	c.ear.hearsTone(880)
	alice.ear.hearsTone(440)
	c.leaves(alice.phone, 2)
	x.missing(0)
}

// Bob does not answer for 30 s: Alice is rung for 30 s, in vain; then the caller is the first in the line of the group that
// it came from, where Alice has been paused and Carol takes it.
func TestATransferUnansweredComesBack(t *testing.T) {
	if !*long {
		t.Skip("one minute: run it with -long")
	}
	t.Parallel()
	x := start(t, plan{groups: `
  - {name: sales, agents: ["101", "103"], distribution: in_order, rings: 2, if_missed: voicemail}`})
	bob, carol := x.phone("102", ignores), x.desk("103", 660, answers(0))
	alice := x.phone("101", answers(0), ignores)
	c := x.patientOutsider("+15551000", 440, 150*time.Second)
	alice.connected(1)
	same(t, "the REFER", alice.refers(1, at("102")).code, 202)
	at := bob.rung(1).at
	alice.rungWithin(2, 40*time.Second)
	took(t, "Bob's ring", bob.cancelled(1).cancelled.Sub(at), 30*time.Second, prompt)
	if code := alice.reported(1); code < 300 {
		t.Errorf("the report: %d", code)
	}
	carol.never(0)
	x.dials("101", "*13", untilReleased).over()
	carol.rungWithin(1, 40*time.Second)
	r := alice.rings()[1]
	took(t, "Alice's ring", r.cancelled.Sub(r.at), 30*time.Second, prompt)
	carol.connected(1)
	carol.speaks(1)
	c.ear.hearsTone(660)
	carol.ear.hearsTone(440)
	c.leaves(carol.phone, 1)
}
