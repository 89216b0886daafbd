package call

import (
	"fmt"
	"strings"
	"time"

	"ringtide/internal/phone"
)

// manner is how a phone takes a call.
type manner struct {
	name   string
	weight int
	do     func(*side)
}

// manners of phones. Their weights add up to 100.
var manners = []manner{
	{"answers", 34, func(s *side) { s.rings(); s.within(200*time.Millisecond, 4*time.Second, s.accepts) }},
	{"answers at once", 6, func(s *side) { s.within(0, 100*time.Millisecond, s.accepts) }},
	{"answers as the ring time ends", 8, func(s *side) { s.rings(); s.within(4900*time.Millisecond, 5200*time.Millisecond, s.accepts) }},
	{"answers when the CANCEL comes", 6, func(s *side) { s.rings(); s.stubborn = true }},
	{"answers twice", 5, func(s *side) { s.rings(); s.within(0, 3*time.Second, s.acceptsTwice) }},
	{"answers and drops", 7, func(s *side) { s.rings(); s.quiet = true; s.within(0, 2*time.Second, s.accepts) }},
	{"rings on", 9, (*side).rings},
	{"rejects", 13, func(s *side) { s.rings(); s.within(0, 2*time.Second, s.rejects) }},
	{"says nothing", 3, func(*side) {}},
	{"says 100 alone", 2, func(s *side) { s.invite.says(100, "", "") }},
	{"wakes up too late", 3, func(s *side) { s.within(4*time.Second, 8*time.Second, s.accepts) }},
	{"rings too late", 2, func(s *side) { s.within(4*time.Second, 6*time.Second, s.rings) }},
	{"vanishes", 2, func(s *side) {
		s.rings()
		s.within(0, 3*time.Second, s.vanishes)
	}},
}

// rung: an INVITE asks for a new dialog.
func (p *peer) rung(h *reply) {
	p.c.rung++
	s := &side{
		p: p, id: h.m.callID, tag: fmt.Sprintf("%s%d", p.user, p.c.rung), farTag: h.m.fromTag, seq: 100, begun: time.Now(),
		local: phone.Header(h.m.text, "To"), remote: untagged(phone.Header(h.m.text, "From")),
		target: strings.Trim(phone.Header(h.m.text, "Contact"), "<>"), invite: h, group: phone.Header(h.m.text, "X-Group"),
		port: audioPort(h.m.text), shown: map[int]bool{},
	}
	s.first = p.c.look(s)
	p.c.mayRing(s)
	p.sides[s.id+s.tag] = s
	s.manner = p.c.manner()
	s.manner.do(s)
	valid, err := time.ParseDuration(phone.Header(h.m.text, "Expires") + "s")
	if err != nil {
		valid = 3 * time.Minute
	}
	p.after(valid+5*time.Second, s.expires) // its clock is slow
}

// expires: nothing has been said for as long as the INVITE is valid (RFC 3261 section 13.3.1). The server has known before.
func (s *side) expires() {
	if s.state != undecided || !s.ringing {
		return
	}
	if s.p.user != "" && !s.p.c.astray(s) {
		s.p.c.wrong("%s (%s): nobody stops it from ringing", s, s.manner.name)
	}
	s.ends()
	s.invite.says(487, s.tag, "")
}

func untagged(value string) string {
	value, _, _ = strings.Cut(value, ";tag=")
	return value
}

// within does something at some time between, if the INVITE is still undecided then.
func (s *side) within(least, most time.Duration, do func()) {
	s.p.after(s.p.c.between(least, most), func() {
		if s.state == undecided {
			do()
		}
	})
}

func (s *side) rings() {
	s.ringing = true
	s.invite.says(180, s.tag, "")
}

func (s *side) rejects() {
	codes := []int{486, 486, 603, 480, 302, 500, 503}
	code := codes[s.p.c.rand.IntN(len(codes))]
	s.p.c.bookOf(s).refused = true
	s.ends()
	s.invite.says(code, s.tag, "")
}

func (s *side) accepts() {
	s.state, s.ringing, s.since = up, false, time.Now()
	s.invite.says(200, s.tag, sdp(s.p.at.String()))
	s.insists(s.invite.last, func() bool { return s.confirmed })
}

// acceptsTwice: a proxy in front of two phones brings both answers.
func (s *side) acceptsTwice() {
	s.forked = true
	twin := *s
	twin.tag += "twin"
	twin.shown = map[int]bool{}
	s.p.sides[twin.id+twin.tag] = &twin
	s.accepts()
	twin.accepts()
}

// insists repeats a 2xx until the ACK comes (RFC 3261 section 13.3.1.4).
func (s *side) insists(ok string, acked func() bool) {
	begun := time.Now()
	var again func(time.Duration)
	again = func(d time.Duration) {
		s.p.after(d, func() {
			switch {
			case acked() || s.state == over:
			case time.Since(begun) >= 64*t1:
				s.p.c.wrong("%s (%s): nobody acknowledges its answer", s, s.manner.name)
				s.hangsUp()
			default:
				s.p.send(ok)
				again(min(2*d, t2))
			}
		})
	}
	again(t1)
}

// cancelled: who called has changed its mind.
func (p *peer) cancelled(h *reply) {
	invite := p.heard[h.m.branch+"INVITE"]
	if invite == nil {
		h.says(481, "c", "")
		return
	}
	for _, s := range p.sides {
		if s.invite != invite || s.state != undecided {
			continue
		}
		if s.stubborn {
			s.accepts()
		} else {
			s.ends()
			invite.says(487, s.tag, "")
		}
		break
	}
	h.says(200, "c", "")
}

// confirms: the ACK of its 2xx has come.
func (s *side) confirms(m mail) {
	if _, ok := s.shown[m.seq]; ok {
		s.shown[m.seq] = true
		return
	}
	if s.confirmed || s.state != up || s.invite == nil {
		return
	}
	s.confirmed = true
	c := s.p.c
	if s.quiet {
		s.p.after(c.between(0, 900*time.Millisecond), s.hangsUp)
		return
	}
	s.p.after(50*time.Millisecond, s.says)
	if caller := c.callerOf(s); caller != nil {
		caller.conversation()
	}
	if s.maybeMoves() {
		return
	}
	s.p.after(c.between(300*time.Millisecond, 9*time.Second), s.hangsUp)
	switch c.rand.IntN(12) {
	case 0, 1:
		s.p.after(c.between(0, 2*time.Second), s.holds)
	case 2:
		s.p.after(c.between(0, 4*time.Second), func() {
			if s.state == up {
				s.vanishes()
			}
		})
	}
}

// vanishes: somebody pulls the plug of the phone.
func (s *side) vanishes() {
	if s.p.user != "" {
		s.p.vanishes(s.p.c.between(2*time.Second, 40*time.Second))
	}
}
