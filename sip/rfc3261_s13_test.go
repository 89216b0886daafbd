package sip

import (
	"strings"
	"testing"
	"time"

	"ringtide/internal/phone"
)

// RFC 3261 section 13: initiating a session.

func TestItem01_RingingIsRepeatedEachMinuteUntilAnswered(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		c.Calls("sales")
		c.Hears("SIP/2.0 100")
		l := s.call()
		l.Ringing()
		ringing := c.Hears("SIP/2.0 180")
		if n := c.Copies(ringing, 59*time.Second); n != 1 {
			t.Errorf("180 came %d times in the first minute", n)
		}
		if n := c.Copies(ringing, 2*time.Minute); n != 3 {
			t.Errorf("180 came %d times in three minutes, want 3", n)
		}
		l.Answer([]byte("v=0 ours"))
		ok := c.Hears("SIP/2.0 200")
		c.Acks()
		if got := phone.Body(ok); got != "v=0 ours" || phone.Header(ok, "Content-Type") != "application/sdp" {
			t.Errorf("200 brought %q as %q", got, phone.Header(ok, "Content-Type"))
		}
		c.Silence(2 * time.Minute)
		l.saw("Confirmed")
		c.Asks("BYE")
		c.Hears("SIP/2.0 200")
		l.saw("Confirmed", "HungUp", "Gone")
	})
}

func TestItem01_EarlyMediaIsRepeatedWithItsSDP(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		c.Calls("sales")
		l := s.call()
		l.Progress([]byte("v=0 music"))
		m := c.Hears("SIP/2.0 183")
		if phone.Body(m) != "v=0 music" {
			t.Errorf("183 brought %q", phone.Body(m))
		}
		if n := c.Copies(m, 61*time.Second); n != 2 {
			t.Errorf("183 came %d times, want 2", n)
		}
		l.Refuse(480, 0)
		c.AcksRefusal(c.Hears("SIP/2.0 480"))
		l.saw("Gone")
	})
}

func TestItem14_RefusalSaysWhenToComeBack(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		c.Calls("sales")
		l := s.call()
		l.Refuse(503, 7*time.Second)
		m := c.Hears("SIP/2.0 503")
		c.AcksRefusal(m)
		if phone.Header(m, "Retry-After") != "7" {
			t.Errorf("Retry-After: %q", phone.Header(m, "Retry-After"))
		}
		l.saw("Gone")
	})
}

func TestItem18_LostAckEndsTheCallWithBye(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		c.Calls("sales")
		l := s.call()
		l.Answer([]byte("v=0 ours"))
		begin := time.Now()
		ok := c.Hears("SIP/2.0 200")
		c.Hears("BYE")
		if d := time.Since(begin); d != 32*time.Second {
			t.Errorf("BYE after %v, want 32 s", d)
		}
		// T1, 2*T1, 4*T1, then each T2 = 4 s: 0, 0.5, 1.5, 3.5, 7.5, 11.5 … 31.5 s.
		if n := c.Times(ok); n != 11 {
			t.Errorf("200 came %d times, want 11", n)
		}
		c.Answers("BYE", 200, "")
		l.saw("HungUp dead", "Gone")
	})
}

func TestItem10_LateOffer(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		c.SDP = ""
		c.Calls("sales")
		l := s.call()
		if l.inv.Offer != nil {
			t.Fatalf("offer %q", l.inv.Offer)
		}
		l.Answer([]byte("v=0 our offer"))
		if m := c.Hears("SIP/2.0 200"); phone.Body(m) != "v=0 our offer" {
			t.Errorf("200 brought %q", phone.Body(m))
		}
		c.Send(c.Request("ACK", c.Seq, []string{"Content-Type: application/sdp"}, "v=0 their answer"))
		l.saw("Confirmed v=0 their answer")
		l.Hangup(NoReason)
		c.Hears("BYE")
		c.Answers("BYE", 200, "")
		l.saw("Confirmed v=0 their answer", "Gone")
	})
}

func TestItem15_OddBodiesAreTolerated(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		c.Tag, c.CallID, c.Target, c.Seq = "x", "multi", "sip:sales@pbx.test", 1
		parts := "--b\r\nContent-Type: application/isup;version=itu-t92+\r\nContent-Disposition: signal;handling=optional\r\n\r\n\x01\x02\r\n" +
			"--b\r\nContent-Type: application/sdp\r\n\r\nv=0 inside\r\n--b--\r\n"
		c.Invite = c.Request("INVITE", 1, []string{"Content-Type: multipart/mixed;boundary=b", "P-Charging-Vector: icid-value=;;\"", "Reason: nonsense"}, parts)
		c.Send(c.Invite)
		l := s.call()
		if string(l.inv.Offer) != "v=0 inside" {
			t.Errorf("offer %q", l.inv.Offer)
		}
		l.Refuse(480, 0)
		c.AcksRefusal(c.Hears("SIP/2.0 480"))

		c.Calls("sales", "Content-Encoding: gzip")
		m := c.Hears("SIP/2.0 415")
		c.AcksRefusal(m)
		if !strings.Contains(phone.Header(m, "Accept"), "application/sdp") {
			t.Errorf("Accept: %q", phone.Header(m, "Accept"))
		}
	})
}

func TestMergedInviteIsRefused(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		c.Calls("sales")
		c.Hears("SIP/2.0 100")
		l := s.call()
		// A proxy forked it: same Call-ID, tag and CSeq by another way (RFC 3261 section 8.2.2.2).
		twin := c.Request("INVITE", 1, []string{"Content-Type: application/sdp"}, "v=0")
		c.Send(twin)
		c.Hears("SIP/2.0 482")
		l.saw()
		l.Refuse(486, 0)
		c.Hears("SIP/2.0 486")
		l.saw("Gone")
	})
}

func TestStrictRouterIsRefused(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		c.Calls("sales", "Record-Route: <sip:10.0.2.9>")
		c.AcksRefusal(c.Hears("SIP/2.0 400"))
		if !strings.Contains(s.logged.String(), "strict router") {
			t.Error("nothing logged")
		}
	})
}

func TestItem08_RequiredExtensionIsRefused(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		c.Calls("sales", "Require: 100rel, precondition")
		if m := c.Hears("SIP/2.0 420"); phone.Header(m, "Unsupported") != "precondition" {
			t.Errorf("Unsupported: %q", phone.Header(m, "Unsupported"))
		}
	})
}

func TestDrainRefusesNewCallsOnly(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c, l := s.connected()
		s.server.Drain(true)
		d := s.phone("other", "10.0.2.3:5060")
		d.Calls("sales")
		m := d.Hears("SIP/2.0 503")
		d.AcksRefusal(m)
		if phone.Header(m, "Retry-After") == "" {
			t.Error("no Retry-After")
		}
		c.Asks("OPTIONS")
		c.Hears("SIP/2.0 200")
		s.server.Drain(false)
		c.Asks("BYE")
		c.Hears("SIP/2.0 200")
		l.saw("Confirmed", "HungUp", "Gone")
	})
}

func TestNoEmptyHeadersInCalls(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		empty := func(m string) {
			t.Helper()
			head, _, _ := strings.Cut(m, "\r\n\r\n")
			for line := range strings.SplitSeq(head, "\r\n") {
				if strings.HasSuffix(strings.TrimSpace(line), ":") {
					t.Errorf("%q in\n%s", line, m)
				}
			}
		}
		c := s.carrier()
		c.Calls("sales")
		l := s.call()
		l.Ringing()
		empty(c.Hears("SIP/2.0 180"))
		l.Answer([]byte("v=0 ours"))
		empty(c.Hears("SIP/2.0 200"))
		c.Acks()
		c.Offers("INVITE", "v=0 again")
		l.Accept([]byte("v=0 ours"))
		empty(c.Hears("SIP/2.0 200"))
		c.Acks()
		c.Asks("UPDATE")
		empty(c.Hears("SIP/2.0 200"))
		b, out := s.talking()
		empty(b.Requests["INVITE"])
		empty(b.Requests["ACK"])
		for phone, leg := range map[*phone.Phone]*leg{c: l, b: out} {
			leg.Hangup(NoReason)
			empty(phone.Hears("BYE"))
			phone.Answers("BYE", 200, "")
		}
	})
}
