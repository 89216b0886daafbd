package sip

import (
	"testing"

	"ringtide/internal/phone"
	"ringtide/sip/internal/wire"
)

// RFC 3326: the Reason header.

func TestItem05_ReasonElsewhereInCancel(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b := s.bob
		l := s.rings(Invite{})
		b.Hears("INVITE")
		b.Answers("INVITE", 180, "")
		l.saw("Ringing 180")
		l.Hangup(Elsewhere)
		cancel := b.Hears("CANCEL")
		if got := phone.Header(cancel, "Reason"); got != `SIP;cause=200;text="Call completed elsewhere"` {
			t.Errorf("Reason: %s", got)
		}
		b.Answers("CANCEL", 200, "")
		b.Answers("INVITE", 487, "")
		b.Hears("ACK")
		l.saw("Ringing 180", "Gone")
	})
}

func TestItem05_WithdrawnFromCaller(t *testing.T) {
	for _, why := range []Reason{NoReason, Elsewhere} {
		play(t, quiet, 1, func(s *stage) {
			c := s.carrier()
			c.Calls("sales")
			l := s.call()
			l.Hangup(why)
			want := map[Reason]string{NoReason: "SIP/2.0 480", Elsewhere: "SIP/2.0 487"}[why]
			m := c.Hears(want)
			c.AcksRefusal(m)
			if (phone.Header(m, "Reason") != "") != (why == Elsewhere) {
				t.Errorf("%q: Reason: %s", why, phone.Header(m, "Reason"))
			}
			l.saw("Gone")
		})
	}
}

func TestSaysElsewhere(t *testing.T) {
	for value, want := range map[string]bool{
		`SIP;cause=200;text="Call completed elsewhere"`: true,
		`SIP ; cause = 200`:                             true,
		`sip;text="x;cause=9, y";cause=200`:             true,
		`Q.850;cause=26`:                                true,
		`Q.850;cause=16`:                                false,
		`Q.850;cause=200`:                               false,
		`SIP;cause=486`:                                 false,
		`SIP;cause=2000`:                                false,
		`;;;"`:                                          false,
		``:                                              false,
	} {
		req := wire.NewRequest(wire.CANCEL, wire.Uri{Scheme: "sip", Host: "h"})
		req.AppendHeader(wire.NewHeader("Reason", value))
		if got := saysElsewhere(req); got != want {
			t.Errorf("%s: %v", value, got)
		}
	}
}
