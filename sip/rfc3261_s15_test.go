package sip

import (
	"testing"
	"time"
)

// RFC 3261 section 15: terminating a session.

func TestHangupWaitsForTheAck(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		c.calls("sales")
		l := s.call()
		l.Answer([]byte("v=0"))
		c.hears("SIP/2.0 200")
		l.Hangup(NoReason)
		c.silence(10 * time.Second)
		c.acks()
		c.hears("BYE")
		c.answers("BYE", 200, "")
		l.saw("Gone")
	})
	play(t, quiet, 1, func(s *stage) { // and no longer than 64*T1
		c := s.carrier()
		c.calls("sales")
		l := s.call()
		l.Answer([]byte("v=0"))
		c.hears("SIP/2.0 200")
		l.Hangup(NoReason)
		c.silence(31 * time.Second)
		c.hears("BYE")
		c.answers("BYE", 200, "")
		l.saw("Gone")
	})
}

func TestByeNobodyAnswers(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b, l := s.talking()
		l.Hangup(NoReason)
		bye := b.hears("BYE")
		time.Sleep(3900 * time.Millisecond)
		l.saw("Ringing 180", "Answered v=0 bob")
		time.Sleep(200 * time.Millisecond)
		l.saw("Ringing 180", "Answered v=0 bob", "Gone")
		if n := b.copies(bye, 30*time.Second); n < 10 {
			t.Errorf("BYE came only %d times", n)
		}
	})
}

func TestByeOnAnEarlyDialog(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		c.calls("sales")
		l := s.call()
		l.Ringing()
		c.hears("SIP/2.0 180")
		c.asks("BYE")
		c.hears("SIP/2.0 200")
		c.acksRefusal(c.hears("SIP/2.0 487"))
		l.saw("Cancelled", "Gone")
	})
}

func TestByeAnswersWhatIsPending(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c, l := s.connected()
		c.offers("INVITE", "v=0 hold")
		l.saw("Confirmed", "Reoffered v=0 hold")
		c.asks("BYE")
		c.hears("SIP/2.0 200")
		c.hears("SIP/2.0 487")
		l.Accept([]byte("v=0")) // too late, and void
		l.saw("Confirmed", "Reoffered v=0 hold", "HungUp", "Gone")
	})
}

func TestHangupTwiceSaysByeOnce(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b, l := s.talking()
		l.Hangup(NoReason)
		l.Hangup(Elsewhere)
		b.hears("BYE")
		b.answers("BYE", 200, "")
		b.silence(time.Minute)
		l.Hangup(NoReason)
		l.saw("Ringing 180", "Answered v=0 bob", "Gone")
	})
}

func TestTrunkChallengesBye(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c, l := s.connected()
		l.Hangup(NoReason)
		first := c.hears("BYE")
		c.answers("BYE", 401, "", `WWW-Authenticate: Digest realm="carrier", nonce="n1", qop="auth", algorithm=MD5`)
		second := c.hears("BYE")
		if seqOf(second) != seqOf(first)+1 || header(second, "Authorization") == "" {
			t.Errorf("second BYE:\n%s", second)
		}
		c.answers("BYE", 200, "")
		l.saw("Confirmed", "Gone")
	})
}
