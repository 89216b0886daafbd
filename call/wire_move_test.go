package call

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"ringtide/internal/phone"
)

// move is what a side does to have its partner taken elsewhere.
type move struct {
	with     *side     // the other line of its phone; nil: it consults nobody
	asked    int       // REFERs without answer
	begun    time.Time // the last REFER was sent
	accepted time.Time // the 202 has come; zero: not yet
	hears    int       // what it answers to NOTIFY; 0: nothing, it is deaf for it
	stays    bool      // it hangs up when the end is reported, or never
	told     int       // the status reported last
}

// letGo is how long after the 202 a phone is still in the call at most: it has been rung for, the phone was told and given
// time to hang up, and the BYE was lost a few times.
const letGo = 100 * time.Second

// hasMoved: it is no party any more.
func (s *side) hasMoved() bool { return !s.move.accepted.IsZero() }

// mayHaveMoved: it has asked to go, with this line or the other one.
func (s *side) mayHaveMoved() bool {
	return s.hasMoved() || s.move.asked > 0 || s.move.with != nil && s.move.with.move.asked > 0
}

// maybeMoves draws whether a user moves its call. If so, it hangs up later.
func (s *side) maybeMoves() bool {
	c := s.p.c
	if s.p.user == "" || s.move.with != nil || c.rand.IntN(5) > 2 {
		return false
	}
	s.p.after(c.between(0, 3*time.Second), s.moves)
	s.p.after(time.Minute, func() { // however that goes; who has moved its call is let go
		if !s.hasMoved() {
			s.hangsUp()
		}
	})
	return true
}

// moves: now and then the other side has had enough, or has the same thought, at that very moment.
func (s *side) moves() {
	c := s.p.c
	if other := c.partner(s); other != nil && c.rand.IntN(4) == 0 {
		does := other.hangsUp
		if other.p.user != "" && c.rand.IntN(2) == 0 {
			does = func() { other.refers(other.destination()) }
		}
		other.p.after(c.between(0, 100*time.Millisecond), does)
	}
	if c.rand.IntN(5) < 2 {
		s.refers(s.destination())
	} else {
		s.consults()
	}
}

// whom draws somebody who is called.
func (c *city) whom() string {
	user := fmt.Sprint(101 + c.rand.IntN(24))
	return []string{user, user, user, fmt.Sprint(600 + c.rand.IntN(8)), fmt.Sprint(600 + c.rand.IntN(8)), "0015551234", "*97" + user}[c.rand.IntN(7)]
}

// destination draws where a blind transfer goes: now and then to nonsense, to itself, to another's domain.
func (s *side) destination() string {
	c := s.p.c
	to := c.whom()
	switch c.rand.IntN(12) {
	case 0:
		to = []string{"999", "*11", "*8", "*97", "*97999"}[c.rand.IntN(5)]
	case 1:
		to = s.p.user
	case 2:
		return "<sip:" + to + "@elsewhere.example>"
	}
	return "<sip:" + to + "@pbx.test>"
}

// refers asks for the transfer. Some phones hang up or ask again without waiting for the answer. With an attended transfer
// the other line goes, too.
func (s *side) refers(to string, lines ...*side) {
	if s.state != up || !s.confirmed || s.hasMoved() {
		return
	}
	c := s.p.c
	c.moves["asked"]++
	s.move.hears = 200
	if n := c.rand.IntN(10); n < 2 {
		s.move.hears = 481 * n
	}
	s.sendsRefer(to, lines)
	switch c.rand.IntN(12) {
	case 0:
		s.p.after(c.between(0, 60*time.Millisecond), s.hangsUp)
	case 1:
		s.p.after(c.between(0, 60*time.Millisecond), func() {
			if s.state == up {
				s.sendsRefer(s.destination(), nil)
			}
		})
	}
}

func (s *side) sendsRefer(to string, lines []*side) {
	s.move.asked++
	s.move.begun = time.Now()
	s.asks("REFER", "", func(m mail) { s.referred(m, lines) }, "Refer-To: "+to+"\r\n", "Referred-By: <sip:"+s.p.user+"@pbx.test>\r\n")
}

// referred: its REFER is answered.
func (s *side) referred(m mail, lines []*side) {
	c := s.p.c
	if m.code > 0 && m.code < 200 {
		return
	}
	s.move.asked--
	c.moves[fmt.Sprint("answered ", m.code)]++
	switch {
	case m.code == 0 && s.state == up:
		c.wrong("%s: nobody answers its REFER", s)
	case m.code == 202 && s.hasMoved():
		c.wrong("%s: two REFERs of it are accepted", s)
	case m.code == 202:
		s.isMoved(lines)
	case s.move.asked == 0 && !s.hasMoved():
		s.p.after(c.between(300*time.Millisecond, 5*time.Second), s.hangsUp)
	}
}

// isMoved: from now on it only waits to hear how that went, or does not care.
func (s *side) isMoved(lines []*side) {
	c := s.p.c
	for _, l := range append(lines, s) {
		l.move.accepted = time.Now()
		l.p.after(letGo, func() {
			if l.state == up {
				c.wrong("%s: it has transferred its call and is still in it", l)
			}
		})
	}
	switch n := c.rand.IntN(8); {
	case n == 0:
		s.hangsUp()
	case n == 1 || s.move.hears != 200 && n < 6:
		s.p.after(c.between(0, 10*time.Second), s.hangsUp)
	case n < 6:
		s.move.stays = s.move.told < 200
		if !s.move.stays { // the report was faster
			s.hangsUp()
		}
	}
}

// notified: the server reports how the transfer goes.
func (s *side) notified(h *reply) {
	if s.move.hears == 0 {
		return
	}
	h.says(s.move.hears, "", "")
	c, code := s.p.c, 0
	if fmt.Sscanf(phone.Body(h.m.text), "SIP/2.0 %d", &code); code < 200 || s.move.hears != 200 {
		return
	}
	switch {
	case s.move.asked == 0 && !s.hasMoved():
		c.wrong("%s: it is told of a transfer that was refused", s)
	case s.move.told >= 200:
		c.wrong("%s: it is told twice how its transfer ended", s)
	}
	s.move.told = code
	c.moves[fmt.Sprint("reported ", code)]++
	if s.move.stays {
		s.p.after(c.between(0, 300*time.Millisecond), s.hangsUp)
	}
}

// consults holds its partner and calls somebody on another line of the same phone.
func (s *side) consults() {
	c := s.p.c
	s.reoffers(c.holding(), func() {
		k := s.p.calls(s.p.user, plan{dialled: c.whom(), patience: c.between(5*time.Second, 40*time.Second), talk: 30 * time.Second})
		c.moves["consulted"]++
		s.move.with, k.move.with = k, s
		s.p.after(c.between(300*time.Millisecond, 8*time.Second), func() { s.decides(k) })
	})
}

// decides: it brings the two together, mostly.
func (s *side) decides(k *side) {
	c := s.p.c
	soon := c.between(0, 500*time.Millisecond)
	switch n := c.rand.IntN(10); {
	case s.state != up:
		k.givesUp()
	case k.state == over:
		s.resumes()
		s.p.after(5*time.Second, s.hangsUp)
	case n < 6:
		s.hands(k)
	case n == 6 && k.state == up:
		k.hands(s)
	case n == 7: // without completing
		s.hangsUp()
		s.p.after(soon, k.givesUp)
	case n == 8:
		k.givesUp()
		s.p.after(soon, s.resumes)
		s.p.after(5*time.Second, s.hangsUp)
	default:
		k.givesUp()
		s.p.after(soon, s.hangsUp)
	}
}

// hands asks that the call of another line replace its own (RFC 5589 section 7).
func (s *side) hands(k *side) {
	tag := k.farTag
	if tag == "" {
		tag = k.early
	}
	if tag == "" { // its call has no dialog yet
		k.givesUp()
		s.p.after(time.Second, s.hangsUp)
		return
	}
	replaces := fmt.Sprintf("%s;to-tag=%s;from-tag=%s", k.id, tag, k.tag)
	_, whom, _ := strings.Cut(k.remote, "<")
	whom, _, _ = strings.Cut(whom, ">")
	s.p.c.moves["attended"]++
	s.refers("<"+whom+"?Replaces="+url.QueryEscape(replaces)+">", k)
}

// dropped: its user had hung up on somebody on hold, who comes back: all else that the user had begun has ended then.
func (s *side) dropped(at time.Time) bool {
	return slices.ContainsFunc(s.p.c.heldUp[s.p.user], func(then time.Time) bool {
		return !at.Before(then) && at.Sub(then) < time.Minute
	})
}
