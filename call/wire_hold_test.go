package call

import (
	"fmt"
	"strings"
	"time"
)

// holdings are the ways in which phones hold a call: what they write into their description (RFC 3264 section 8.4), the
// address 0.0.0.0 being that of RFC 2543.
var holdings = []string{"a=sendonly\r\n", "a=inactive\r\n", "c=IN IP4 0.0.0.0\r\n"}

// holds puts the server on hold and resumes.
func (s *side) holds() {
	s.reoffers(s.p.c.holding(), func() {
		s.p.after(s.p.c.between(0, time.Second), s.resumes)
	})
}

func (s *side) resumes() { s.reoffers("", func() {}) }

func (c *city) holding() string { return holdings[c.rand.IntN(len(holdings))] }

// reoffers sends a re-INVITE, or an UPDATE; then is for when it is accepted.
func (s *side) reoffers(hold string, then func()) {
	if s.state != up || !s.confirmed || s.offering {
		return
	}
	method := "INVITE"
	if s.p.c.rand.IntN(5) == 0 {
		method = "UPDATE"
	}
	was := s.hold
	s.hold, s.offering = hold, true
	s.held = s.held || hold != ""
	s.seq++
	seq, first := s.seq, true
	s.p.ask(method, s.request(method, seq, s.description()), func(m mail) {
		if m.code >= 100 && m.code < 200 {
			return
		}
		accepted := m.code >= 200 && m.code < 300
		if accepted && method == "INVITE" {
			s.p.send(s.request("ACK", seq, ""))
		}
		if !first {
			return
		}
		first, s.offering = false, false
		switch {
		case accepted:
			then()
		case m.code == 0 && s.state == up:
			s.p.c.wrong("%s: nobody answers its %s", s, method)
		default: // it goes on as it was
			s.hold = was
		}
	})
}

// description offers or answers audio as things are.
func (s *side) description() string {
	d := strings.Replace(sdp(s.p.at.String()), "o=- 1 1", fmt.Sprintf("o=- 1 %d", 1+s.seq), 1)
	if address, ok := strings.CutPrefix(s.hold, "c="); ok {
		before, after, _ := strings.Cut(d, "c=")
		_, after, _ = strings.Cut(after, "\r\n")
		return before + "c=" + address + after
	}
	return d + s.hold
}

// shows answers the server's offer in the midst of a call: two offers that meet are both refused (RFC 3261 section 14.2).
func (s *side) shows(h *reply) {
	switch {
	case s.offering:
		h.says(491, "", "")
	case h.m.method == "UPDATE" && !strings.Contains(h.m.text, "application/sdp"):
		h.says(200, "", "")
	default:
		h.says(200, "", s.description())
		if h.m.method == "INVITE" {
			s.shown[h.m.seq] = false
			s.insists(h.last, func() bool { return s.shown[h.m.seq] })
		}
	}
}
