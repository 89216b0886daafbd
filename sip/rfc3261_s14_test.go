package sip

import (
	"strconv"
	"testing"
	"time"

	"ringtide/internal/phone"
)

// RFC 3261 section 14 and RFC 3311: modifying a session.

func TestReinvite(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b, l := s.talking()
		b.Offers("INVITE", "v=0 hold")
		b.Hears("SIP/2.0 100")
		l.saw("Ringing 180", "Answered v=0 bob", "Reoffered v=0 hold")
		l.Accept([]byte("v=0 held"))
		ok := b.Hears("SIP/2.0 200")
		if phone.Body(ok) != "v=0 held" || phone.Header(ok, "Contact") == "" {
			t.Errorf("200:\n%s", ok)
		}
		if n := b.Copies(ok, 3*time.Second); n != 3 { // 0, 0.5, 1.5 s
			t.Errorf("200 came %d times", n)
		}
		b.Acks()
		b.Silence(time.Minute)

		b.Offers("INVITE", "v=0 video")
		l.Reject(488)
		b.Hears("SIP/2.0 488")
		l.Accept([]byte("v=0")) // too late, and void
		b.Silence(time.Millisecond)

		l.Hangup(NoReason)
		b.Hears("BYE")
		b.Answers("BYE", 200, "")
		l.saw("Ringing 180", "Answered v=0 bob", "Reoffered v=0 hold", "Reoffered v=0 video", "Gone")
	})
}

func TestReinviteWithoutAckEndsTheCall(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b, l := s.talking()
		b.Offers("INVITE", "v=0 hold")
		l.Accept([]byte("v=0 held"))
		b.Hears("SIP/2.0 200")
		begin := time.Now()
		b.Hears("BYE")
		if d := time.Since(begin); d != 32*time.Second {
			t.Errorf("BYE after %v", d)
		}
		b.Answers("BYE", 200, "")
		l.saw("Ringing 180", "Answered v=0 bob", "Reoffered v=0 hold", "HungUp dead", "Gone")
	})
}

func TestItem10_ReinviteWithoutOffer(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c, l := s.connected()
		c.Asks("INVITE")
		l.saw("Confirmed", "Reoffered")
		l.Accept([]byte("v=0 our offer"))
		if m := c.Hears("SIP/2.0 200"); phone.Body(m) != "v=0 our offer" {
			t.Errorf("200:\n%s", m)
		}
		invite := c.Seq
		// Until its answer is here neither side may offer.
		c.Offers("UPDATE", "v=0 again")
		c.Hears("SIP/2.0 491")
		c.Offers("INVITE", "v=0 again")
		c.Hears("SIP/2.0 491")
		c.Seq = invite
		c.Send(c.Request("ACK", invite, []string{"Content-Type: application/sdp"}, "v=0 their answer"))
		l.saw("Confirmed", "Reoffered", "Confirmed v=0 their answer")
		c.Seq += 5
		c.Asks("BYE")
		c.Hears("SIP/2.0 200")
	})
}

func TestItem16_OverlappingOffers(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c, l := s.connected()
		c.Offers("INVITE", "v=0 one")
		c.Hears("SIP/2.0 100")
		for _, method := range []string{"INVITE", "UPDATE"} {
			c.Offers(method, "v=0 two")
			m := c.Hears("SIP/2.0 500")
			if n, err := strconv.Atoi(phone.Header(m, "Retry-After")); err != nil || n < 0 || n > 10 {
				t.Errorf("%s: Retry-After: %q", method, phone.Header(m, "Retry-After"))
			}
		}
		l.saw("Confirmed", "Reoffered v=0 one")
		l.Accept([]byte("v=0 yes"))
		c.Hears("SIP/2.0 200")
		c.Seq -= 2
		c.Acks()
		c.Seq += 2
		c.Asks("BYE")
		c.Hears("SIP/2.0 200")
	})
}

func TestReinviteBeforeTheFirstAnswer(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		c.Calls("sales")
		l := s.call()
		l.Ringing()
		c.Hears("SIP/2.0 180")
		c.Offers("INVITE", "v=0 eager")
		if m := c.Hears("SIP/2.0 500"); phone.Header(m, "Retry-After") == "" {
			t.Error("no Retry-After")
		}
		c.Offers("UPDATE", "v=0 eager")
		c.Hears("SIP/2.0 500")
		c.Asks("UPDATE") // only refreshes the target
		c.Hears("SIP/2.0 200")
		l.Refuse(480, 0)
		c.Hears("SIP/2.0 480")
		l.saw("Gone")
	})
}

func TestReinviteTakenBack(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c, l := s.connected()
		c.Invite = c.Offers("INVITE", "v=0 hold")
		l.saw("Confirmed", "Reoffered v=0 hold")
		c.Cancels()
		c.Hears("SIP/2.0 200") // to the CANCEL
		c.AcksRefusal(c.Hears("SIP/2.0 487"))
		l.Accept([]byte("v=0"))
		c.Silence(time.Second)
		c.Asks("BYE")
		c.Hears("SIP/2.0 200")
		l.saw("Confirmed", "Reoffered v=0 hold", "HungUp", "Gone")
	})
}

func TestItem09_Update(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c, l := s.connected()
		c.Asks("UPDATE")
		if m := c.Hears("SIP/2.0 200"); phone.Body(m) != "" || phone.Header(m, "Contact") == "" {
			t.Errorf("200:\n%s", m)
		}
		c.Offers("UPDATE", "v=0 move")
		l.saw("Confirmed", "Reoffered v=0 move")
		l.Accept([]byte("v=0 moved"))
		if m := c.Hears("SIP/2.0 200"); phone.Body(m) != "v=0 moved" {
			t.Errorf("200:\n%s", m)
		}
		c.Silence(time.Minute) // an UPDATE has no ACK
		c.Offers("UPDATE", "<x/>", "Content-Encoding: gzip")
		c.Hears("SIP/2.0 415")
		c.Asks("BYE")
		c.Hears("SIP/2.0 200")
	})
	play(t, quiet, 1, func(s *stage) { // while our own INVITE rings, its offer has no answer
		b := s.bob
		l := s.rings(Invite{})
		b.Hears("INVITE")
		b.Answers("INVITE", 180, "")
		l.saw("Ringing 180")
		b.Target = "sip:10.0.0.1:5060"
		b.Offers("UPDATE", "v=0 early")
		b.Hears("SIP/2.0 491")
		b.Asks("UPDATE")
		b.Hears("SIP/2.0 200")
		b.Answers("INVITE", 486, "")
		b.Hears("ACK")
		l.saw("Ringing 180", "Failed 486", "Gone")
	})
}
