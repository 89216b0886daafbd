package e2e

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// What becomes of one call to a phone, in the words of testdata/sipp/rings.xml.
const (
	ignores  = "ignore:0:0"
	silent   = "silent:0:0"
	busy     = "busy:0:0"
	declines = "decline:0:0"
	grabs    = "grab:0:0"
	forks    = "fork:0:0"
)

// answers picks up after so long and waits for the other to hang up.
func answers(after time.Duration) string { return answersFor(after, 0) }

// answersFor picks up after so long and hangs up so much later; 0: waits for the other.
func answersFor(after, talk time.Duration) string {
	return fmt.Sprintf("answer:%d:%d", after.Milliseconds(), talk.Milliseconds())
}

// phone is a user's telephone.
type phone struct {
	*sipp
	x    *exchange
	user string
}

// phone registers a telephone for a user and returns when it can be rung. plan says what becomes of its calls, one after
// the other; the last goes on for all that follow.
func (x *exchange) phone(user string, plan ...string) *phone {
	x.t.Helper()
	p := x.turnOn(user, peer{name: user, ip: x.address(user), port: 5060}, plan...)
	p.registered()
	return p
}

// turnOn starts a telephone. It may be refused.
func (x *exchange) turnOn(user string, as peer, plan ...string) *phone {
	x.t.Helper()
	line := fmt.Sprintf("%s;[authentication username=%s password=%s]", user, user, password(user))
	return x.telephones(user, as, 1, x.csv(line), plan...)
}

// telephones starts n telephones on one socket.
func (x *exchange) telephones(user string, as peer, n int, users string, plan ...string) *phone {
	for len(plan) < 40 {
		plan = append(plan, plan[len(plan)-1])
	}
	s := x.sipp(as, "phone", "-oocsf", scene(x.t, "rings"), "-inf", users, "-set", "plan", strings.Join(plan, " ")+" ",
		"-auth_uri", x.sip, "-key", "expires", "3600", "-m", fmt.Sprint(n), "-l", fmt.Sprint(n), "-r", "50")
	return &phone{sipp: s, x: x, user: user}
}

// registered waits until the program has taken the registration.
func (p *phone) registered() {
	p.t.Helper()
	p.sees("its registration taken", came(200, "REGISTER"))
}

// address is where a user's phone stands: 101 at .10, 102 at .11, …
func (x *exchange) address(user string) string {
	if strings.Contains(x.ip, ":") {
		return x.ip
	}
	var n int
	fmt.Sscan(user, &n)
	return fmt.Sprintf("%s.%d", x.net, n-91)
}

// password of the users in people and of those that crowd makes.
func password(user string) string {
	switch user {
	case "101":
		return "alicealice"
	case "102":
		return "bobbobbob"
	case "103":
		return "carolcarol"
	}
	return "secret-of-" + user
}

// ring is one time that a phone was rung.
type ring struct {
	at        time.Time
	callID    string
	shows     string    // From of the INVITE
	to        string    // the user part of the Request-URI
	answered  time.Time // its 200 left; zero: never
	confirmed time.Time // ACK came
	cancelled time.Time // CANCEL came
	reason    string    // Reason of the CANCEL, or of the BYE
	ended     time.Time // BYE came or left
	byUs      bool      // the program said BYE
}

// rings is every time that the phone was rung, in order.
func (p *phone) rings() []*ring {
	var list []*ring
	by := map[string]*ring{}
	for _, m := range p.trace.all() {
		id := m.callID()
		r := by[id]
		switch {
		case m.method == "INVITE" && !m.sent && !m.dialog() && r == nil:
			r = &ring{at: m.at, callID: id, shows: m.header("From"), to: userOf(m.uri)}
			by[id], list = r, append(list, r)
		case r == nil:
		case m.sent && m.code == 200 && m.cseq() == "INVITE" && r.answered.IsZero():
			r.answered = m.at
		case m.method == "ACK" && !m.sent && !r.answered.IsZero() && r.confirmed.IsZero():
			r.confirmed = m.at
		case m.method == "CANCEL" && !m.sent && r.cancelled.IsZero():
			r.cancelled, r.reason = m.at, m.header("Reason")
		case m.method == "BYE" && r.ended.IsZero():
			r.ended, r.byUs = m.at, !m.sent
			if !m.sent {
				r.reason = m.header("Reason")
			}
		}
	}
	return list
}

func userOf(uri string) string {
	_, rest, _ := strings.Cut(uri, ":")
	user, _, _ := strings.Cut(rest, "@")
	return user
}

// rung waits until the phone was rung n times and returns the last of these.
func (p *phone) rung(n int) *ring {
	p.t.Helper()
	return p.rungWithin(n, patience)
}

func (p *phone) rungWithin(n int, within time.Duration) *ring {
	p.t.Helper()
	await(p.t, fmt.Sprintf("phone %s to ring, the %d. time", p.user, n), within, func() bool { return len(p.rings()) >= n })
	return p.rings()[n-1]
}

// turns waits until the n-th ring of the phone has come to what is asked, and returns it.
func (p *phone) turns(n int, what string, so func(*ring) bool) *ring {
	p.t.Helper()
	p.rung(n)
	await(p.t, fmt.Sprintf("the %d. ring of phone %s to be %s", n, p.user, what), patience+5*time.Second,
		func() bool { return so(p.rings()[n-1]) })
	return p.rings()[n-1]
}

func (p *phone) cancelled(n int) *ring {
	p.t.Helper()
	return p.turns(n, "cancelled", func(r *ring) bool { return !r.cancelled.IsZero() })
}

func (p *phone) connected(n int) *ring {
	p.t.Helper()
	return p.turns(n, "answered and confirmed", func(r *ring) bool { return !r.confirmed.IsZero() })
}

func (p *phone) ended(n int) *ring {
	p.t.Helper()
	return p.turns(n, "over", func(r *ring) bool { return !r.ended.IsZero() })
}

// never checks that the phone was not rung more than n times.
func (p *phone) never(n int) {
	p.t.Helper()
	if got := len(p.rings()); got > n {
		p.t.Errorf("phone %s was rung %d times, want %d", p.user, got, n)
	}
}

// completedElsewhere is what a phone shows no missed call for.
func completedElsewhere(reason string) bool {
	return strings.HasPrefix(reason, "SIP") && strings.Contains(reason, "cause=200") && strings.Contains(reason, "completed elsewhere")
}

// sortRings puts rings of several phones into the order of time.
func sortRings(list []*ring) {
	slices.SortStableFunc(list, func(a, b *ring) int { return a.at.Compare(b.at) })
}
