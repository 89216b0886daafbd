package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// What an offer says of a call that is held, and what the answer must say of it (RFC 3264 sections 6.1 and 8.4).
var holds = []struct{ name, method, host, direction, answer string }{
	{"sendonly", "", "", "sendonly", "a=recvonly"},
	{"inactive", "", "", "inactive", "a=inactive"},
	{"an address of zeros", "", "0.0.0.0", "sendrecv", "m=audio"}, // the old way
	{"zeros and inactive", "", "0.0.0.0", "inactive", "a=inactive"},
	{"sendonly by UPDATE", "UPDATE", "", "sendonly", "a=recvonly"},
}

// A phone holds its call in every spelling there is: the other side hears music, and hears the phone again when it is taken
// back.
func TestHoldInAllSpellings(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: toAlice})
	c, alice := x.talking()
	for _, way := range holds {
		if body := alice.offers(1, way.method, way.host, way.direction).body(); !strings.Contains(body, way.answer) {
			t.Errorf("%s is answered without %s:\n%s", way.name, way.answer, body)
		}
		c.ear.awaitMusic(880)
		back := alice.offers(1, way.method, "", "sendrecv").body()
		for _, still := range []string{"recvonly", "inactive", "sendonly"} {
			if strings.Contains(back, "a="+still) {
				t.Errorf("after %s and back: %s", way.name, still)
			}
		}
		c.ear.hearsTone(880)
		alice.ear.hearsTone(440)
	}
	c.leaves(alice.phone, 1)
}

// The caller holds: the agent hears music.
func TestACallerWhoHoldsGivesTheAgentMusic(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: toAlice})
	c, alice := x.talking()
	ok := c.answered()
	number, _, _ := strings.Cut(ok.header("CSeq"), " ")
	for i, direction := range []string{"a=sendonly\n", ""} {
		h := x.hand(c.ip)
		dialog := []string{"From: " + ok.header("From"), "To: " + ok.header("To"), "Call-ID: " + ok.callID(), fmt.Sprintf("CSeq: %s%d INVITE", number, i+1), fmt.Sprintf("Contact: <sip:caller@%s:%d>", c.ip, c.port)}
		request := h.text("INVITE", "sip:"+x.sip, append(dialog, "Content-Type: application/sdp", "\n"+offer(c.ear, i+2, direction))...)
		answer := h.answer(request, patience)
		same(t, "the answer to "+direction, answer.code, 200)
		dialog[3] = strings.Replace(dialog[3], "INVITE", "ACK", 1)
		h.send(h.text("ACK", "sip:"+x.sip, dialog...))
		if direction != "" {
			alice.ear.awaitMusic(440)
			continue
		}
		alice.ear.hearsTone(440)
		c.ear.hearsTone(880)
	}
	alice.hangsUp(1)
	c.over()
}

// offer is SDP for an ear.
func offer(e *ear, version int, direction string) string {
	ip, port, _ := strings.Cut(e.conn.LocalAddr().String(), ":")
	return fmt.Sprintf("v=0\no=phone 1 %[2]d IN IP4 %[1]s\ns=-\nc=IN IP4 %[1]s\nt=0 0\nm=audio %[3]s RTP/AVP 0\na=rtpmap:0 PCMU/8000\n%[4]s",
		ip, version, port, direction)
}
