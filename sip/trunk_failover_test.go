package sip

import (
	"testing"
	"time"

	"ringtide/internal/fakenet"
	"ringtide/internal/phone"
)

// refusedBy sends a call over the trunk, which reaches c first, at once, and is refused.
func (s *stage) refusedBy(c *phone.Phone) {
	s.t.Helper()
	begin := time.Now()
	l := s.dialsOut("5550199")
	c.Hears("INVITE")
	if d := time.Since(begin); d != 0 {
		s.t.Errorf("the call took %v to get there", d)
	}
	c.Answers("INVITE", 404, "")
	c.Hears("ACK")
	l.saw("Failed 404", "Gone")
}

func TestItem44_FailedAddressComesLastFor30Seconds(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		second := s.phone("second", "10.0.2.2:5060")
		l := s.dialsOut("5550199") // 10.0.2.1 is silent
		second.Hears("INVITE")
		second.Answers("INVITE", 404, "")
		second.Hears("ACK")
		l.saw("Failed 404", "Gone")
		if at, _ := s.server.TrunkTarget("carrier"); at.Remote.String() != "10.0.2.2" {
			t.Errorf("calls go to %s first", at.Remote)
		}
		passes(20 * time.Second)
		s.refusedBy(second)
		passes(11 * time.Second)
		s.refusedBy(s.carrier())
	})
}

func TestItem44_BusyAddressComesLast(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		first, second := s.carrier(), s.phone("second", "10.0.2.2:5060")
		fails := func(c *phone.Phone) {
			t.Helper()
			c.Hears("INVITE")
			c.Answers("INVITE", 100, "")
			c.Answers("INVITE", 503, "")
			c.Hears("ACK")
		}
		answers := func(c *phone.Phone, l *leg) {
			t.Helper()
			c.Hears("INVITE")
			c.Answers("INVITE", 404, "")
			c.Hears("ACK")
			l.saw("Failed 404", "Gone")
		}
		l := s.dialsOut("5550199")
		fails(first)
		answers(second, l)
		s.refusedBy(second)
		l = s.dialsOut("5550199") // the last resort is tried all the same, and is in order again
		fails(second)
		answers(first, l)
		s.refusedBy(first)
		l = s.dialsOut("5550199") // with both busy their order is as configured
		fails(first)
		fails(second)
		l.saw("Failed 503 unreachable", "Gone")
		l = s.dialsOut("5550199")
		fails(first)
		answers(second, l)
	})
}

func TestItem44_AddressWithoutAListenerComesLast(t *testing.T) {
	play(t, fakenet.Options{Refuse: true}, 1, func(s *stage) {
		second := s.phone("second", "10.0.2.2:5060")
		s.refusedBy(second) // at once: the network refuses what goes to 10.0.2.1
		s.carrier()
		s.refusedBy(second)
	})
}

func TestFailedHopsAreForgotten(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		hops, err := s.server.ways("carrier", "1")
		if err != nil {
			t.Fatal(err)
		}
		table := newFailedHops()
		table.failed("carrier", hops[0].flow)
		other := append([]hop(nil), hops...)
		if table.last("another account", other); other[0].flow != hops[0].flow {
			t.Error("an account pays for another one")
		}
		passes(hopPause)
		table.failed("carrier", hops[1].flow)
		if len(table.until) != 1 {
			t.Errorf("%d failures are kept", len(table.until))
		}
	})
}
