package sip

import (
	"strings"
	"testing"
	"time"
)

// RFC 3261 section 13: initiating a session.

func TestItem01_RingingIsRepeatedEachMinuteUntilAnswered(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		c.calls("sales")
		c.hears("SIP/2.0 100")
		l := s.call()
		l.Ringing()
		ringing := c.hears("SIP/2.0 180")
		if n := c.copies(ringing, 59*time.Second); n != 1 {
			t.Errorf("180 came %d times in the first minute", n)
		}
		if n := c.copies(ringing, 2*time.Minute); n != 3 {
			t.Errorf("180 came %d times in three minutes, want 3", n)
		}
		l.Answer([]byte("v=0 ours"))
		ok := c.hears("SIP/2.0 200")
		c.acks()
		if got := body(ok); got != "v=0 ours" || header(ok, "Content-Type") != "application/sdp" {
			t.Errorf("200 brought %q as %q", got, header(ok, "Content-Type"))
		}
		c.silence(2 * time.Minute)
		l.saw("Confirmed")
		c.asks("BYE")
		c.hears("SIP/2.0 200")
		l.saw("Confirmed", "HungUp", "Gone")
	})
}

func TestItem01_EarlyMediaIsRepeatedWithItsSDP(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		c.calls("sales")
		l := s.call()
		l.Progress([]byte("v=0 music"))
		m := c.hears("SIP/2.0 183")
		if body(m) != "v=0 music" {
			t.Errorf("183 brought %q", body(m))
		}
		if n := c.copies(m, 61*time.Second); n != 2 {
			t.Errorf("183 came %d times, want 2", n)
		}
		l.Refuse(480, 0)
		c.acksRefusal(c.hears("SIP/2.0 480"))
		l.saw("Gone")
	})
}

func TestItem14_RefusalSaysWhenToComeBack(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		c.calls("sales")
		l := s.call()
		l.Refuse(503, 7*time.Second)
		m := c.hears("SIP/2.0 503")
		c.acksRefusal(m)
		if header(m, "Retry-After") != "7" {
			t.Errorf("Retry-After: %q", header(m, "Retry-After"))
		}
		l.saw("Gone")
	})
}

func TestItem18_LostAckEndsTheCallWithBye(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		c.calls("sales")
		l := s.call()
		l.Answer([]byte("v=0 ours"))
		begin := time.Now()
		ok := c.hears("SIP/2.0 200")
		c.hears("BYE")
		if d := time.Since(begin); d != 32*time.Second {
			t.Errorf("BYE after %v, want 32 s", d)
		}
		// T1, 2*T1, 4*T1, then each T2 = 4 s: 0, 0.5, 1.5, 3.5, 7.5, 11.5 … 31.5 s.
		if n := c.heard[ok]; n != 11 {
			t.Errorf("200 came %d times, want 11", n)
		}
		c.answers("BYE", 200, "")
		l.saw("HungUp dead", "Gone")
	})
}

func TestItem10_LateOffer(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		c.sdp = ""
		c.calls("sales")
		l := s.call()
		if l.inv.Offer != nil {
			t.Fatalf("offer %q", l.inv.Offer)
		}
		l.Answer([]byte("v=0 our offer"))
		if m := c.hears("SIP/2.0 200"); body(m) != "v=0 our offer" {
			t.Errorf("200 brought %q", body(m))
		}
		c.send(c.request("ACK", c.seq, []string{"Content-Type: application/sdp"}, "v=0 their answer"))
		l.saw("Confirmed v=0 their answer")
		l.Hangup(NoReason)
		c.hears("BYE")
		c.answers("BYE", 200, "")
		l.saw("Confirmed v=0 their answer", "Gone")
	})
}

func TestItem15_OddBodiesAreTolerated(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		c.tag, c.callID, c.target, c.seq = "x", "multi", "sip:sales@pbx.test", 1
		parts := "--b\r\nContent-Type: application/isup;version=itu-t92+\r\nContent-Disposition: signal;handling=optional\r\n\r\n\x01\x02\r\n" +
			"--b\r\nContent-Type: application/sdp\r\n\r\nv=0 inside\r\n--b--\r\n"
		c.invite = c.request("INVITE", 1, []string{"Content-Type: multipart/mixed;boundary=b", "P-Charging-Vector: icid-value=;;\"", "Reason: nonsense"}, parts)
		c.send(c.invite)
		l := s.call()
		if string(l.inv.Offer) != "v=0 inside" {
			t.Errorf("offer %q", l.inv.Offer)
		}
		l.Refuse(480, 0)
		c.acksRefusal(c.hears("SIP/2.0 480"))

		c.calls("sales", "Content-Encoding: gzip")
		m := c.hears("SIP/2.0 415")
		c.acksRefusal(m)
		if !strings.Contains(header(m, "Accept"), "application/sdp") {
			t.Errorf("Accept: %q", header(m, "Accept"))
		}
	})
}

func TestMergedInviteIsRefused(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		c.calls("sales")
		c.hears("SIP/2.0 100")
		l := s.call()
		// A proxy forked it: same Call-ID, tag and CSeq by another way (RFC 3261 section 8.2.2.2).
		twin := c.request("INVITE", 1, []string{"Content-Type: application/sdp"}, "v=0")
		c.send(twin)
		c.hears("SIP/2.0 482")
		l.saw()
		l.Refuse(486, 0)
		c.hears("SIP/2.0 486")
		l.saw("Gone")
	})
}

func TestStrictRouterIsRefused(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		c.calls("sales", "Record-Route: <sip:10.0.2.9>")
		c.acksRefusal(c.hears("SIP/2.0 400"))
		if !strings.Contains(s.logged.String(), "strict router") {
			t.Error("nothing logged")
		}
	})
}

func TestItem08_RequiredExtensionIsRefused(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		c.calls("sales", "Require: 100rel")
		if m := c.hears("SIP/2.0 420"); header(m, "Unsupported") != "100rel" {
			t.Errorf("Unsupported: %q", header(m, "Unsupported"))
		}
	})
}

func TestDrainRefusesNewCallsOnly(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c, l := s.connected()
		s.server.Drain(true)
		d := s.phone("other", "10.0.2.3:5060")
		d.calls("sales")
		m := d.hears("SIP/2.0 503")
		d.acksRefusal(m)
		if header(m, "Retry-After") == "" {
			t.Error("no Retry-After")
		}
		c.asks("OPTIONS")
		c.hears("SIP/2.0 200")
		s.server.Drain(false)
		c.asks("BYE")
		c.hears("SIP/2.0 200")
		l.saw("Confirmed", "HungUp", "Gone")
	})
}
