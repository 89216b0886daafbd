package sip

import (
	"strings"
	"testing"
	"time"
)

// RFC 3261 section 9: cancelling.

func TestItem06_CancelOfCaller(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		c.calls("sales")
		l := s.call()
		l.Ringing()
		c.hears("SIP/2.0 180")
		c.cancels()
		refusal := c.hears("SIP/2.0 487")
		ok := c.hears("SIP/2.0 200")
		if !strings.HasSuffix(header(ok, "CSeq"), "CANCEL") {
			t.Errorf("200 is for %s", header(ok, "CSeq"))
		}
		c.cancels() // its retransmission gets the same answer, not 481
		if n := c.copies(ok, time.Millisecond); n != 2 {
			t.Errorf("200 to CANCEL came %d times, want 2", n)
		}
		c.acksRefusal(refusal)
		l.saw("Cancelled", "Gone")
		l.Answer([]byte("v=0")) // too late, and void
		c.silence(time.Minute)
	})
}

func TestItem05_CancelOfCallerSaysElsewhere(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		c.calls("sales")
		l := s.call()
		c.cancels(`Reason: Q.850;cause=16, SIP ;cause=200 ;text="Call, completed; elsewhere"`)
		c.acksRefusal(c.hears("SIP/2.0 487"))
		l.saw("Cancelled elsewhere", "Gone")
	})
}

func TestCancelBeforeTheCallIsLookedAt(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		s.onInvited = func(d *Dialog, _ Invitation) {
			d.Ringing() // void only after the CANCEL
		}
		c.calls("sales")
		c.cancels()
		c.hears("SIP/2.0 180")
		c.acksRefusal(c.hears("SIP/2.0 487"))
		s.call().saw("Cancelled", "Gone")
	})
}

func TestForgedCancelIsRefused(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		c.calls("sales")
		l := s.call()
		forger := s.phone("forger", "10.0.2.66:5060")
		forger.invite = c.invite
		forger.cancels()
		forger.hears("SIP/2.0 481")
		l.saw()
		l.Refuse(486, 0)
		c.acksRefusal(c.hears("SIP/2.0 486"))
	})
}

func TestItem04_NoCancelBeforeA1xx(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b := s.bob
		l := s.rings(Invite{})
		b.hears("INVITE")
		l.Hangup(NoReason)
		b.silence(time.Second)
		b.answers("INVITE", 100, "")
		cancel := b.hears("CANCEL")
		if header(cancel, "Reason") != "" {
			t.Errorf("a caller who hung up leaves a missed call, not %q", header(cancel, "Reason"))
		}
		if header(cancel, "Via") != header(b.requests["INVITE"], "Via") {
			t.Error("CANCEL has another Via than its INVITE")
		}
		b.answers("CANCEL", 200, "")
		b.answers("INVITE", 487, "")
		b.hears("ACK")
		l.saw("Gone")
	})
}

func TestItem04_SilentPhoneAfterHangup(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b := s.bob
		b.mute(true)
		l := s.rings(Invite{})
		b.hears("INVITE")
		l.Hangup(NoReason)
		time.Sleep(3900 * time.Millisecond)
		l.saw()
		time.Sleep(200 * time.Millisecond)
		l.saw("Gone") // 4 s without a 1xx
		if len(s.server.Devices("101")) != 0 {
			t.Error("a silent device is still offered")
		}
	})
}

func TestItem04_LatePhoneRingsAfterHangup(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b := s.bob
		l := s.rings(Invite{})
		b.hears("INVITE")
		l.Hangup(NoReason)
		time.Sleep(5 * time.Second)
		l.saw("Gone")
		b.answers("INVITE", 180, "") // it woke up: it must stop
		b.hears("CANCEL")
		b.answers("CANCEL", 200, "")
		b.answers("INVITE", 487, "")
		b.hears("ACK")
	})
}

func TestItem04_CancelNobodyAnswers(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b := s.bob
		l := s.rings(Invite{})
		b.hears("INVITE")
		b.answers("INVITE", 180, "")
		l.saw("Ringing 180")
		l.Hangup(Elsewhere)
		b.hears("CANCEL")
		b.answers("CANCEL", 200, "")
		time.Sleep(31 * time.Second)
		l.saw("Ringing 180")
		time.Sleep(2 * time.Second)
		l.saw("Ringing 180", "Gone") // 64*T1
	})
}

func TestItem04_Late2xxAfterCancel(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b := s.bob
		l := s.rings(Invite{})
		b.hears("INVITE")
		b.answers("INVITE", 180, "")
		l.saw("Ringing 180")
		l.Hangup(Elsewhere)
		b.hears("CANCEL")
		b.answers("INVITE", 200, "v=0 bob") // he picked up in the same moment
		b.answers("CANCEL", 481, "")
		b.hears("ACK")
		bye := b.hears("BYE")
		if r := header(bye, "Reason"); !strings.Contains(r, "cause=200") {
			t.Errorf("BYE says %q", r)
		}
		l.saw("Ringing 180") // the leg is not down yet
		b.answers("BYE", 200, "")
		l.saw("Ringing 180", "Gone")
	})
}

func TestItem04_Late2xxLongAfterCancel(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b := s.bob
		l := s.rings(Invite{})
		b.hears("INVITE")
		l.Hangup(NoReason)
		time.Sleep(20 * time.Second)
		l.saw("Gone")
		ok := b.answers("INVITE", 200, "v=0 bob")
		b.hears("ACK")
		b.hears("BYE")
		b.answers("BYE", 200, "")
		b.send(ok) // the ACK got lost: another one, no other BYE
		b.hears("ACK")
		b.silence(time.Second)
		l.saw("Gone")
	})
}
