package sip

import (
	"testing"
	"time"

	"ringtide/internal/phone"
)

// RFC 3261 section 15: terminating a session.

func TestHangupWaitsForTheAck(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		c.Calls("sales")
		l := s.call()
		l.Answer([]byte("v=0"))
		c.Hears("SIP/2.0 200")
		l.Hangup(NoReason)
		c.Silence(10 * time.Second)
		c.Acks()
		c.Hears("BYE")
		c.Answers("BYE", 200, "")
		l.saw("Gone")
	})
	play(t, quiet, 1, func(s *stage) { // and no longer than 64*T1
		c := s.carrier()
		c.Calls("sales")
		l := s.call()
		l.Answer([]byte("v=0"))
		c.Hears("SIP/2.0 200")
		l.Hangup(NoReason)
		c.Silence(31 * time.Second)
		c.Hears("BYE")
		c.Answers("BYE", 200, "")
		l.saw("Gone")
	})
}

func TestByeNobodyAnswers(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b, l := s.talking()
		l.Hangup(NoReason)
		bye := b.Hears("BYE")
		passes(3900 * time.Millisecond)
		l.saw("Ringing 180", "Answered v=0 bob")
		passes(200 * time.Millisecond)
		l.saw("Ringing 180", "Answered v=0 bob", "Gone")
		if n := b.Copies(bye, 30*time.Second); n < 10 {
			t.Errorf("BYE came only %d times", n)
		}
	})
}

func TestByeOnAnEarlyDialog(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		c.Calls("sales")
		l := s.call()
		l.Ringing()
		c.Hears("SIP/2.0 180")
		c.Asks("BYE")
		c.Hears("SIP/2.0 200")
		c.AcksRefusal(c.Hears("SIP/2.0 487"))
		l.saw("Cancelled", "Gone")
	})
}

func TestByeAnswersWhatIsPending(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c, l := s.connected()
		c.Offers("INVITE", "v=0 hold")
		l.saw("Confirmed", "Reoffered v=0 hold")
		c.Asks("BYE")
		c.Hears("SIP/2.0 200")
		c.Hears("SIP/2.0 487")
		l.Accept([]byte("v=0")) // too late, and void
		l.saw("Confirmed", "Reoffered v=0 hold", "HungUp", "Gone")
	})
}

func TestHangupTwiceSaysByeOnce(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b, l := s.talking()
		l.Hangup(NoReason)
		l.Hangup(Elsewhere)
		b.Hears("BYE")
		b.Answers("BYE", 200, "")
		b.Silence(time.Minute)
		l.Hangup(NoReason)
		l.saw("Ringing 180", "Answered v=0 bob", "Gone")
	})
}

func TestTrunkChallengesBye(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c, l := s.connected()
		l.Hangup(NoReason)
		first := c.Hears("BYE")
		c.Answers("BYE", 401, "", `WWW-Authenticate: Digest realm="carrier", nonce="n1", qop="auth", algorithm=MD5`)
		second := c.Hears("BYE")
		if phone.Seq(second) != phone.Seq(first)+1 || phone.Header(second, "Authorization") == "" {
			t.Errorf("second BYE:\n%s", second)
		}
		c.Answers("BYE", 200, "")
		l.saw("Confirmed", "Gone")
	})
}
