// Package phone is the other end of a conversation in tests: a raw-text SIP user agent on a network in memory that says
// exactly what it is told, and reads aloud:
//
//	bob.Calls("sales")
//	bob.Hears("SIP/2.0 180")
//	bob.Asks("BYE")
package phone

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/icholy/digest"
)

// Phone has one dialog at a time. What it hears twice it notes once; heardAgain counts copies.
type Phone struct {
	t      *testing.T
	name   string
	conn   net.PacketConn
	server netip.AddrPort
	in     chan string
	heard  map[string]int // times each message came

	callID, tag, farTag string
	target              string // Request-URI of what it asks
	routes              []string
	seq                 int
	branch              int
	invite              string            // the INVITE it sent, for CANCEL
	requests            map[string]string // the last request heard of each method
	SDP                 string            // said in every offer; answers name theirs
	dead                atomic.Bool
}

// New makes a phone that talks to server over conn, which it owns until Close.
func New(t *testing.T, name string, conn net.PacketConn, server netip.AddrPort) *Phone {
	p := &Phone{t: t, name: name, conn: conn, server: server, in: make(chan string, 1000), heard: map[string]int{},
		requests: map[string]string{}, SDP: "v=0 " + name}
	go func() {
		buf := make([]byte, 65536)
		for {
			n, _, err := conn.ReadFrom(buf)
			if err != nil {
				close(p.in)
				return
			}
			m := string(buf[:n])
			if strings.HasPrefix(m, "OPTIONS") && !strings.Contains(Header(m, "To"), "tag=") {
				p.alive(m)
				continue
			}
			p.in <- m
		}
	}()
	return p
}

// alive answers the server's tests of a device.
func (p *Phone) alive(options string) {
	if p.dead.Load() {
		return
	}
	p.Send(fmt.Sprintf("SIP/2.0 200 OK\r\nVia: %s\r\nFrom: %s\r\nTo: %s;tag=o\r\nCall-ID: %s\r\nCSeq: %s\r\nContent-Length: 0\r\n\r\n",
		Header(options, "Via"), Header(options, "From"), Header(options, "To"), Header(options, "Call-ID"), Header(options, "CSeq")))
}

// mute makes the device leave the server's tests unanswered, or answer them again.
func (p *Phone) mute(on bool) { p.dead.Store(on) }

// Addr is its address and port.
func (p *Phone) Addr() string { return p.conn.LocalAddr().String() }

// Hears returns the next message that is new, and fails if it does not begin with start. 100 is passed over unless asked
// for. It waits 70 s.
func (p *Phone) Hears(start string) string {
	p.t.Helper()
	late := time.After(70 * time.Second)
	for {
		select {
		case m := <-p.in:
			p.heard[m]++
			if p.heard[m] > 1 || strings.HasPrefix(m, "SIP/2.0 100") && start != "SIP/2.0 100" {
				continue
			}
			if !strings.HasPrefix(m, start) {
				p.t.Fatalf("%s waits for %q and hears:\n%s", p.name, start, m)
			}
			p.note(m)
			return m
		case <-late:
			p.t.Fatalf("%s waits for %q and hears nothing", p.name, start)
		}
	}
}

// note learns the dialog from what was heard.
func (p *Phone) note(m string) {
	if strings.HasPrefix(m, "SIP/2.0 ") {
		if _, tag, ok := strings.Cut(Header(m, "To"), "tag="); ok && strings.Contains(Header(m, "CSeq"), "INVITE") {
			p.farTag = tag
		}
	} else {
		method, _, _ := strings.Cut(m, " ")
		p.requests[method] = m
		if method == "INVITE" && p.callID != Header(m, "Call-ID") {
			_, tag, _ := strings.Cut(Header(m, "From"), "tag=")
			p.callID, p.farTag, p.tag, p.seq = Header(m, "Call-ID"), tag, p.name, 100
		}
	}
	if c := Header(m, "Contact"); c != "" {
		p.target = strings.Trim(c, "<>")
	}
}

// Silence fails if anything new is heard for so long.
func (p *Phone) Silence(d time.Duration) {
	p.t.Helper()
	end := time.After(d)
	for {
		select {
		case m := <-p.in:
			p.heard[m]++
			if p.heard[m] == 1 {
				p.t.Fatalf("%s wants silence and hears:\n%s", p.name, m)
			}
		case <-end:
			return
		}
	}
}

// Copies takes in what comes for so long, and says how often m has come by now.
func (p *Phone) Copies(m string, d time.Duration) int {
	end := time.After(d)
	for {
		select {
		case got := <-p.in:
			p.heard[got]++
		case <-end:
			return p.heard[m]
		}
	}
}

// Calls sends an INVITE for a new dialog, with an offer. More lines replace or add headers.
func (p *Phone) Calls(user string, more ...string) {
	p.tag, p.farTag = p.name, ""
	p.callID = fmt.Sprintf("call-%s-%d", p.name, p.branch)
	p.target, p.seq = "sip:"+user+"@pbx.test", 1
	p.invite = p.Request("INVITE", p.seq, append([]string{"Content-Type: application/sdp"}, more...), p.SDP)
	p.Send(p.invite)
}

// CallsProven is Calls by a user who answers the challenge (RFC 7616).
func (p *Phone) CallsProven(to, user, password string) {
	p.t.Helper()
	p.Calls(to)
	no := p.Hears("SIP/2.0 401")
	p.AcksRefusal(no)
	challenge, err := digest.FindChallenge(challenges(no))
	if err != nil {
		p.t.Fatalf("%s: %v", p.name, err)
	}
	c, err := digest.Digest(challenge, digest.Options{Method: "INVITE", URI: p.target, Username: user, Password: password, Count: 1})
	if err != nil {
		p.t.Fatalf("%s: %v", p.name, err)
	}
	p.farTag = ""
	p.seq++
	p.invite = p.Request("INVITE", p.seq, []string{"Content-Type: application/sdp", "Authorization: " + c.String()}, p.SDP)
	p.Send(p.invite)
}

func challenges(m string) http.Header {
	h := http.Header{}
	for line := range strings.SplitSeq(m, "\r\n") {
		if v, ok := strings.CutPrefix(line, "WWW-Authenticate: "); ok {
			h.Add("WWW-Authenticate", v)
		}
	}
	return h
}

// Asks sends a request within the dialog.
func (p *Phone) Asks(method string, more ...string) string {
	p.seq++
	m := p.Request(method, p.seq, more, "")
	p.Send(m)
	return m
}

// Offers sends a re-INVITE or UPDATE with SDP.
func (p *Phone) Offers(method, sdp string, more ...string) string {
	p.seq++
	m := p.Request(method, p.seq, append([]string{"Content-Type: application/sdp"}, more...), sdp)
	p.Send(m)
	return m
}

// Acks sends the ACK for the 2xx to the INVITE with the current CSeq.
func (p *Phone) Acks(more ...string) { p.Send(p.Request("ACK", p.seq, more, "")) }

// AcksWith sends the ACK with a late answer (RFC 3261 section 13.2.1).
func (p *Phone) AcksWith(sdp string) {
	p.Send(p.Request("ACK", p.seq, []string{"Content-Type: application/sdp"}, sdp))
}

// Cancels takes back the INVITE.
func (p *Phone) Cancels(more ...string) {
	m := "CANCEL" + strings.TrimPrefix(p.invite, "INVITE")
	m, _, _ = strings.Cut(m, "\r\nContact:")
	m = strings.Replace(m, " INVITE", " CANCEL", 1)
	p.Send(m + "\r\n" + lines(more) + "Content-Length: 0\r\n\r\n")
}

func lines(list []string) string {
	s := ""
	for _, l := range list {
		s += l + "\r\n"
	}
	return s
}

// Request makes a request without sending it.
func (p *Phone) Request(method string, seq int, more []string, body string) string {
	p.branch++
	to := "<sip:sales@pbx.test>"
	if p.farTag != "" {
		to += ";tag=" + p.farTag
	}
	return fmt.Sprintf("%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK-%s-%d;rport\r\nMax-Forwards: 70\r\n"+
		"From: \"%s\" <sip:%s@%s>;tag=%s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\nContact: <sip:%s@%s>\r\n%sContent-Length: %d\r\n\r\n%s",
		method, p.target, p.Addr(), p.name, p.branch, p.name, p.name, p.Addr(), p.tag, to, p.callID, seq, method, p.name, p.Addr(),
		lines(more), len(body), body)
}

// AcksRefusal sends the ACK for a final response other than 2xx.
func (p *Phone) AcksRefusal(res string) {
	m := "ACK" + strings.TrimPrefix(p.invite, "INVITE")
	m, _, _ = strings.Cut(m, "\r\nContact:")
	m = strings.Replace(m, " INVITE", " ACK", 1)
	m = strings.Replace(m, "\r\nTo: "+Header(m, "To"), "\r\nTo: "+Header(res, "To"), 1)
	p.Send(m + "\r\nContent-Length: 0\r\n\r\n")
}

// Answers responds to the last request of a method. A body is SDP.
func (p *Phone) Answers(method string, code int, body string, more ...string) string {
	return p.AnswersAs(p.tag, method, code, body, more...)
}

// AnswersAs responds with a To tag of its own: one of several phones behind a forking proxy.
func (p *Phone) AnswersAs(tag, method string, code int, body string, more ...string) string {
	p.t.Helper()
	req, ok := p.requests[method]
	if !ok {
		p.t.Fatalf("%s has heard no %s", p.name, method)
	}
	to := Header(req, "To")
	if !strings.Contains(to, "tag=") && code > 100 {
		to += ";tag=" + tag
	}
	if body != "" {
		more = append(more, "Content-Type: application/sdp")
	}
	if !strings.Contains(lines(more), "Contact:") {
		more = append(more, fmt.Sprintf("Contact: <sip:%s@%s>", tag, p.Addr()))
	}
	m := fmt.Sprintf("SIP/2.0 %d Said So\r\nVia: %s\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %s\r\n%sContent-Length: %d\r\n\r\n%s",
		code, Header(req, "Via"), Header(req, "From"), to, Header(req, "Call-ID"), Header(req, "CSeq"), lines(more), len(body), body)
	p.Send(m)
	return m
}

// Send sends any text.
func (p *Phone) Send(m string) {
	if _, err := p.conn.WriteTo([]byte(m), net.UDPAddrFromAddrPort(p.server)); err != nil {
		p.t.Fatalf("%s: %v", p.name, err)
	}
}

// Header returns the value of the first header of that name; "" if there is none.
func Header(m, name string) string {
	head, _, _ := strings.Cut(m, "\r\n\r\n")
	for line := range strings.SplitSeq(head, "\r\n") {
		if n, v, ok := strings.Cut(line, ": "); ok && n == name {
			return v
		}
	}
	return ""
}

// Body is what follows the headers.
func Body(m string) string {
	_, b, _ := strings.Cut(m, "\r\n\r\n")
	return b
}

// Seq is the number of CSeq.
func Seq(m string) int {
	n, _, _ := strings.Cut(Header(m, "CSeq"), " ")
	v, _ := strconv.Atoi(n)
	return v
}

// Close takes it off the network.
func (p *Phone) Close() { p.conn.Close() }
