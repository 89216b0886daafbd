package e2e

import (
	"fmt"
	"net"
	"strings"
	"time"
)

// untilReleased is a caller who never hangs up.
const untilReleased = 50 * time.Second

// caller is somebody who calls.
type caller struct{ *sipp }

// calls has somebody dial a number over the trunk and hang up after listening for so long. The options are SIPp's.
func (x *exchange) calls(number string, listens time.Duration, options ...string) *caller {
	x.t.Helper()
	return x.callsAs(x.outside(), "caller", number, listens, options...)
}

// callsWith is calls with an ear for what the caller hears.
func (x *exchange) callsWith(e *ear, number string, listens time.Duration) *caller {
	x.t.Helper()
	p := x.outside()
	p.ear = e
	return x.callsAs(p, "caller", number, listens)
}

// outside is the next caller from the trunk.
func (x *exchange) outside() peer {
	x.busy++
	return peer{name: fmt.Sprintf("caller%d", x.busy), ip: x.trunk, port: 5100 + x.busy}
}

// bracketed is an address as URIs write it.
func bracketed(ip string) string {
	if strings.Contains(ip, ":") {
		return "[" + ip + "]"
	}
	return ip
}

// numberOf is the number that the n-th caller of a test calls from, counted from 1.
func (x *exchange) numberOf(n int) string { return fmt.Sprintf("+155570%02d", n) }

func (x *exchange) callsAs(p peer, scenario, number string, listens time.Duration, options ...string) *caller {
	x.t.Helper()
	all := append([]string{"-s", number, "-m", "1", "-inf", x.csv("none"), "-set", "talk", fmt.Sprint(listens.Milliseconds()),
		"-key", "from", x.numberOf(p.port - 5100), "-key", "host", bracketed(p.ip), "-key", "name", fmt.Sprintf("Caller %d", p.port-5100)}, options...)
	return &caller{x.sipp(p, scenario, all...)}
}

// dials has a user call from a socket that is not registered: it proves who it is when asked.
func (x *exchange) dials(user, number string, listens time.Duration, options ...string) *caller {
	x.t.Helper()
	x.busy++
	return x.dialsFrom(peer{name: user + " dials", ip: x.address(user), port: 5100 + x.busy}, user, number, listens, options...)
}

func (x *exchange) dialsFrom(p peer, user, number string, listens time.Duration, options ...string) *caller {
	x.t.Helper()
	all := append([]string{"-inf", x.csv(fmt.Sprintf("[authentication username=%s password=%s]", user, password(user))),
		"-auth_uri", number + "@" + x.sip, "-s", number, "-m", "1", "-set", "talk", fmt.Sprint(listens.Milliseconds()),
		"-key", "from", user, "-key", "host", "ringtide.local", "-key", "name", "User"}, options...)
	return &caller{x.sipp(p, "caller", all...)}
}

// answered waits for the 200 and returns when it came.
func (c *caller) answered() message {
	c.t.Helper()
	return c.sees("200 for its INVITE", came(200, "INVITE"))
}

// arrived is when the INVITE left.
func (c *caller) arrived() time.Time {
	c.t.Helper()
	return c.sees("its INVITE leave", func(m message) bool { return m.sent && m.method == "INVITE" }).at
}

// released waits until the program has hung up on the caller.
func (c *caller) released() message {
	c.t.Helper()
	return c.sees("BYE", asked("BYE"))
}

// refused waits for the refusal and returns it.
func (c *caller) refused() message {
	c.t.Helper()
	return c.sees("a refusal", func(m message) bool {
		return !m.sent && m.code >= 300 && m.code != 401 && m.cseq() == "INVITE"
	})
}

// hangsUp has the caller hang up now: with CANCEL if nobody has answered, with BYE otherwise.
func (c *caller) hangsUp() {
	c.t.Helper()
	c.arrived()
	invite, _ := last(c.trace.all(), func(m message) bool { return m.sent && m.method == "INVITE" })
	ask := fmt.Sprintf("INFO sip:%[1]s SIP/2.0\r\nVia: %[2]s\r\nFrom: <sip:test@%[1]s>;tag=t\r\nTo: <sip:test@%[1]s>\r\nCall-ID: %[3]s\r\n"+
		"CSeq: 1 INFO\r\nContent-Length: 0\r\n\r\n", c.ip, invite.header("Via"), invite.callID())
	to := net.JoinHostPort(c.ip, fmt.Sprint(c.port))
	conn, err := net.Dial("udp", to)
	if err != nil {
		c.t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte(ask)); err != nil {
		c.t.Fatal(err)
	}
}
