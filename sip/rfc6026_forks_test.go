package sip

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ringtide/internal/phone"
)

// RFC 3261 section 13.2.2.4 and RFC 6026: one INVITE of ours, several phones behind its target.

func TestItem03_TwoPhonesAnswer(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b := s.bob
		l := s.rings(Invite{})
		b.Hears("INVITE")
		b.AnswersAs("desk", "INVITE", 180, "")
		b.AnswersAs("mobile", "INVITE", 183, "v=0 mobile")
		b.AnswersAs("desk", "INVITE", 183, "v=0 desk") // would only replace the other's early media
		l.saw("Ringing 180", "Ringing 183 v=0 mobile", "Ringing 183")
		first := b.AnswersAs("desk", "INVITE", 200, "v=0 desk")
		if ack := b.Hears("ACK sip:desk@"); !strings.Contains(phone.Header(ack, "To"), "tag=desk") {
			t.Errorf("ACK:\n%s", ack)
		}
		second := b.AnswersAs("mobile", "INVITE", 200, "v=0 mobile")
		if ack := b.Hears("ACK sip:mobile@"); !strings.Contains(phone.Header(ack, "To"), "tag=mobile") {
			t.Errorf("ACK:\n%s", ack)
		}
		bye := b.Hears("BYE sip:mobile@")
		if !strings.Contains(phone.Header(bye, "To"), "tag=mobile") || !strings.Contains(phone.Header(bye, "Reason"), "elsewhere") {
			t.Errorf("BYE:\n%s", bye)
		}
		b.Answers("BYE", 200, "")
		// Both ACKs get lost: each 2xx gets its own again, and nobody a second BYE.
		b.Send(first)
		b.Hears("ACK sip:desk@")
		b.Send(second)
		b.Hears("ACK sip:mobile@")
		b.Silence(time.Second)
		l.saw("Ringing 180", "Ringing 183 v=0 mobile", "Ringing 183", "Answered v=0 desk")
		l.Hangup(NoReason)
		b.Hears("BYE sip:desk@")
		b.Answers("BYE", 200, "")
	})
}

func TestItem03_TheLegIsDownWhenTheLastForkIs(t *testing.T) {
	for name, answers := range map[string]bool{"the fork answers BYE": true, "it never does": false} {
		t.Run(name, func(t *testing.T) {
			play(t, quiet, 1, func(s *stage) {
				b, l := s.talking()
				b.AnswersAs("mobile", "INVITE", 200, "v=0 mobile")
				b.Hears("ACK sip:mobile@")
				bye := b.Hears("BYE sip:mobile@") // its answer takes a while
				b.Asks("BYE")
				b.Hears("SIP/2.0 200")
				l.saw("Ringing 180", "Answered v=0 bob", "HungUp")
				b.Requests["BYE"] = bye
				if answers {
					b.Answers("BYE", 200, "")
				} else {
					passes(byePatience)
				}
				l.saw("Ringing 180", "Answered v=0 bob", "HungUp", "Gone")
			})
		})
	}
}

func TestItem03_ForkAnswersAfterTheCallIsOver(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b, l := s.talking()
		b.Asks("BYE")
		b.Hears("SIP/2.0 200")
		l.saw("Ringing 180", "Answered v=0 bob", "HungUp", "Gone")
		b.AnswersAs("mobile", "INVITE", 200, "v=0 mobile")
		b.Hears("ACK sip:mobile@")
		b.Hears("BYE sip:mobile@")
		b.Answers("BYE", 200, "")
		l.saw("Ringing 180", "Answered v=0 bob", "HungUp", "Gone")
	})
}

func TestItem03_ForksAreLimited(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b := s.bob
		l := s.rings(Invite{})
		b.Hears("INVITE")
		for i := range 100 {
			b.AnswersAs("fork"+strings.Repeat("x", i), "INVITE", 183, "v=0")
		}
		synctest.Wait()
		l.Hangup(NoReason)
		b.Hears("CANCEL")
		b.Answers("CANCEL", 200, "")
		b.AnswersAs("fork", "INVITE", 487, "")
		b.Hears("ACK")
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
		b.Hears("INVITE")
		b.Answers("INVITE", 183, "v=0 early")
		b.Answers("INVITE", 200, "")
		b.Hears("ACK")
		l.saw("Ringing 183 v=0 early", "Answered v=0 early")
		b.Asks("BYE")
		b.Hears("SIP/2.0 200")
	})
}
