package sip

import (
	"testing"

	"ringtide/sip/internal/wire"
)

// RFC 3326: the Reason header.

func TestItem05_ReasonElsewhereInCancel(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b := s.bob
		l := s.rings(Invite{})
		b.hears("INVITE")
		b.answers("INVITE", 180, "")
		l.saw("Ringing 180")
		l.Hangup(Elsewhere)
		cancel := b.hears("CANCEL")
		if got := header(cancel, "Reason"); got != `SIP;cause=200;text="Call completed elsewhere"` {
			t.Errorf("Reason: %s", got)
		}
		b.answers("CANCEL", 200, "")
		b.answers("INVITE", 487, "")
		b.hears("ACK")
		l.saw("Ringing 180", "Gone")
	})
}

func TestItem05_WithdrawnFromCaller(t *testing.T) {
	for _, why := range []Reason{NoReason, Elsewhere} {
		play(t, quiet, 1, func(s *stage) {
			c := s.carrier()
			c.calls("sales")
			l := s.call()
			l.Hangup(why)
			want := map[Reason]string{NoReason: "SIP/2.0 480", Elsewhere: "SIP/2.0 487"}[why]
			m := c.hears(want)
			c.acksRefusal(m)
			if (header(m, "Reason") != "") != (why == Elsewhere) {
				t.Errorf("%q: Reason: %s", why, header(m, "Reason"))
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
