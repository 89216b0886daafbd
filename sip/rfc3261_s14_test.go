package sip

import (
	"strconv"
	"testing"
	"time"
)

// RFC 3261 section 14 and RFC 3311: modifying a session.

func TestReinvite(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b, l := s.talking()
		b.offers("INVITE", "v=0 hold")
		b.hears("SIP/2.0 100")
		l.saw("Ringing 180", "Answered v=0 bob", "Reoffered v=0 hold")
		l.Accept([]byte("v=0 held"))
		ok := b.hears("SIP/2.0 200")
		if body(ok) != "v=0 held" || header(ok, "Contact") == "" {
			t.Errorf("200:\n%s", ok)
		}
		if n := b.copies(ok, 3*time.Second); n != 3 { // 0, 0.5, 1.5 s
			t.Errorf("200 came %d times", n)
		}
		b.acks()
		b.silence(time.Minute)

		b.offers("INVITE", "v=0 video")
		l.Reject(488)
		b.hears("SIP/2.0 488")
		l.Accept([]byte("v=0")) // too late, and void
		b.silence(time.Millisecond)

		l.Hangup(NoReason)
		b.hears("BYE")
		b.answers("BYE", 200, "")
		l.saw("Ringing 180", "Answered v=0 bob", "Reoffered v=0 hold", "Reoffered v=0 video", "Gone")
	})
}

func TestReinviteWithoutAckEndsTheCall(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b, l := s.talking()
		b.offers("INVITE", "v=0 hold")
		l.Accept([]byte("v=0 held"))
		b.hears("SIP/2.0 200")
		begin := time.Now()
		b.hears("BYE")
		if d := time.Since(begin); d != 32*time.Second {
			t.Errorf("BYE after %v", d)
		}
		b.answers("BYE", 200, "")
		l.saw("Ringing 180", "Answered v=0 bob", "Reoffered v=0 hold", "HungUp dead", "Gone")
	})
}

func TestItem10_ReinviteWithoutOffer(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c, l := s.connected()
		c.asks("INVITE")
		l.saw("Confirmed", "Reoffered")
		l.Accept([]byte("v=0 our offer"))
		if m := c.hears("SIP/2.0 200"); body(m) != "v=0 our offer" {
			t.Errorf("200:\n%s", m)
		}
		invite := c.seq
		// Until its answer is here neither side may offer.
		c.offers("UPDATE", "v=0 again")
		c.hears("SIP/2.0 491")
		c.offers("INVITE", "v=0 again")
		c.hears("SIP/2.0 491")
		c.seq = invite
		c.send(c.request("ACK", invite, []string{"Content-Type: application/sdp"}, "v=0 their answer"))
		l.saw("Confirmed", "Reoffered", "Confirmed v=0 their answer")
		c.seq += 5
		c.asks("BYE")
		c.hears("SIP/2.0 200")
	})
}

func TestItem16_OverlappingOffers(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c, l := s.connected()
		c.offers("INVITE", "v=0 one")
		c.hears("SIP/2.0 100")
		for _, method := range []string{"INVITE", "UPDATE"} {
			c.offers(method, "v=0 two")
			m := c.hears("SIP/2.0 500")
			if n, err := strconv.Atoi(header(m, "Retry-After")); err != nil || n < 0 || n > 10 {
				t.Errorf("%s: Retry-After: %q", method, header(m, "Retry-After"))
			}
		}
		l.saw("Confirmed", "Reoffered v=0 one")
		l.Accept([]byte("v=0 yes"))
		c.hears("SIP/2.0 200")
		c.seq -= 2
		c.acks()
		c.seq += 2
		c.asks("BYE")
		c.hears("SIP/2.0 200")
	})
}

func TestReinviteBeforeTheFirstAnswer(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		c.calls("sales")
		l := s.call()
		l.Ringing()
		c.hears("SIP/2.0 180")
		c.offers("INVITE", "v=0 eager")
		if m := c.hears("SIP/2.0 500"); header(m, "Retry-After") == "" {
			t.Error("no Retry-After")
		}
		c.offers("UPDATE", "v=0 eager")
		c.hears("SIP/2.0 500")
		c.asks("UPDATE") // only refreshes the target
		c.hears("SIP/2.0 200")
		l.Refuse(480, 0)
		c.hears("SIP/2.0 480")
		l.saw("Gone")
	})
}

func TestReinviteTakenBack(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c, l := s.connected()
		c.invite = c.offers("INVITE", "v=0 hold")
		l.saw("Confirmed", "Reoffered v=0 hold")
		c.cancels()
		c.acksRefusal(c.hears("SIP/2.0 487"))
		c.hears("SIP/2.0 200") // to the CANCEL
		l.Accept([]byte("v=0"))
		c.silence(time.Second)
		c.asks("BYE")
		c.hears("SIP/2.0 200")
		l.saw("Confirmed", "Reoffered v=0 hold", "HungUp", "Gone")
	})
}

func TestItem09_Update(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c, l := s.connected()
		c.asks("UPDATE")
		if m := c.hears("SIP/2.0 200"); body(m) != "" || header(m, "Contact") == "" {
			t.Errorf("200:\n%s", m)
		}
		c.offers("UPDATE", "v=0 move")
		l.saw("Confirmed", "Reoffered v=0 move")
		l.Accept([]byte("v=0 moved"))
		if m := c.hears("SIP/2.0 200"); body(m) != "v=0 moved" {
			t.Errorf("200:\n%s", m)
		}
		c.silence(time.Minute) // an UPDATE has no ACK
		c.offers("UPDATE", "<x/>", "Content-Encoding: gzip")
		c.hears("SIP/2.0 415")
		c.asks("BYE")
		c.hears("SIP/2.0 200")
	})
	play(t, quiet, 1, func(s *stage) { // while our own INVITE rings, its offer has no answer
		b := s.bob
		l := s.rings(Invite{})
		b.hears("INVITE")
		b.answers("INVITE", 180, "")
		l.saw("Ringing 180")
		b.target = "sip:10.0.0.1:5060"
		b.offers("UPDATE", "v=0 early")
		b.hears("SIP/2.0 491")
		b.asks("UPDATE")
		b.hears("SIP/2.0 200")
		b.answers("INVITE", 486, "")
		b.hears("ACK")
		l.saw("Ringing 180", "Failed 486", "Gone")
	})
}
