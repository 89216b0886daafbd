package sip

import (
	"strings"
	"testing"
	"time"

	"ringtide/internal/phone"
)

// RFC 3311: UPDATE. What the peer sends is in rfc3261_s14_test.go; here is what we send, without an offer, to show who speaks
// (RFC 5876 allows P-Asserted-Identity in it).

// updatable is a call with a phone that takes UPDATE.
func (s *stage) updatable() (*phone.Phone, *leg) {
	s.t.Helper()
	b := s.bob
	l := s.rings(Invite{ShowName: "Sales: Ann", ShowNumber: "5550123"})
	b.Hears("INVITE")
	b.Answers("INVITE", 200, "v=0 bob", "Allow: INVITE, ACK , BYE", "Allow: CANCEL, UPDATE")
	b.Hears("ACK")
	l.saw("Answered v=0 bob")
	return b, l
}

func TestItem09_WhoSpeaksIsToldByUpdate(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b, l := s.updatable()
		for _, c := range []struct{ name, number, pai, privacy, rpid string }{
			{"Zoë; \"Q\"", "5550199", `"Zoë; \"Q\"" <sip:5550199@pbx.test>`, "", `;party=calling;privacy=off;screen=yes`},
			{"", "102", `<sip:102@pbx.test>`, "", `;party=calling;privacy=off;screen=yes`},
			{"a\r\nX: y", "1>;x\r\n", `"a X: y" <sip:1%3E%3Bx@pbx.test>`, "", `;party=calling;privacy=off;screen=yes`},
			{"Sales: Anonymous", "", `"Sales: Anonymous" <sip:anonymous@anonymous.invalid>`, "id", `;party=calling;privacy=full;screen=yes`},
		} {
			l.Show(c.name, c.number, ourSDP)
			m := b.Hears("UPDATE")
			if phone.Header(m, "P-Asserted-Identity") != c.pai || phone.Header(m, "Privacy") != c.privacy || phone.Header(m, "Remote-Party-ID") != c.pai+c.rpid ||
				phone.Body(m) != "" || phone.Header(m, "Contact") == "" || phone.Header(m, "Content-Type") != "" {
				t.Errorf("UPDATE:\n%s", m)
			}
			b.Answers("UPDATE", 200, "")
		}
		b.Silence(time.Minute)
		l.saw("Answered v=0 bob") // the session is what it was
		s.hangsUp(b)
	})
}

func TestWhoTakesUpdate(t *testing.T) {
	play(t, quiet, 1, func(s *stage) { // the caller's INVITE says so
		c := s.carrier()
		c.Calls("sales", "Allow: INVITE, UPDATE, BYE")
		l := s.call()
		l.Answer(ourSDP)
		c.Hears("SIP/2.0 200")
		c.Acks()
		l.Show("Ann", "101", ourSDP)
		if m := c.Hears("UPDATE"); phone.Header(m, "Remote-Party-ID") != "" {
			t.Errorf("UPDATE:\n%s", m)
		}
		c.Answers("UPDATE", 407, "", `Proxy-Authenticate: Digest realm="x", nonce="n"`)
		if m := c.Hears("UPDATE"); phone.Header(m, "Proxy-Authorization") == "" || phone.Header(m, "P-Asserted-Identity") == "" {
			t.Errorf("UPDATE:\n%s", m)
		}
		c.Answers("UPDATE", 200, "")
		c.Asks("OPTIONS", "Allow: INVITE, BYE") // and now it does no more
		c.Hears("SIP/2.0 200")
		l.Show("Ann", "101", ourSDP)
		c.Hears("INVITE")
		c.Answers("INVITE", 200, "v=0 carrier", "Allow: UPDATE")
		c.Hears("ACK")
		l.Show("Ann", "101", ourSDP)
		c.Hears("UPDATE")
		c.Answers("UPDATE", 200, "")
		s.hangsUp(c)
		l.saw("Confirmed", "Reanswered v=0 carrier", "HungUp", "Gone")
	})
	play(t, quiet, 1, func(s *stage) { // words that only look like it
		b := s.bob
		l := s.rings(Invite{})
		b.Hears("INVITE")
		b.Answers("INVITE", 200, "v=0 bob", "Allow: UPDATES, X-UPDATE")
		b.Hears("ACK")
		l.Show("Ann", "1", ourSDP)
		b.Hears("INVITE")
		b.Answers("INVITE", 200, "v=0 bob")
		b.Hears("ACK")
		s.hangsUp(b)
	})
}

func TestUpdateIsNotTaken(t *testing.T) {
	for _, code := range []int{405, 501} {
		play(t, quiet, 1, func(s *stage) {
			b, l := s.updatable()
			l.Show("Ann", "5550123", ourSDP)
			b.Hears("UPDATE")
			b.Answers("UPDATE", code, "")
			if m := b.Hears("INVITE"); phone.Body(m) != string(ourSDP) || !strings.Contains(phone.Header(m, "P-Asserted-Identity"), "Ann") {
				t.Errorf("INVITE:\n%s", m)
			}
			b.Answers("INVITE", 200, "v=0 bob")
			b.Hears("ACK")
			s.hangsUp(b)
			l.saw("Answered v=0 bob", "Reanswered v=0 bob", "HungUp", "Gone")
		})
	}
	for _, code := range []int{302, 400, 403, 420, 488, 500, 603} {
		play(t, quiet, 1, func(s *stage) {
			b, l := s.updatable()
			l.Show("Ann", "5550123", ourSDP)
			b.Hears("UPDATE")
			b.Answers("UPDATE", code, "")
			b.Silence(time.Minute)
			s.hangsUp(b)
			l.saw("Answered v=0 bob", "HungUp", "Gone")
		})
	}
}

func TestUpdateIsToBeSentLater(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b, l := s.updatable()
		l.Show("Ann", "5550123", nil)
		b.Hears("UPDATE")
		begin := time.Now()
		b.Answers("UPDATE", 500, "", "Retry-After: 3")
		b.Hears("UPDATE")
		if d := time.Since(begin); d != 3*time.Second {
			t.Errorf("again after %v", d)
		}
		begin = time.Now()
		b.Answers("UPDATE", 491, "")
		b.Hears("UPDATE")
		if d := time.Since(begin); d < 2100*time.Millisecond || d > 4*time.Second {
			t.Errorf("again after %v", d)
		}
		l.Show("Ben", "5550124", nil)
		l.Show("Cem", "5550125", nil)
		b.Silence(100 * time.Millisecond) // one at a time
		b.Answers("UPDATE", 491, "")      // that is no news any more
		if m := b.Hears("UPDATE"); !strings.Contains(m, "Cem") {
			t.Errorf("UPDATE:\n%s", m)
		}
		b.Answers("UPDATE", 500, "", "Retry-After: 3600") // nobody waits so long
		b.Silence(time.Minute)
		l.Show("Dan", "5550126", nil)
		b.Hears("UPDATE")
		b.Answers("UPDATE", 200, "")
		s.hangsUp(b)
		l.saw("Answered v=0 bob", "HungUp", "Gone")
	})
}

func TestUpdateFindsNobody(t *testing.T) {
	for _, code := range []int{408, 481, 0} {
		play(t, quiet, 1, func(s *stage) {
			b, l := s.updatable()
			l.Show("Ann", "5550123", nil)
			m := b.Hears("UPDATE")
			switch code {
			case 0:
				b.Copies(m, 32*time.Second)
			default:
				b.Answers("UPDATE", code, "")
			}
			if code != 481 {
				b.Hears("BYE")
				b.Answers("BYE", 481, "")
			}
			l.saw("Answered v=0 bob", "HungUp dead", "Gone")
		})
	}
}

func TestRace_UpdateCrossesBye(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b, l := s.updatable()
		l.Show("Ann", "5550123", nil)
		b.Hears("UPDATE")
		s.hangsUp(b)
		b.Answers("UPDATE", 481, "")
		l.saw("Answered v=0 bob", "HungUp", "Gone")
	})
	play(t, quiet, 1, func(s *stage) {
		b, l := s.updatable()
		l.Show("Ann", "5550123", nil)
		l.Hangup(NoReason)
		b.HearsAll("UPDATE", "BYE")
		b.Answers("UPDATE", 408, "")
		b.Silence(300 * time.Millisecond) // one BYE is enough
		b.Answers("BYE", 200, "")
		l.saw("Answered v=0 bob", "Gone")
	})
}
