package e2e

import (
	"strings"
	"testing"
	"time"
)

const holdSales = `
  - {name: sales, agents: ["101"], distribution: evenly, rings: 2, if_missed: hold, if_nobody: hold}`

// A softphone that people use registers and is called through the trunk's number: both hear each other as they speak. It
// puts the caller on hold, who hears music, and takes the call back; then it transfers the caller to Bob.
func TestBaresipAnswersHoldsAndTransfers(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: holdSales})
	alice := x.softphone(t, "101", 880)
	there := x.listen(x.address("102"))
	bob := x.turnOn("102", peer{name: "102", ip: x.address("102"), port: 5060, ear: there}, answers(800*time.Millisecond))
	bob.registered()
	here := x.listen(x.trunk)
	c := x.callsWith(here, "+15551000", untilReleased)
	alice.tells("CALL_INCOMING", 1)
	to, _ := c.answered().audio()
	here.speak(to, 440)
	here.awaitMusic()

	alice.does("accept", "")
	here.hearsTone(880)
	alice.hearsTone(440)

	alice.does("hold", "")
	here.awaitMusic(880)
	alice.does("resume", "")
	here.hearsTone(880)
	alice.hearsTone(440)

	alice.does("transfer", "<sip:102@ringtide.local>")
	bob.rung(1)
	here.awaitMusic(880)
	toBob, _ := bob.sees("INVITE", asked("INVITE")).audio()
	there.speak(toBob, 660)
	here.hearsTone(660)
	there.hearsTone(440)
	alice.tells("CALL_CLOSED", 1)
	same(t, "calls that baresip sees fail", alice.count("TRANSFER_FAILED"), 0)
	c.hangsUp()
	c.over()
	bob.ended(1)
}

// The transfer fails, for Bob is busy: Alice's softphone is told so, rings, and has the caller again.
func TestBaresipGetsBackWhomItCouldNotTransfer(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: holdSales})
	alice := x.softphone(t, "101", 880)
	bob := x.phone("102", busy)
	here := x.listen(x.trunk)
	c := x.callsWith(here, "+15551000", untilReleased)
	alice.tells("CALL_INCOMING", 1)
	alice.does("accept", "")
	here.hearsTone(880)
	alice.does("transfer", "<sip:102@ringtide.local>")
	bob.rung(1)
	alice.tells("TRANSFER_FAILED", 1)
	alice.tells("CALL_INCOMING", 2)
	here.awaitMusic(880)
	alice.does("accept", "")
	here.hearsTone(880)
	c.hangsUp()
	c.over()
	alice.tells("CALL_CLOSED", 1) // of the first it told nothing: that it ended itself
}

// A softphone calls a group in which nobody is there yet: it hears music while it waits, and then who answers.
func TestBaresipWaitsInAGroup(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: `
  - {name: support, extension: "601", agents: ["102"], distribution: evenly, rings: 2, if_missed: hold, if_nobody: hold}`,
		numbers: " []"})
	alice := x.softphone(t, "101", 880)
	alice.does("dial", "601")
	alice.tells("CALL_ESTABLISHED", 1)
	alice.hearsMusic()

	there := x.listen(x.address("102"))
	bob := x.turnOn("102", peer{name: "102", ip: x.address("102"), port: 5060, ear: there}, answers(500*time.Millisecond))
	to, _ := bob.sees("INVITE", asked("INVITE")).audio()
	there.speak(to, 660)
	alice.hearsTone(660)
	there.hearsTone(880)
	alice.does("hangup", "")
	bob.ended(1)
}

// Alice leaves Bob a message from her softphone. When his is there he dials the voicemail code, presses a key, and hears
// what she has said.
func TestBaresipLeavesAMessageAndHearsIt(t *testing.T) {
	t.Parallel()
	x := start(t, plan{})
	alice := x.softphone(t, "101", 880)
	alice.does("dial", "102")
	alice.tells("CALL_ESTABLISHED", 1)
	alice.hearsMusic() // or rather the greeting
	x.recording()
	lasts(t, "the message is being left", 6*time.Second, func() bool { return alice.count("CALL_CLOSED") == 0 })
	alice.does("hangup", "")
	x.message("102")

	bob := x.softphone(t, "102", 660)
	bob.does("dial", "*97")
	bob.tells("CALL_ESTABLISHED", 1)
	bob.hearsMusic(880)
	bob.does("sndcode", "1")
	bob.hearsTone(880)
	bob.does("hangup", "")
}

// Alice holds her caller, asks Bob on the second line of her softphone, and makes one of the two calls. This version of
// baresip has no command for it: the test says which dialog is to be replaced, the softphone asks.
func TestBaresipTransfersAttended(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: holdSales})
	alice := x.softphone(t, "101", 880)
	bob := x.desk("102", 660, answers(500*time.Millisecond))
	c := x.outsider("+15551000", 440)
	alice.tells("CALL_INCOMING", 1)
	alice.does("accept", "")
	c.ear.hearsTone(880)

	alice.does("hold", "")
	c.ear.awaitMusic(880)
	alice.does("dial", "102")
	bob.connected(1)
	bob.speaks(1)
	bob.ear.hearsTone(880)
	alice.hearsTone(660)

	ok, _ := first(alice.messages(), func(m message) bool {
		return m.code == 200 && m.cseq() == "INVITE" && strings.Contains(m.header("To"), "sip:102@")
	})
	_, far, _ := strings.Cut(ok.header("To"), ";tag=")
	_, near, _ := strings.Cut(ok.header("From"), ";tag=")
	alice.does("line", "1")
	alice.does("transfer", replacing("102", ok.callID(), far, near))
	c.ear.hearsTone(660)
	bob.ear.hearsTone(440)
	alice.tells("CALL_CLOSED", 2)
	same(t, "transfers that baresip sees fail", alice.count("TRANSFER_FAILED"), 0)
	c.leaves(bob.phone, 1)
}
