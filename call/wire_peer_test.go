package call

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"ringtide/internal/fakenet"
	"ringtide/internal/phone"
)

// The base timers of RFC 3261 section 17.1.1.1: the peers repeat what the network may have lost.
const (
	t1 = 500 * time.Millisecond
	t2 = 4 * time.Second
)

// peer is an automatic user agent behind one socket: a phone or a carrier, in any number of dialogs at once. It has one
// goroutine, which reads; everything it does runs under the city's lock, when a message comes or a timer fires.
type peer struct {
	c      *city
	user   string // extension; "" for a carrier
	at     netip.AddrPort
	conn   *fakenet.Conn
	asks   map[string]*ask   // requests of its own, by branch and method
	heard  map[string]*reply // requests it has heard, by branch and method
	sides  map[string]*side  // dialogs, by Call-ID and own tag
	off    bool              // neither hears nor speaks
	life   int               // counts the times it was switched off: older timers are void
	branch int
}

// mail is a message taken apart as far as it matters.
type mail struct {
	text, method   string // method of the CSeq
	code, seq      int    // code: 0 for requests
	branch, callID string
	fromTag, toTag string
}

func read(text string) (m mail) {
	m.text, m.code = text, phone.Code(text)
	fmt.Sscanf(phone.Header(text, "CSeq"), "%d %s", &m.seq, &m.method)
	if m.code == 0 {
		m.method, _, _ = strings.Cut(text, " ") // ACK and CANCEL
	}
	m.branch, m.callID = param(phone.Header(text, "Via"), "branch"), phone.Header(text, "Call-ID")
	m.fromTag, m.toTag = param(phone.Header(text, "From"), "tag"), param(phone.Header(text, "To"), "tag")
	return m
}

// param is a parameter of a header.
func param(value, name string) string {
	_, v, _ := strings.Cut(value, ";"+name+"=")
	v, _, _ = strings.Cut(v, ";")
	return v
}

func (c *city) peer(user, at string) *peer {
	addr := netip.MustParseAddrPort(at)
	conn, err := c.net.ListenPacket(addr)
	c.must(err)
	p := &peer{c: c, user: user, at: addr, conn: conn}
	p.forgets()
	c.peers = append(c.peers, p)
	go p.listen()
	return p
}

func (p *peer) listen() {
	buf := make([]byte, 8192)
	for {
		n, _, err := p.conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		text := string(buf[:n])
		p.c.mu.Lock()
		if !p.off {
			p.c.heard++
			p.takes(read(text))
		}
		p.c.mu.Unlock()
	}
}

func (p *peer) send(text string) {
	if !p.off {
		p.c.said++
		_, err := p.conn.WriteToUDPAddrPort([]byte(text), netip.MustParseAddrPort(serverAt))
		p.c.must(err)
	}
}

// after does something later, unless the peer is switched off before.
func (p *peer) after(d time.Duration, do func()) {
	life := p.life
	time.AfterFunc(d, func() {
		p.c.mu.Lock()
		defer p.c.mu.Unlock()
		if p.life == life {
			do()
		}
	})
}

// allow is what it understands: every other one knows no UPDATE.
func (p *peer) allow() string {
	allow := "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, NOTIFY, REFER"
	if last := p.at.Addr().As4()[3]; last%2 == 0 {
		allow += ", UPDATE"
	}
	return allow + "\r\n"
}

func (p *peer) forgets() {
	p.asks, p.heard, p.sides = map[string]*ask{}, map[string]*reply{}, map[string]*side{}
}

// vanishes switches it off for so long; it comes back without memory.
func (p *peer) vanishes(d time.Duration) {
	for _, s := range p.sides {
		s.lost = s.state != over
		s.deserts()
		s.ends()
	}
	p.forgets()
	p.off = true
	p.life++
	p.after(d, func() { p.off = false })
}

func (p *peer) takes(m mail) {
	if m.code > 0 {
		if a := p.asks[m.branch+m.method]; a != nil {
			a.answered(m)
		}
		return
	}
	if m.method == "ACK" {
		if h := p.heard[m.branch+"INVITE"]; h != nil { // of a refusal
			h.acked = true
		}
		if s := p.sides[m.callID+m.toTag]; s != nil {
			s.confirms(m)
		}
		return
	}
	if h := p.heard[m.branch+m.method]; h != nil {
		if h.last != "" {
			p.send(h.last)
		}
		return
	}
	h := &reply{p: p, m: m}
	p.heard[m.branch+m.method] = h
	p.after(64*t1, func() { delete(p.heard, m.branch+m.method) })
	s := p.sides[m.callID+m.toTag]
	switch {
	case m.method == "INVITE" && m.toTag == "":
		p.rung(h)
	case m.method == "CANCEL":
		p.cancelled(h)
	case m.toTag == "" && (m.method == "OPTIONS" || m.method == "NOTIFY"):
		h.says(200, "o", "")
	case s == nil || s.state == over:
		h.says(481, "u", "")
	case m.method == "BYE":
		h.says(200, "", "")
		s.serverLeft()
	case m.method == "NOTIFY":
		s.notified(h)
	case m.method == "INVITE" || m.method == "UPDATE":
		s.shows(h)
	default:
		h.says(200, "", "")
	}
}

// reply is a request it has heard, with what it answers.
type reply struct {
	p     *peer
	m     mail
	last  string
	acked bool
}

func (h *reply) says(code int, tag, body string) {
	to := phone.Header(h.m.text, "To")
	if h.m.toTag == "" && code > 100 {
		to += ";tag=" + tag
	}
	more := fmt.Sprintf("Contact: <sip:me@%s>\r\n%s", h.p.at, h.p.allow())
	if body != "" {
		more += "Content-Type: application/sdp\r\n"
	}
	h.last = fmt.Sprintf("SIP/2.0 %d Said\r\nVia: %s\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %s\r\n%sContent-Length: %d\r\n\r\n%s",
		code, phone.Header(h.m.text, "Via"), phone.Header(h.m.text, "From"), to, h.m.callID, phone.Header(h.m.text, "CSeq"), more, len(body), body)
	h.p.send(h.last)
	if h.m.method == "INVITE" && code >= 300 {
		h.insists(t1, time.Now())
	}
}

// insists repeats a refusal until its ACK comes (RFC 3261 section 17.2.1).
func (h *reply) insists(d time.Duration, since time.Time) {
	h.p.after(d, func() {
		if !h.acked && time.Since(since) < 64*t1 {
			h.p.send(h.last)
			h.insists(min(2*d, t2), since)
		}
	})
}

// ask is a request of its own: repeated until it is answered.
type ask struct {
	p          *peer
	method     string
	text       string
	since      time.Time
	proceeding bool
	decided    bool
	hears      func(mail) // each provisional and the first final response, each 2xx to an INVITE; code 0: none came
}

func (p *peer) ask(method, text string, hears func(mail)) *ask {
	a := &ask{p: p, method: method, text: text, since: time.Now(), hears: hears}
	p.asks[read(text).branch+method] = a
	p.send(text)
	a.repeats(t1)
	return a
}

func (a *ask) repeats(d time.Duration) {
	a.p.after(d, func() {
		switch {
		case a.decided, a.proceeding && a.method == "INVITE":
		case time.Since(a.since) >= 64*t1:
			a.decided = true
			a.hears(mail{})
		default:
			a.p.send(a.text)
			if d *= 2; a.method != "INVITE" {
				d = min(d, t2)
			}
			a.repeats(d)
		}
	})
}

func (a *ask) answered(m mail) {
	first := !a.decided
	a.proceeding = true
	a.decided = a.decided || m.code >= 200
	if a.method == "INVITE" && m.code >= 300 { // RFC 3261 section 17.1.1.3
		a.p.send(a.sibling("ACK", phone.Header(m.text, "To")))
	}
	if first || a.method == "INVITE" && m.code < 300 && m.code >= 200 {
		a.hears(m)
	}
}

// sibling is an ACK or CANCEL of the same transaction.
func (a *ask) sibling(method, to string) string {
	uri, _, _ := strings.Cut(strings.TrimPrefix(a.text, a.method+" "), " ")
	return fmt.Sprintf("%s %s SIP/2.0\r\nVia: %s\r\nMax-Forwards: 70\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\nContent-Length: 0\r\n\r\n",
		method, uri, phone.Header(a.text, "Via"), phone.Header(a.text, "From"), to, phone.Header(a.text, "Call-ID"), phone.Seq(a.text), method)
}
