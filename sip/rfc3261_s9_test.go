package sip

import (
	"strings"
	"testing"
	"time"

	"ringtide/internal/phone"
)

// RFC 3261 section 9: cancelling.

func TestItem06_CancelOfCaller(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		c.Calls("sales")
		l := s.call()
		l.Ringing()
		c.Hears("SIP/2.0 180")
		c.Cancels()
		ok := c.Hears("SIP/2.0 200")
		refusal := c.Hears("SIP/2.0 487")
		if !strings.HasSuffix(phone.Header(ok, "CSeq"), "CANCEL") {
			t.Errorf("200 is for %s", phone.Header(ok, "CSeq"))
		}
		c.Cancels() // its retransmission gets the same answer, not 481
		if n := c.Copies(ok, time.Millisecond); n != 2 {
			t.Errorf("200 to CANCEL came %d times, want 2", n)
		}
		c.AcksRefusal(refusal)
		l.saw("Cancelled", "Gone")
		l.Answer([]byte("v=0")) // too late, and void
		c.Silence(time.Minute)
	})
}

func TestItem05_CancelOfCallerSaysElsewhere(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		c.Calls("sales")
		l := s.call()
		c.Cancels(`Reason: Q.850;cause=16, SIP ;cause=200 ;text="Call, completed; elsewhere"`)
		c.Hears("SIP/2.0 200")
		c.AcksRefusal(c.Hears("SIP/2.0 487"))
		l.saw("Cancelled elsewhere", "Gone")
	})
}

func TestCancelBeforeTheCallIsLookedAt(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		s.onInvited = func(d *Dialog, _ Invitation) {
			d.Ringing() // void only after the CANCEL
		}
		c.Calls("sales")
		c.Cancels()
		both := c.Hears("SIP/2.0 ") + c.Hears("SIP/2.0 ") // 180, and 200 to the CANCEL, in any order
		if !strings.Contains(both, "SIP/2.0 180") || !strings.Contains(both, "SIP/2.0 200") {
			t.Error(both)
		}
		c.AcksRefusal(c.Hears("SIP/2.0 487"))
		s.call().saw("Cancelled", "Gone")
	})
}

func TestForgedCancelIsRefused(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		c.Calls("sales")
		l := s.call()
		forger := s.phone("forger", "10.0.2.66:5060")
		forger.Invite = c.Invite
		forger.Cancels()
		forger.Hears("SIP/2.0 481")
		l.saw()
		l.Refuse(486, 0)
		c.AcksRefusal(c.Hears("SIP/2.0 486"))
	})
}

func TestItem04_NoCancelBeforeA1xx(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b := s.bob
		l := s.rings(Invite{})
		b.Hears("INVITE")
		l.Hangup(NoReason)
		b.Silence(time.Second)
		b.Answers("INVITE", 100, "")
		cancel := b.Hears("CANCEL")
		if phone.Header(cancel, "Reason") != "" {
			t.Errorf("a caller who hung up leaves a missed call, not %q", phone.Header(cancel, "Reason"))
		}
		if phone.Header(cancel, "Via") != phone.Header(b.Requests["INVITE"], "Via") {
			t.Error("CANCEL has another Via than its INVITE")
		}
		b.Answers("CANCEL", 200, "")
		b.Answers("INVITE", 487, "")
		b.Hears("ACK")
		l.saw("Gone")
	})
}

func TestItem04_SilentPhoneAfterHangup(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b := s.bob
		b.Mute(true)
		l := s.rings(Invite{})
		b.Hears("INVITE")
		l.Hangup(NoReason)
		passes(3900 * time.Millisecond)
		l.saw()
		passes(200 * time.Millisecond)
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
		b.Hears("INVITE")
		l.Hangup(NoReason)
		passes(5 * time.Second)
		l.saw("Gone")
		b.Answers("INVITE", 180, "") // it woke up: it must stop
		b.Hears("CANCEL")
		b.Answers("CANCEL", 200, "")
		b.Answers("INVITE", 487, "")
		b.Hears("ACK")
	})
}

func TestItem04_CancelNobodyAnswers(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b := s.bob
		l := s.rings(Invite{})
		b.Hears("INVITE")
		b.Answers("INVITE", 180, "")
		l.saw("Ringing 180")
		l.Hangup(Elsewhere)
		b.Hears("CANCEL")
		b.Answers("CANCEL", 200, "")
		passes(31 * time.Second)
		l.saw("Ringing 180")
		passes(2 * time.Second)
		l.saw("Ringing 180", "Gone") // 64*T1
	})
}

func TestItem04_Late2xxAfterCancel(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b := s.bob
		l := s.rings(Invite{})
		b.Hears("INVITE")
		b.Answers("INVITE", 180, "")
		l.saw("Ringing 180")
		l.Hangup(Elsewhere)
		b.Hears("CANCEL")
		b.Answers("INVITE", 200, "v=0 bob") // he picked up in the same moment
		b.Answers("CANCEL", 481, "")
		b.Hears("ACK")
		bye := b.Hears("BYE")
		if r := phone.Header(bye, "Reason"); !strings.Contains(r, "cause=200") {
			t.Errorf("BYE says %q", r)
		}
		l.saw("Ringing 180") // the leg is not down yet
		b.Answers("BYE", 200, "")
		l.saw("Ringing 180", "Gone")
	})
}

func TestItem04_Late2xxLongAfterCancel(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b := s.bob
		l := s.rings(Invite{})
		b.Hears("INVITE")
		l.Hangup(NoReason)
		passes(20 * time.Second)
		l.saw("Gone")
		ok := b.Answers("INVITE", 200, "v=0 bob")
		b.Hears("ACK")
		b.Hears("BYE")
		b.Answers("BYE", 200, "")
		b.Send(ok) // the ACK got lost: another one, no other BYE
		b.Hears("ACK")
		b.Silence(time.Second)
		l.saw("Gone")
	})
}
