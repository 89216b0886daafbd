package sip

import (
	"testing"

	"ringtide/internal/phone"
)

// RFC 3892: who has transferred a call. We say whom we know it from; what a REFER says of it is not looked at.

func TestItem25_ReferredBy(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		l := s.rings(Invite{ShowName: "Ann", ShowNumber: "5550123", ReferredBy: "102"})
		m := s.bob.Hears("INVITE")
		if by := phone.Header(m, "Referred-By"); by != "<sip:102@pbx.test>" {
			t.Errorf("Referred-By: %q", by)
		}
		if from := phone.Header(m, "P-Asserted-Identity"); from != `"Ann" <sip:5550123@pbx.test>` {
			t.Errorf("the caller is shown as %q", from)
		}
		s.bob.Answers("INVITE", 486, "")
		l.saw("Failed 486", "Gone")
	})
	play(t, quiet, 1, func(s *stage) { // a carrier hears nothing of our extensions
		c := s.carrier()
		to, _ := s.server.TrunkTarget("carrier")
		l := s.dials(to, Invite{Number: "5550199", ShowNumber: "5550100", ReferredBy: "102"})
		if by := phone.Header(c.Hears("INVITE"), "Referred-By"); by != "" {
			t.Errorf("Referred-By: %q", by)
		}
		c.Answers("INVITE", 486, "")
		l.saw("Failed 486", "Gone")
	})
	play(t, quiet, 1, func(s *stage) {
		l := s.rings(Invite{ReferredBy: "1;x=\"\r\n2>"})
		if by := phone.Header(s.bob.Hears("INVITE"), "Referred-By"); by != "<sip:1%3Bx=%22%202%3E@pbx.test>" {
			t.Errorf("Referred-By: %q", by)
		}
		s.bob.Answers("INVITE", 486, "")
		l.saw("Failed 486", "Gone")
	})
}
