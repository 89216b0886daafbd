package e2e

import (
	"fmt"
	"regexp"
	"testing"
	"time"
)

// Who has not proven an identity gets 401, whatever it asks for, and nothing is kept: no copy of the answer follows, as
// it would from a transaction. Known and unknown users look the same.
func TestStrangersGet401AndLearnNothing(t *testing.T) {
	t.Parallel()
	x := start(t, plan{})
	for _, method := range []string{"REGISTER", "INVITE", "OPTIONS"} {
		var answers []string
		for _, user := range []string{"101", "999"} {
			s := x.socket(x.stranger())
			uri := "sip:" + user + "@ringtide.local"
			s.send(s.request(method, uri, uri, uri, method+user))
			m := s.answer(1)
			same(t, method+" "+user, m.code, 401)
			lasts(t, "one answer only", 700*time.Millisecond, func() bool { return len(s.all()) == 1 })
			answers = append(answers, anonymous(m.text, user))
		}
		if answers[0] != answers[1] {
			t.Errorf("%s to a known user:\n%s\nto an unknown one:\n%s", method, answers[0], answers[1])
		}
	}
	if n, ok := x.metric("ringtide_dialogs"); !ok || n != 0 {
		t.Errorf("%v dialogs after strangers only", n)
	}
}

// A wrong password looks like an unknown user.
func TestAWrongPasswordLooksLikeAnUnknownUser(t *testing.T) {
	t.Parallel()
	x := start(t, plan{})
	var answers []string
	for i, user := range []string{"101", "999"} {
		p := x.telephones(user, peer{name: user, ip: x.stranger(), port: 5060 + i}, 1,
			x.csv(fmt.Sprintf("%s;[authentication username=%s password=wrongwrong]", user, user)), ignores)
		await(t, "the second 401", patience, func() bool { return refusals(p) == 2 })
		m, _ := last(p.trace.all(), came(401, "REGISTER"))
		answers = append(answers, anonymous(m.text, user))
	}
	if answers[0] != answers[1] {
		t.Errorf("known user:\n%s\nunknown user:\n%s", answers[0], answers[1])
	}
	same(t, "registrations", registered(x), "")
}

func refusals(p *phone) (n int) {
	for _, m := range p.trace.all() {
		if came(401, "REGISTER")(m) {
			n++
		}
	}
	return n
}

var secrets = regexp.MustCompile(`nonce="[^"]*"|opaque="[^"]*"|tag=[^;\s]*|branch=[^;\s]*|Call-ID: .*|(127\.\d+\.\d+\.\d+):\d+|rport=\d+`)

// anonymous takes out of an answer what differs from request to request.
func anonymous(text, user string) string {
	text = secrets.ReplaceAllString(text, "~")
	return regexp.MustCompile(`\b`+user+`\b`).ReplaceAllString(text, "USER")
}

// Calls that the rules turn away at the door, each with its own code.
func TestCallsRefusedAtTheDoor(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: twoInOrder, more: `blocked: ["+15557001"]`})
	x.phone("101", answers(0))
	for i, want := range []struct {
		why, number string
		code        int
		options     []string
	}{
		{"a blocked caller", "+15551000", 603, nil},
		{"an unknown number", "+15559999", 404, nil},
		{"no codec in common (G.729 only)", "+15551000", 488, []string{"-key", "codecs", "18"}},
	} {
		c := x.calls(want.number, time.Second, want.options...)
		same(t, want.why, c.refused().code, want.code)
		c.over()
		if i == 0 {
			same(t, "the blocked call on record", x.record(1, x.numberOf(1)).Disposition, "blocked")
			same(t, "and in the missed list", x.missing(1)[0].Reason, "blocked")
		}
	}
	c := x.calls("+15551000", time.Second)
	c.over()
	same(t, "a good call after them", x.saidTo(c), 200)
}

// saidTo is the final answer to a caller's INVITE.
func (x *exchange) saidTo(c *caller) int {
	m, _ := last(c.trace.all(), func(m message) bool { return !m.sent && m.code >= 200 && m.cseq() == "INVITE" })
	return m.code
}

// As many calls as the limits allow, and no more: 503 with the time to come back.
func TestMoreCallsThanTheLimit(t *testing.T) {
	t.Parallel()
	x := start(t, plan{limits: "calls: 1"})
	x.phone("101", ignores)
	one := x.calls("+15551000", 3*time.Second)
	one.answered()
	no := x.calls("+15551000", time.Second).refused()
	same(t, "the second call", no.code, 503)
	if no.header("Retry-After") == "" {
		t.Error("503 without Retry-After")
	}
	one.over()
	await(t, "room for another", patience, func() bool { n, _ := x.metric("ringtide_calls"); return n == 0 })
	again := x.calls("+15551000", time.Second)
	again.over()
	same(t, "a call after the first", x.saidTo(again), 200)
}

// A carrier asks by OPTIONS whether we live, and is told so.
func TestTheCarrierAsksWhetherWeLive(t *testing.T) {
	t.Parallel()
	x := start(t, plan{})
	s := x.socket(x.trunk)
	s.send(s.request("OPTIONS", "sip:"+x.sip, "sip:ping@"+x.trunk, "sip:"+x.sip, "alive"))
	same(t, "OPTIONS", s.answer(1).code, 200)
}

// Garbage and half-true messages, from a stranger and from the trunk's own address, harm nobody: the next call is served.
func TestGarbageThenAGoodCall(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: twoInOrder})
	alice := x.phone("101", answersFor(0, 1200*time.Millisecond))
	for i, ip := range []string{x.stranger(), x.trunk} {
		s := x.socket(ip)
		for n, text := range garbage(s.request("INVITE", "sip:+15551000@"+x.sip, "sip:+1555@"+ip, "sip:+15551000@"+x.sip, fmt.Sprint("garbage", i))) {
			if _, err := s.conn.Write([]byte(text)); err != nil {
				t.Fatalf("garbage %d: %v", n, err)
			}
		}
	}
	c := x.calls("+15551000", untilReleased)
	alice.ended(1)
	c.over()
	for _, path := range []string{"/healthz", "/readyz"} {
		same(t, path, x.page(path), 200)
	}
}
