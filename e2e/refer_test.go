package e2e

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// desk is a telephone with somebody at it: a SIPp phone, and an ear that speaks a tone of its own.
type desk struct {
	*phone
	ear   *ear
	hertz float64
}

// desk registers one for a user.
func (x *exchange) desk(user string, hertz float64, plan ...string) *desk {
	x.t.Helper()
	e := x.listen(x.address(user))
	p := x.turnOn(user, peer{name: user, ip: x.address(user), port: 5060, ear: e}, plan...)
	p.registered()
	return &desk{p, e, hertz}
}

// speaks has it speak from now on in its n-th call.
func (d *desk) speaks(n int) {
	d.t.Helper()
	id := d.rung(n).callID
	to, _ := d.sees("INVITE", func(m message) bool { return asked("INVITE")(m) && m.callID() == id }).audio()
	d.ear.speak(to, d.hertz)
}

// somebody is a caller with an ear, who speaks a tone as soon as the call is answered.
type somebody struct {
	*caller
	ear   *ear
	hertz float64
}

// outsider calls over the trunk and speaks.
func (x *exchange) outsider(number string, hertz float64) *somebody {
	x.t.Helper()
	return x.patientOutsider(number, hertz, untilReleased)
}

// patientOutsider is an outsider who hangs up after so long.
func (x *exchange) patientOutsider(number string, hertz float64, listens time.Duration) *somebody {
	x.t.Helper()
	e := x.listen(x.trunk)
	s := &somebody{x.callsWith(e, number, listens), e, hertz}
	to, _ := s.answered().audio()
	e.speak(to, hertz)
	return s
}

// insider has a user call, and speak when asked to.
func (x *exchange) insider(user, number string, hertz float64) *somebody {
	x.t.Helper()
	x.busy++
	e := x.listen(x.address(user))
	p := peer{name: user + " dials", ip: x.address(user), port: 5100 + x.busy, ear: e}
	return &somebody{x.dialsFrom(p, user, number, untilReleased), e, hertz}
}

// speaks has an insider speak, whose call must have been answered.
func (s *somebody) speaks() {
	s.t.Helper()
	to, _ := s.answered().audio()
	s.ear.speak(to, s.hertz)
}

// refers has the phone ask, in its n-th call, that the other side be taken elsewhere. It returns the answer.
func (p *phone) refers(n int, to string) message {
	p.t.Helper()
	return p.requests(p.rung(n).callID, "REFER", "Refer-To: "+to)
}

// refers has the caller ask that the other side be taken elsewhere. It returns the answer.
func (c *caller) refers(to string) message {
	c.t.Helper()
	return c.requests(c.answered().callID(), "REFER", "Refer-To: "+to)
}

// holds has the phone say a direction in its n-th call.
func (p *phone) holds(n int, direction string) {
	p.t.Helper()
	same(p.t, "the answer to "+direction, p.offers(n, "", "", direction).code, 200)
}

// offers has the phone make an offer in its n-th call, and returns the answer. method "" is INVITE; host "" its own.
func (p *phone) offers(n int, method, host, direction string) message {
	p.t.Helper()
	return p.requests(p.rung(n).callID, or(method, "INVITE"), "Host: "+or(host, p.ip), "Direction: "+direction)
}

// hangsUp has it hang up its n-th call.
func (p *phone) hangsUp(n int) {
	p.t.Helper()
	p.tell(p.rung(n).callID, 1000, "Do: BYE")
}

// requests has SIPp send a request in a call, and returns the final answer.
func (s *sipp) requests(callID, method string, lines ...string) message {
	s.t.Helper()
	number := 100
	for _, m := range s.trace.all() {
		if m.sent && m.method != "ACK" && m.callID() == callID {
			number++
		}
	}
	s.tell(callID, number, append(lines, "Do: "+method)...)
	return s.sees("the answer to its "+method, func(m message) bool {
		return !m.sent && m.code >= 200 && m.callID() == callID && m.header("CSeq") == fmt.Sprint(number, " ", method)
	})
}

// tell sends SIPp an INFO that says what it shall do in a call; see rings.xml.
func (s *sipp) tell(callID string, number int, lines ...string) {
	s.t.Helper()
	conn, err := net.Dial("udp", net.JoinHostPort(s.ip, strconv.Itoa(s.port)))
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close()
	if _, err := fmt.Fprintf(conn, "INFO sip:%[1]s SIP/2.0\r\nVia: SIP/2.0/UDP %[1]s;branch=z9hG4bKtest%[3]d\r\nFrom: <sip:test@%[1]s>;tag=t\r\n"+
		"To: <sip:test@%[1]s>\r\nCall-ID: %[2]s\r\nCSeq: %[3]d INFO\r\n%[4]sContent-Length: 0\r\n\r\n", s.ip, callID, number,
		strings.Join(append(lines, ""), "\r\n")); err != nil {
		s.t.Fatal(err)
	}
}

var fragment = regexp.MustCompile(`^SIP/2\.0 (\d{3})`)

// reported waits until the phone is told how the transfer of its n-th call ended, and returns the status.
func (p *phone) reported(n int) int {
	p.t.Helper()
	id := p.rung(n).callID
	m := p.sees("the report of its transfer", func(m message) bool {
		return asked("NOTIFY")(m) && m.callID() == id && strings.HasPrefix(m.header("Subscription-State"), "terminated")
	})
	found := fragment.FindStringSubmatch(m.body())
	if found == nil {
		p.t.Fatalf("a report without status:\n%s", m.text)
	}
	code, _ := strconv.Atoi(found[1])
	return code
}

// at is the address of a user as Refer-To names it.
func at(user string) string { return "<sip:" + user + "@ringtide.local>" }

// replacing is the address of a user with the dialog in which that user was consulted (RFC 3891).
func (c *caller) replacing(user string) string {
	c.t.Helper()
	m := c.sees("a ring or an answer", func(m message) bool { return !m.sent && m.code > 100 && m.code < 300 && m.cseq() == "INVITE" })
	_, far, _ := strings.Cut(m.header("To"), ";tag=")
	_, near, _ := strings.Cut(m.header("From"), ";tag=")
	return replacing(user, m.callID(), far, near)
}

// replacing is Refer-To with a dialog, by its id and tags as who refers sees them.
func replacing(user, callID, far, near string) string {
	return fmt.Sprintf("<sip:%s@ringtide.local?Replaces=%s>", user, url.QueryEscape(callID+";to-tag="+far+";from-tag="+near))
}

// toAlice is a group of her alone that keeps its callers.
const toAlice = `
  - {name: sales, agents: ["101"], distribution: evenly, rings: 2, if_missed: hold, if_nobody: hold}`

// talking has somebody from outside (440 Hz) talk to Alice (880 Hz).
func (x *exchange) talking(plan ...string) (c *somebody, alice *desk) {
	x.t.Helper()
	alice = x.desk("101", 880, append([]string{answers(0)}, plan...)...)
	c = x.outsider("+15551000", 440)
	alice.connected(1)
	alice.speaks(1)
	c.ear.hearsTone(880)
	alice.ear.hearsTone(440)
	return c, alice
}

// leaves has the caller hang up, and waits for the end of the other's n-th call.
func (s *somebody) leaves(other *phone, n int) {
	s.t.Helper()
	s.hangsUp()
	s.over()
	other.ended(n)
}
