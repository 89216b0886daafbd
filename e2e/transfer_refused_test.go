package e2e

import (
	"strings"
	"testing"
	"time"
)

// What Bob may not do with his caller, or cannot, and the answer that his phone gets.
var badTransfers = []struct {
	why, to string
	code    int
}{
	{"an extension that is nobody's", at("199"), 404},
	{"himself", at("102"), 482},
	{"a user without a phone", at("103"), 480},
	{"a group in which nobody is", at("601"), 480},
	{"a group whose line is full", at("602"), 486},
	{"outside, which he may not call", at("+15550199"), 403},
	{"outside, the other way", "<tel:+15550199>", 403},
	{"an emergency number", at("112"), 403},
	{"a code", at("*12"), 403},
	{"his mailbox's menu", at("*97"), 403},
	{"a call that rings", at("*8"), 403},
	{"another host", "<sip:101@192.0.2.1>", 403},
	{"another method", "<sip:101@ringtide.local;method=BYE>", 403},
	{"no address of SIP", "<mailto:101@ringtide.local>", 416},
	{"no address at all", "<<>>", 400},
	{"a dialog that he has guessed", "<sip:101@ringtide.local?Replaces=guessed%3Bto-tag%3D1%3Bfrom-tag%3D2>", 481},
}

// Each is refused with its own code, and nothing has changed: the caller keeps the agent.
func TestRefusedTransfersLeaveTheCallerWhereHeIs(t *testing.T) {
	t.Parallel()
	x := start(t, plan{numbers: toSales + `
  - {number: "+15553000", to: group:full}`, groups: `
  - {name: sales, agents: ["102"], distribution: evenly, rings: 2}
  - {name: empty, extension: "601", agents: ["103"], distribution: evenly, rings: 2}
  - {name: full, extension: "602", agents: ["102"], distribution: evenly, rings: 2, if_missed: hold, hold: {max_callers: 1}}`})
	carrier := x.carrier(ignores)
	bob := x.desk("102", 660, answers(0), ignores)
	c := x.outsider("+15551000", 440)
	bob.connected(1)
	bob.speaks(1)
	waits := x.outsider("+15553000", 1000)
	waits.ear.awaitMusic()

	for _, bad := range badTransfers {
		same(t, bad.why+", "+bad.to, bob.refers(1, bad.to).code, bad.code)
	}
	same(t, "the very call", bob.refers(1, bob.replacingItself(1)).code, 482)
	c.ear.hearsTone(660)
	bob.ear.hearsTone(440)
	carrier.never(0)
	waits.hangsUp()
	waits.over()

	same(t, "and a good one", bob.refers(1, at("*97103")).code, 202)
	same(t, "the report", bob.reported(1), 200)
	x.recording()
	c.hangsUp()
	c.over()
	bob.ended(1)
}

// replacingItself is the address of the other end of the phone's n-th call, with that same dialog to be replaced.
func (p *phone) replacingItself(n int) string {
	p.t.Helper()
	id := p.connected(n).callID
	ok := p.sees("its own 200", func(m message) bool {
		return m.sent && m.code == 200 && m.cseq() == "INVITE" && m.callID() == id
	})
	_, near, _ := strings.Cut(ok.header("To"), ";tag=")
	_, far, _ := strings.Cut(ok.header("From"), ";tag=")
	return replacing("sales", id, far, near)
}

// The dialog of somebody else's call is no dialog of one's own: nobody can pull another's call away by its tags.
func TestAttendedTransferWithAnothersCall(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: toAlice})
	bob := x.desk("102", 660, answers(0))
	other := x.insider("103", "102", 1000)
	bob.connected(1)
	bob.speaks(1)
	other.speaks()
	c, alice := x.talking()
	same(t, "the REFER", alice.refers(1, other.replacing("102")).code, 481)
	bob.ear.hearsTone(1000)
	other.ear.hearsTone(660)
	c.ear.hearsTone(880)
	c.leaves(alice.phone, 1)
	other.leaves(bob.phone, 1)
}

// A provider sends nobody's calls anywhere: its REFER is declined, whatever it says.
func TestATrunkMayNotTransfer(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: toAlice})
	bob := x.phone("102", answers(time.Second))
	c, alice := x.talking()
	if code := c.refers(at("102")).code; code != 603 {
		t.Errorf("the REFER of a trunk: %d, want 603", code)
	}
	c.ear.hearsTone(880)
	alice.hangsUp(1)
	c.over()
	bob.never(0)
}
