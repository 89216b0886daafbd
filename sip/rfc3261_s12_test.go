package sip

import (
	"strings"
	"testing"
	"time"
)

// RFC 3261 section 12: dialogs, and what comes within them.

func TestItem29_UnknownRequestsInDialog(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c, l := s.connected()
		for _, one := range []struct{ method, answer, needs string }{
			{"OPTIONS", "SIP/2.0 200", "Allow"},
			{"INFO", "SIP/2.0 200", ""},
			{"PRACK", "SIP/2.0 481", ""},
			{"REFER", "SIP/2.0 603", ""},
			{"SUBSCRIBE", "SIP/2.0 489", ""},
			{"MESSAGE", "SIP/2.0 405", "Allow"},
			{"PUBLISH", "SIP/2.0 405", "Allow"},
			{"FOOBAR", "SIP/2.0 501", "Allow"},
		} {
			c.asks(one.method)
			m := c.hears(one.answer)
			if one.needs != "" && header(m, one.needs) == "" {
				t.Errorf("%s: no %s in\n%s", one.method, one.needs, m)
			}
		}
		c.asks("NOTIFY", "Event: refer", "Subscription-State: active")
		c.hears("SIP/2.0 481")
		c.asks("NOTIFY", "Event: weather", "Subscription-State: active")
		c.hears("SIP/2.0 489")
		c.seq++
		c.send(c.request("INFO", c.seq, []string{"Content-Type: application/media_control+xml"}, "<x/>"))
		if m := c.hears("SIP/2.0 415"); header(m, "Accept") == "" {
			t.Error("415 without Accept")
		}
		c.asks("INFO", "Info-Package: foo")
		c.hears("SIP/2.0 469")
		l.saw("Confirmed")
		c.asks("BYE")
		c.hears("SIP/2.0 200")
		c.asks("OPTIONS")
		c.hears("SIP/2.0 481")
	})
}

func TestRequestsOutOfOrderAreRefused(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c, l := s.connected()
		c.seq = 10
		c.asks("OPTIONS")
		c.hears("SIP/2.0 200")
		c.seq = 4
		c.asks("INFO")
		c.hears("SIP/2.0 500")
		c.seq = 20
		c.asks("BYE")
		c.hears("SIP/2.0 200")
		l.saw("Confirmed", "HungUp", "Gone")
	})
}

// Who knows Call-ID and tags but sends from elsewhere does not belong to the dialog; any port of the same address, and
// any peer of the trunk, does.
func TestForgedRequestsInDialog(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b, l := s.talking()
		forger := s.phone("forger", "10.0.1.66:5060")
		forger.tag, forger.callID, forger.farTag, forger.target, forger.seq = b.tag, b.callID, b.farTag, b.target, 200
		forger.asks("BYE")
		forger.hears("SIP/2.0 481")
		forger.offers("INVITE", "v=0 forged")
		forger.hears("SIP/2.0 481")
		b.tag = "guessed"
		b.asks("BYE")
		b.hears("SIP/2.0 481")
		b.tag = "bob"
		l.saw("Ringing 180", "Answered v=0 bob")

		moved := s.phone("moved", "10.0.1.7:31000") // a NAT gave him another port
		moved.tag, moved.callID, moved.farTag, moved.target, moved.seq = b.tag, b.callID, b.farTag, b.target, 300
		moved.asks("OPTIONS")
		moved.hears("SIP/2.0 200")
		l.Hangup(NoReason)
		moved.hears("BYE")
		moved.answers("BYE", 200, "")
		l.saw("Ringing 180", "Answered v=0 bob", "Gone")
	})
	play(t, quiet, 1, func(s *stage) {
		c, l := s.connected()
		twin := s.phone("carrier", "10.0.2.40:5062") // another machine of the same carrier
		twin.tag, twin.callID, twin.farTag, twin.target, twin.seq = c.tag, c.callID, c.farTag, c.target, 9
		twin.asks("BYE")
		twin.hears("SIP/2.0 200")
		l.saw("Confirmed", "HungUp", "Gone")
	})
}

func TestRouteSetAndTargetRefresh(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		proxy := s.phone("proxy", "10.0.2.7:5080")
		c.calls("sales", "Record-Route: <sip:10.0.2.7:5080;lr;x=%22a>, <sip:inner.example;lr>", "Record-Route: <sip:10.0.2.1;lr>")
		l := s.call()
		l.Answer([]byte("v=0 ours"))
		ok := c.hears("SIP/2.0 200")
		if !strings.Contains(ok, "inner.example") {
			t.Error("Record-Route is not copied into the 200")
		}
		c.acks()
		c.moves("sip:later@10.0.2.1:5099")
		c.asks("UPDATE")
		c.hears("SIP/2.0 200")
		l.Hangup(NoReason)
		bye := proxy.hears("BYE sip:later@10.0.2.1:5099 SIP/2.0")
		var routes []string
		for line := range strings.SplitSeq(bye, "\r\n") {
			if r, ok := strings.CutPrefix(line, "Route: "); ok {
				routes = append(routes, r)
			}
		}
		if got := strings.Join(routes, " "); got != "<sip:10.0.2.7:5080;lr;x=%22a> <sip:inner.example;lr> <sip:10.0.2.1;lr>" {
			t.Errorf("Route: %s", got)
		}
		proxy.answers("BYE", 200, "")
		l.saw("Confirmed", "Gone")
	})
}

func TestProbe(t *testing.T) {
	up := []string{"Ringing 180", "Answered v=0 bob"}
	for answer, want := range map[int][]string{
		200: up,
		486: up,
		481: append(up[:2:2], "HungUp dead", "Gone"),
	} {
		play(t, quiet, 1, func(s *stage) {
			b, l := s.talking()
			l.Probe()
			l.Probe() // one at a time
			b.hears("OPTIONS")
			b.answers("OPTIONS", answer, "")
			l.saw(want...)
			b.silence(time.Minute)
			if answer != 481 {
				b.asks("BYE")
				b.hears("SIP/2.0 200")
			}
		})
	}
}

func TestProbeOfADeadPhone(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b, l := s.talking()
		l.Probe()
		b.hears("OPTIONS")
		begin := time.Now()
		b.hears("BYE")
		if d := time.Since(begin); d != 32*time.Second {
			t.Errorf("given up after %v", d)
		}
		l.saw("Ringing 180", "Answered v=0 bob", "HungUp dead")
		time.Sleep(4 * time.Second)
		l.saw("Ringing 180", "Answered v=0 bob", "HungUp dead", "Gone")
	})
}

func TestDialogsAreNotFlooded(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c, l := s.connected()
		for range perSecond {
			c.asks("OPTIONS")
			c.hears("SIP/2.0 200")
		}
		c.asks("OPTIONS")
		c.hears("SIP/2.0 503")
		c.asks("BYE") // always
		c.hears("SIP/2.0 200")
		l.saw("Confirmed", "HungUp", "Gone")
	})
}

func TestPanicEndsOneDialogOnly(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c, l := s.connected()
		b, other := s.talking()
		l.do = func(e Event) {
			if _, ok := e.(Reoffered); ok {
				panic("a bug in the call")
			}
		}
		c.offers("INVITE", "v=0 hold")
		c.hears("SIP/2.0 487")
		c.hears("BYE")
		c.answers("BYE", 200, "")
		l.saw("Confirmed", "Reoffered v=0 hold", "HungUp dead", "Gone")
		s.panics = 1
		b.asks("BYE")
		b.hears("SIP/2.0 200")
		other.saw("Ringing 180", "Answered v=0 bob", "HungUp", "Gone")
	})
}

func TestPanicWhenInvited(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		s.onInvited = func(*Dialog, Invitation) { panic("a bug at the door") }
		c := s.carrier()
		c.calls("sales")
		c.acksRefusal(c.hears("SIP/2.0 500"))
		s.panics = 1
	})
}
