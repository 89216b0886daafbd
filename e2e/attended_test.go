package e2e

import (
	"strings"
	"testing"
	"time"
)

// Alice holds her caller, who hears music; asks Bob on a second line; and makes of her two calls one. Both of her lines are
// hung up, and Bob's phone, which had rung for her, shows the caller.
func TestAttendedTransferToAUser(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: toAlice})
	bob := x.desk("102", 660, answers(500*time.Millisecond))
	c, alice := x.talking()
	alice.holds(1, "sendonly")
	c.ear.awaitMusic(880)
	asks := x.insider("101", "102", 1000)
	bob.connected(1)
	bob.speaks(1)
	asks.speaks()
	asks.ear.hearsTone(660)
	bob.ear.hearsTone(1000)
	c.ear.awaitMusic(660, 1000)

	same(t, "the REFER", alice.refers(1, asks.replacing("102")).code, 202)
	c.ear.hearsTone(660)
	bob.ear.hearsTone(440)
	same(t, "the report", alice.reported(1), 200)
	asks.over()
	if !alice.ended(1).byUs {
		t.Error("Alice's phone hung up, want that it was hung up")
	}
	shown := bob.sees("with whom he speaks now", asked("UPDATE")).header("P-Asserted-Identity")
	if !strings.Contains(shown, x.numberOf(1)) {
		t.Errorf("Bob's phone shows %s, want %s", shown, x.numberOf(1))
	}
	c.leaves(bob.phone, 1)
	bob.never(1)
}

// Alice does not wait until Bob answers: the phone that rang for her rings on, for the caller.
func TestAttendedTransferWhileItRings(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: toAlice})
	bob := x.desk("102", 660, answers(4*time.Second))
	c, alice := x.talking()
	asks := x.insider("101", "102", 1000)
	bob.rung(1)
	same(t, "the REFER", alice.refers(1, asks.replacing("102")).code, 202)
	asks.over()
	c.ear.awaitMusic(880, 660)
	bob.connected(1)
	bob.speaks(1)
	c.ear.hearsTone(660)
	bob.ear.hearsTone(440)
	same(t, "the report", alice.reported(1), 200)
	alice.hangsUp(1)
	c.leaves(bob.phone, 1)
	bob.never(1)
}

// The phone that rang for Alice, and then for her caller, refuses: she has her caller again.
func TestAnAttendedTransferThatFailsComesBack(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: toAlice})
	bob := x.phone("102", "decline:2500:0")
	c, alice := x.talking(answers(500 * time.Millisecond))
	asks := x.insider("101", "102", 1000)
	bob.rung(1)
	same(t, "the REFER", alice.refers(1, asks.replacing("102")).code, 202)
	asks.over()
	c.ear.awaitMusic(880)
	same(t, "the report", alice.reported(1), 200) // that the two calls are one
	alice.hangsUp(1)
	alice.connected(2)
	alice.speaks(2)
	c.ear.hearsTone(880)
	alice.ear.hearsTone(440)
	c.leaves(alice.phone, 2)
}

// Alice asks a group, and Carol answers for it: the caller takes Alice's place in that talk.
func TestAttendedTransferToAnAgent(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: toAlice + `
  - {name: support, extension: "601", agents: ["103"], distribution: evenly, rings: 4}`})
	carol := x.desk("103", 660, answers(500*time.Millisecond))
	c, alice := x.talking()
	alice.holds(1, "inactive")
	asks := x.insider("101", "601", 1000)
	carol.connected(1)
	carol.speaks(1)
	asks.speaks()
	carol.ear.hearsTone(1000)
	same(t, "the REFER", alice.refers(1, asks.replacing("601")).code, 202)
	c.ear.hearsTone(660)
	carol.ear.hearsTone(440)
	asks.over()
	alice.ended(1)
	c.leaves(carol.phone, 1)
	same(t, "what became of the question", x.record(2, "101").Cause, "joined")
	x.missing(0)
}

// Alice asks a group whose agents are all busy: the caller takes her place in its line.
func TestAttendedTransferIntoALine(t *testing.T) {
	t.Parallel()
	x := start(t, plan{numbers: direct, groups: toAlice + `
  - {name: support, extension: "601", agents: ["103"], distribution: evenly, rings: 4, if_missed: hold}`})
	carol := x.desk("103", 660, answers(0), answers(500*time.Millisecond))
	busy := x.calls("+15552103", untilReleased)
	carol.connected(1)
	c, alice := x.talking()
	asks := x.insider("101", "601", 1000)
	asks.answered()
	asks.ear.awaitMusic()
	behind := x.insider("102", "601", 1000)
	behind.answered()
	same(t, "the REFER", alice.refers(1, asks.replacing("601")).code, 202)
	asks.over()
	same(t, "the report", alice.reported(1), 200)
	alice.hangsUp(1)
	c.ear.awaitMusic(880)
	busy.hangsUp()
	busy.over()
	if shows := carol.connected(2).shows; !strings.Contains(shows, x.numberOf(2)) {
		t.Errorf("Carol's phone shows %s, want the caller, who is before user 102", shows)
	}
	carol.speaks(2)
	c.ear.hearsTone(660)
	carol.ear.hearsTone(440)
	c.leaves(carol.phone, 2)
	carol.connected(3)
	behind.leaves(carol.phone, 3)
}

// Alice has called Bob and holds him, asks Carol, and joins the two: she is the caller of both.
func TestAttendedTransferByACaller(t *testing.T) {
	t.Parallel()
	x := start(t, plan{})
	bob, carol := x.desk("102", 660, answers(0)), x.desk("103", 880, answers(0))
	first := x.insider("101", "102", 1000)
	bob.connected(1)
	bob.speaks(1)
	second := x.insider("101", "103", 1000)
	carol.connected(1)
	carol.speaks(1)
	same(t, "the REFER", first.refers(second.replacing("103")).code, 202)
	bob.ear.hearsTone(880)
	carol.ear.hearsTone(660)
	first.over()
	second.over()
	bob.hangsUp(1)
	bob.ended(1)
	if !carol.ended(1).byUs {
		t.Error("Bob hung up, and Carol's phone was not")
	}
}

// Alice hangs up while she asks Bob, without having joined anybody: her question is over, and her caller, whom she held,
// comes back to her.
func TestHangingUpWhileAskingBringsTheCallerBack(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: toAlice})
	bob := x.phone("102", ignores)
	c, alice := x.talking(answers(500 * time.Millisecond))
	alice.holds(1, "sendonly")
	c.ear.awaitMusic(880)
	asks := x.insider("101", "102", 1000)
	bob.rung(1)
	alice.hangsUp(1)
	bob.cancelled(1)
	asks.over()
	c.ear.awaitMusic(880)
	alice.connected(2)
	alice.speaks(2)
	c.ear.hearsTone(880)
	c.leaves(alice.phone, 2)
}
