package call

import (
	"crypto/md5"
	"crypto/sha256"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"ringtide/internal/phone"
)

// plan is what a caller is up to.
type plan struct {
	dialled   string
	patience  time.Duration // to wait for somebody to talk to
	talk      time.Duration // then hangs up; the phone may be first
	lateOffer bool
	holds     bool // puts us on hold once
	talkative bool
	keys      int // that it presses
	forgets   time.Duration
}

// calls sends an INVITE as number, which nobody else has.
func (p *peer) calls(number string, w plan) *side {
	s := &side{
		p: p, id: fmt.Sprintf("%s-%d", number, p.c.calls), tag: "c", begun: time.Now(), plan: w, seq: 1, shown: map[int]bool{},
		local:  fmt.Sprintf(`"Caller" <sip:%s@pbx.test>`, number),
		remote: fmt.Sprintf("<sip:%s@pbx.test>", w.dialled), target: fmt.Sprintf("sip:%s@pbx.test", w.dialled),
	}
	p.c.calls++
	p.c.visits[s.id] = s
	p.sides[s.id+s.tag] = s
	s.invites()
	p.after(w.patience, func() {
		if !s.talks {
			s.givesUp()
		}
	})
	if w.forgets > 0 {
		p.after(w.forgets, func() {
			if s.state == up { // a carrier's switch has lost the call
				s.lost = true
				s.ends()
			}
		})
	}
	return s
}

func (s *side) invites(more ...string) {
	body := ""
	if !s.plan.lateOffer {
		body = s.description()
	}
	s.call = s.p.ask("INVITE", s.request("INVITE", s.seq, body, more...), s.hears)
}

// hears what its INVITE is answered.
func (s *side) hears(m mail) {
	switch {
	case m.code == 0:
		s.p.c.wrong("%s: its INVITE is never answered", s)
		s.ends()
	case m.code < 200:
		if m.code > 100 && s.heard180.IsZero() {
			s.heard180, s.early = time.Now(), m.toTag
		}
		s.takesBack()
	case m.code < 300:
		s.answered(m)
	case m.code == 401 && s.seq == 1:
		s.seq++
		s.invites("Authorization: " + proof(m.text, s.p.user, s.target) + "\r\n")
	default:
		s.final = m.code
		s.ends()
	}
}

func (s *side) answered(m mail) {
	first := s.final == 0
	s.final = m.code
	if first {
		s.farTag, s.target = m.toTag, strings.Trim(phone.Header(m.text, "Contact"), "<>")
		s.state, s.confirmed, s.since = up, true, time.Now()
	}
	body := ""
	if s.plan.lateOffer {
		body = s.description()
	}
	s.p.send(s.request("ACK", m.seq, body))
	if !first {
		return
	}
	if s.cancelled {
		s.hangsUp()
		return
	}
	s.port = audioPort(m.text)
	s.p.after(50*time.Millisecond, s.speaks)
	if s.plan.holds {
		s.p.after(s.p.c.between(0, 5*time.Second), s.holds)
	}
	for range s.plan.keys {
		s.p.after(s.p.c.between(0, 10*time.Second), s.presses)
	}
	if strings.HasPrefix(s.plan.dialled, "*8") {
		s.picksUp()
	}
}

// speaks says a word, so that the server has heard it, or talks without end: voicemail takes it down.
func (s *side) speaks() {
	if s.state == up {
		s.says()
		if s.plan.talkative {
			s.p.after(20*time.Millisecond, s.speaks)
		}
	}
}

// ear is where it sends and hears audio.
func (s *side) ear() netip.AddrPort { return netip.AddrPortFrom(s.p.at.Addr(), 4000) }

// says sends one packet of audio.
func (s *side) says() {
	s.audio++
	s.p.c.air.speak(s.port, voice{from: s.ear(), seq: s.audio})
}

// givesUp ends the call whatever its state.
func (s *side) givesUp() {
	s.cancelled = s.state == undecided
	s.hangsUp()
	s.takesBack()
}

// takesBack sends the CANCEL that is wanted, as soon as it may (RFC 3261 section 9.1).
func (s *side) takesBack() {
	if !s.cancelled || !s.call.proceeding || s.call.decided || s.leftBy != "" {
		return
	}
	s.leftBy = "peer"
	s.p.ask("CANCEL", s.call.sibling("CANCEL", s.remote), func(mail) {})
	s.p.after(64*t1, func() {
		if s.state == undecided {
			s.p.c.wrong("%s: its CANCEL ends nothing", s)
			s.ends()
		}
	})
}

// conversation: a voice is heard.
func (s *side) conversation() {
	if s.talks || s.state == over {
		return
	}
	s.talks = true
	if !s.maybeMoves() {
		s.p.after(s.plan.talk, s.givesUp)
	}
}

// proof answers a challenge (RFC 7616).
func proof(challenge, user, uri string) string {
	first := phone.Header(challenge, "WWW-Authenticate")
	hash := func(parts ...string) string {
		text := []byte(strings.Join(parts, ":"))
		if strings.Contains(first, "SHA-256") {
			return fmt.Sprintf("%x", sha256.Sum256(text))
		}
		return fmt.Sprintf("%x", md5.Sum(text))
	}
	_, nonce, _ := strings.Cut(first, `nonce="`)
	nonce, _, _ = strings.Cut(nonce, `"`)
	algorithm := "MD5"
	if strings.Contains(first, "SHA-256") {
		algorithm = "SHA-256"
	}
	answer := hash(hash(user, "pbx.test", password), nonce, "00000001", "c", "auth", hash("INVITE", uri))
	return fmt.Sprintf(`Digest username="%s",realm="pbx.test",nonce="%s",uri="%s",algorithm=%s,qop=auth,nc=00000001,cnonce="c",response="%s"`,
		user, nonce, uri, algorithm, answer)
}
