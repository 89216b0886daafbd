package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// A message left in the group's mailbox lights the lamps of all its agents, on a phone that subscribes and on one that only
// registers, and of nobody else. It burns on through a crash, and goes out on both when one of them has listened.
func TestVector13_LampsOfTheGroup(t *testing.T) {
	t.Parallel()
	x := start(t, plan{numbers: `
  - {number: "+15553000", to: "voicemail:sales"}`, groups: `
  - {name: sales, agents: ["101", "102"], distribution: evenly}`})
	alice, carol, bob := x.phone("101", ignores), x.phone("103", ignores), x.hand(x.address("102"))
	alice.shows("0/0", 1)
	carol.shows("0/0", 1)
	bob.registers("102")
	bob.subscribes("102")
	bob.shows("0/0", "active")

	mouth := x.listen(x.trunk)
	leaves := x.callsWith(mouth, "+15553000", untilReleased)
	to, _ := leaves.answered().audio()
	mouth.speak(to, 440)
	x.recording()
	lasts(t, "the message is being left", 2*time.Second, func() bool { return !leaves.saw(asked("BYE")) })
	leaves.hangsUp()
	leaves.over()
	alice.shows("1/0", 1)
	if m := bob.shows("1/0", "active"); !strings.Contains(m.body(), "Messages-Waiting: yes\nMessage-Account: sip:*97@ringtide.local\n") {
		t.Errorf("the lamp is told:\n%s", m.text)
	}

	x.crash()
	x.run()
	alice.shows("1/0", 2) // without being asked
	bob.subscribes("102")
	bob.shows("1/0", "active")

	listens := x.dials("102", "*97", untilReleased)
	listens.answered()
	for _, key := range []string{"0", "2", "1", "9"} { // other mailboxes, that of the group, its new messages, keep it
		lasts(t, "the menu goes on", time.Second, func() bool { return !listens.saw(asked("BYE")) })
		x.presses(listens, key)
	}
	alice.shows("0/1", 1)
	bob.shows("0/1", "active")
	listens.hangsUp()
	listens.over()
	if n := carol.toldOf("1/0") + carol.toldOf("0/1"); n != 0 {
		t.Errorf("who is no agent was told %d times", n)
	}
}

// shows waits until the lamp of a phone was told a count so many times.
func (p *phone) shows(count string, times int) {
	p.t.Helper()
	await(p.t, fmt.Sprintf("phone %s to be told of %s, the %d. time", p.user, count, times), patience,
		func() bool { return p.toldOf(count) >= times })
}

// toldOf counts the NOTIFYs that told a count to the lamp.
func (p *phone) toldOf(count string) (n int) {
	seen := map[string]bool{}
	for _, m := range p.trace.all() {
		if m.method == "NOTIFY" && !m.sent && strings.Contains(m.body(), "Voice-Message: "+count+" ") && !seen[m.callID()] {
			seen[m.callID()] = true
			n++
		}
	}
	return n
}

// subscribes to the lamp of a user.
func (h *hand) subscribes(user string) {
	h.t.Helper()
	uri := "sip:" + user + "@ringtide.local"
	m := h.proves(user, password(user), "SUBSCRIBE", uri, of(user), "Event: message-summary", "Accept: application/simple-message-summary",
		"Contact: <sip:"+user+"@"+h.at()+">", "Expires: 600")
	if m.code != 200 {
		h.t.Fatalf("the subscription of %s is not taken:\n%s", user, m.text)
	}
}

// shows takes what is said to its lamp until it is told a count in a subscription of that state.
func (h *hand) shows(count, state string) message {
	h.t.Helper()
	for end := time.Now().Add(patience); ; {
		m, ok := h.takes("NOTIFY", time.Until(end))
		if !ok {
			h.t.Fatalf("not told of %s", count)
		}
		h.says(m, 200, "")
		if strings.Contains(m.body(), "Voice-Message: "+count+" ") && strings.HasPrefix(m.header("Subscription-State"), state) {
			return m
		}
	}
}

// presses sends a key by INFO, from another port of the caller's address: its number is that of the INVITE, for SIPp counts
// on from there.
func (x *exchange) presses(c *caller, key string) {
	x.t.Helper()
	ok := c.answered()
	number, _, _ := strings.Cut(ok.header("CSeq"), " ")
	res := x.hand(c.ip).asks("INFO", "sip:"+x.sip, "From: "+ok.header("From"), "To: "+ok.header("To"), "Call-ID: "+ok.callID(), "CSeq: "+number+" INFO",
		"Content-Type: application/dtmf-relay", "\nSignal="+key+"\n")
	same(x.t, "answer to key "+key, res.code, 200)
}
