package sip

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// RFC 3261 section 13.2.2.4 and RFC 6026: one INVITE of ours, several phones behind its target.

func TestItem03_TwoPhonesAnswer(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b := s.bob
		l := s.rings(Invite{})
		b.hears("INVITE")
		b.answersAs("desk", "INVITE", 180, "")
		b.answersAs("mobile", "INVITE", 183, "v=0 mobile")
		b.answersAs("desk", "INVITE", 183, "v=0 desk") // would only replace the other's early media
		l.saw("Ringing 180", "Ringing 183 v=0 mobile", "Ringing 183")
		first := b.answersAs("desk", "INVITE", 200, "v=0 desk")
		if ack := b.hears("ACK sip:desk@"); !strings.Contains(header(ack, "To"), "tag=desk") {
			t.Errorf("ACK:\n%s", ack)
		}
		second := b.answersAs("mobile", "INVITE", 200, "v=0 mobile")
		if ack := b.hears("ACK sip:mobile@"); !strings.Contains(header(ack, "To"), "tag=mobile") {
			t.Errorf("ACK:\n%s", ack)
		}
		bye := b.hears("BYE sip:mobile@")
		if !strings.Contains(header(bye, "To"), "tag=mobile") || !strings.Contains(header(bye, "Reason"), "elsewhere") {
			t.Errorf("BYE:\n%s", bye)
		}
		b.answers("BYE", 200, "")
		// Both ACKs get lost: each 2xx gets its own again, and nobody a second BYE.
		b.send(first)
		b.hears("ACK sip:desk@")
		b.send(second)
		b.hears("ACK sip:mobile@")
		b.silence(time.Second)
		l.saw("Ringing 180", "Ringing 183 v=0 mobile", "Ringing 183", "Answered v=0 desk")
		l.Hangup(NoReason)
		b.hears("BYE sip:desk@")
		b.answers("BYE", 200, "")
	})
}

func TestItem03_ForkAnswersAfterTheCallIsOver(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b, l := s.talking()
		b.asks("BYE")
		b.hears("SIP/2.0 200")
		l.saw("Ringing 180", "Answered v=0 bob", "HungUp", "Gone")
		b.answersAs("mobile", "INVITE", 200, "v=0 mobile")
		b.hears("ACK sip:mobile@")
		b.hears("BYE sip:mobile@")
		b.answers("BYE", 200, "")
		l.saw("Ringing 180", "Answered v=0 bob", "HungUp", "Gone")
	})
}

func TestItem03_ForksAreLimited(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b := s.bob
		l := s.rings(Invite{})
		b.hears("INVITE")
		for i := range 100 {
			b.answersAs("fork"+strings.Repeat("x", i), "INVITE", 183, "v=0")
		}
		synctest.Wait()
		l.Hangup(NoReason)
		b.hears("CANCEL")
		b.answers("CANCEL", 200, "")
		b.answersAs("fork", "INVITE", 487, "")
		b.hears("ACK")
		l.mu.Lock()
		defer l.mu.Unlock()
		if len(l.events) != maxForks+1 {
			t.Errorf("%d events", len(l.events))
		}
	})
}

func TestAnswerWithoutSDPAfterEarlyMedia(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b := s.bob
		l := s.rings(Invite{})
		b.hears("INVITE")
		b.answers("INVITE", 183, "v=0 early")
		b.answers("INVITE", 200, "")
		b.hears("ACK")
		l.saw("Ringing 183 v=0 early", "Answered v=0 early")
		b.asks("BYE")
		b.hears("SIP/2.0 200")
	})
}
