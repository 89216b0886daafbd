package sip

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// phone is the other end of a conversation: a raw-text user agent that says exactly what it is told, read aloud:
//
//	bob.calls("sales")
//	bob.hears("SIP/2.0 180")
//	bob.asks("BYE")
//
// It has one dialog at a time. What it hears twice it notes once; heardAgain counts copies.
type phone struct {
	t      *testing.T
	name   string
	conn   packets
	server netip.AddrPort
	in     chan string
	heard  map[string]int // times each message came

	callID, tag, farTag string
	target              string // Request-URI of what it asks
	seq                 int
	branch              int
	contact             string            // its Contact
	via                 string            // transport in its Via
	invite              string            // the INVITE it sent, for CANCEL
	requests            map[string]string // the last request heard of each method
	sdp                 string
	dead                atomic.Bool
}

// packets is what a phone speaks over.
type packets interface {
	ReadFrom([]byte) (int, net.Addr, error)
	WriteTo([]byte, net.Addr) (int, error)
	LocalAddr() net.Addr
	Close() error
}

func newPhone(t *testing.T, name string, conn packets, server netip.AddrPort) *phone {
	p := &phone{t: t, name: name, conn: conn, server: server, via: "UDP", contact: "sip:" + name + "@" + conn.LocalAddr().String(), in: make(chan string, 1000), heard: map[string]int{},
		requests: map[string]string{}, sdp: "v=0 " + name}
	go func() {
		buf := make([]byte, 65536)
		for {
			n, _, err := conn.ReadFrom(buf)
			if err != nil {
				close(p.in)
				return
			}
			m := string(buf[:n])
			if strings.HasPrefix(m, "OPTIONS") && !strings.Contains(header(m, "To"), "tag=") {
				p.alive(m)
				continue
			}
			p.in <- m
		}
	}()
	return p
}

// alive answers the server's tests of a device.
func (p *phone) alive(options string) {
	if p.dead.Load() {
		return
	}
	p.put(fmt.Sprintf("SIP/2.0 200 OK\r\nVia: %s\r\nFrom: %s\r\nTo: %s;tag=o\r\nCall-ID: %s\r\nCSeq: %s\r\nContent-Length: 0\r\n\r\n",
		header(options, "Via"), header(options, "From"), header(options, "To"), header(options, "Call-ID"), header(options, "CSeq")))
}

// mute makes the device leave the server's tests unanswered, or answer them again.
func (p *phone) mute(on bool) { p.dead.Store(on) }

func (p *phone) addr() string { return p.conn.LocalAddr().String() }

// hears returns the next message that is new, and fails if it does not begin with start. 100 is passed over unless asked
// for. It waits 70 s.
func (p *phone) hears(start string) string {
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

// hearsAll hears these, in whatever order the network brings them.
func (p *phone) hearsAll(starts ...string) {
	p.t.Helper()
	for len(starts) > 0 {
		m := p.hears("")
		i := slices.IndexFunc(starts, func(s string) bool { return strings.HasPrefix(m, s) })
		if i < 0 {
			p.t.Fatalf("%s waits for %q and hears:\n%s", p.name, starts, m)
		}
		starts = slices.Delete(starts, i, i+1)
	}
}

// note learns the dialog from what was heard.
func (p *phone) note(m string) {
	if strings.HasPrefix(m, "SIP/2.0 ") {
		if _, tag, ok := strings.Cut(header(m, "To"), "tag="); ok && strings.Contains(header(m, "CSeq"), "INVITE") {
			p.farTag = tag
		}
	} else {
		method, _, _ := strings.Cut(m, " ")
		p.requests[method] = m
		if method == "INVITE" && p.callID != header(m, "Call-ID") {
			_, tag, _ := strings.Cut(header(m, "From"), "tag=")
			p.callID, p.farTag, p.tag, p.seq = header(m, "Call-ID"), tag, p.name, 100
		}
	}
	if c := header(m, "Contact"); c != "" {
		p.target = strings.Trim(c, "<>")
	}
}

// silence fails if anything new is heard for so long.
func (p *phone) silence(d time.Duration) {
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

// copies takes in what comes for so long, and says how often m has come by now.
func (p *phone) copies(m string, d time.Duration) int {
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

// calls sends an INVITE for a new dialog, with an offer. More lines replace or add headers.
func (p *phone) calls(user string, more ...string) {
	p.tag, p.farTag = p.name, ""
	p.callID = fmt.Sprintf("call-%s-%d", p.name, p.branch)
	p.target, p.seq = "sip:"+user+"@pbx.test", 1
	p.invite = p.request("INVITE", p.seq, append([]string{"Content-Type: application/sdp"}, more...), p.sdp)
	p.send(p.invite)
}

// asks sends a request within the dialog.
func (p *phone) asks(method string, more ...string) string {
	p.seq++
	m := p.request(method, p.seq, more, "")
	p.send(m)
	return m
}

// offers sends a re-INVITE or UPDATE with SDP.
func (p *phone) offers(method, sdp string, more ...string) string {
	p.seq++
	m := p.request(method, p.seq, append([]string{"Content-Type: application/sdp"}, more...), sdp)
	p.send(m)
	return m
}

// acks sends the ACK for the 2xx to the INVITE with the current CSeq.
func (p *phone) acks(more ...string) { p.send(p.request("ACK", p.seq, more, "")) }

// moves changes its Contact.
func (p *phone) moves(contact string) { p.contact = contact }

// cancels takes back the INVITE.
func (p *phone) cancels(more ...string) {
	m := "CANCEL" + strings.TrimPrefix(p.invite, "INVITE")
	m, _, _ = strings.Cut(m, "\r\nContact:")
	m = strings.Replace(m, " INVITE", " CANCEL", 1)
	p.send(m + "\r\n" + lines(more) + "Content-Length: 0\r\n\r\n")
}

func lines(list []string) string {
	s := ""
	for _, l := range list {
		s += l + "\r\n"
	}
	return s
}

func (p *phone) request(method string, seq int, more []string, body string) string {
	p.branch++
	to := "<sip:sales@pbx.test>"
	if p.farTag != "" {
		to += ";tag=" + p.farTag
	}
	return fmt.Sprintf("%s %s SIP/2.0\r\nVia: SIP/2.0/%s %s;branch=z9hG4bK-%s-%d;rport\r\nMax-Forwards: 70\r\n"+
		"From: \"%s\" <sip:%s@%s>;tag=%s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\nContact: <%s>\r\n%sContent-Length: %d\r\n\r\n%s",
		method, p.target, p.via, p.addr(), p.name, p.branch, p.name, p.name, p.addr(), p.tag, to, p.callID, seq, method, p.contact,
		lines(more), len(body), body)
}

// acksRefusal sends the ACK for a final response other than 2xx.
func (p *phone) acksRefusal(res string) {
	m := "ACK" + strings.TrimPrefix(p.invite, "INVITE")
	m, _, _ = strings.Cut(m, "\r\nContact:")
	m = strings.Replace(m, " INVITE", " ACK", 1)
	m = strings.Replace(m, "\r\nTo: "+header(m, "To"), "\r\nTo: "+header(res, "To"), 1)
	p.send(m + "\r\nContent-Length: 0\r\n\r\n")
}

// answers responds to the last request of a method. A body is SDP.
func (p *phone) answers(method string, code int, body string, more ...string) string {
	return p.answersAs(p.tag, method, code, body, more...)
}

// answersAs responds with a To tag of its own: one of several phones behind a forking proxy.
func (p *phone) answersAs(tag, method string, code int, body string, more ...string) string {
	p.t.Helper()
	req, ok := p.requests[method]
	if !ok {
		p.t.Fatalf("%s has heard no %s", p.name, method)
	}
	to := header(req, "To")
	if !strings.Contains(to, "tag=") && code > 100 {
		to += ";tag=" + tag
	}
	if body != "" {
		more = append(more, "Content-Type: application/sdp")
	}
	if !strings.Contains(lines(more), "Contact:") {
		more = append(more, fmt.Sprintf("Contact: <sip:%s@%s>", cmp.Or(tag, p.name), p.addr()))
	}
	m := fmt.Sprintf("SIP/2.0 %d Said So\r\nVia: %s\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %s\r\n%sContent-Length: %d\r\n\r\n%s",
		code, header(req, "Via"), header(req, "From"), to, header(req, "Call-ID"), header(req, "CSeq"), lines(more), len(body), body)
	p.send(m)
	return m
}

// send sends a message and waits until the server has done with it.
func (p *phone) send(m string) {
	p.put(m)
	synctest.Wait()
}

// put sends a message.
func (p *phone) put(m string) {
	if _, err := p.conn.WriteTo([]byte(m), net.UDPAddrFromAddrPort(p.server)); err != nil {
		p.t.Fatalf("%s: %v", p.name, err)
	}
}

// header returns the value of the first header of that name; "" if there is none.
func header(m, name string) string {
	head, _, _ := strings.Cut(m, "\r\n\r\n")
	for line := range strings.SplitSeq(head, "\r\n") {
		if n, v, ok := strings.Cut(line, ": "); ok && n == name {
			return v
		}
	}
	return ""
}

func body(m string) string {
	_, b, _ := strings.Cut(m, "\r\n\r\n")
	return b
}

func seqOf(m string) int {
	n, _, _ := strings.Cut(header(m, "CSeq"), " ")
	v, _ := strconv.Atoi(n)
	return v
}
