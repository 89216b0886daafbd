package sip

import (
	"strings"
	"testing"
	"time"

	"ringtide/internal/phone"
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
			c.Asks(one.method)
			m := c.Hears(one.answer)
			if one.needs != "" && phone.Header(m, one.needs) == "" {
				t.Errorf("%s: no %s in\n%s", one.method, one.needs, m)
			}
		}
		c.Asks("NOTIFY", "Event: refer", "Subscription-State: active")
		c.Hears("SIP/2.0 481")
		c.Asks("NOTIFY", "Event: weather", "Subscription-State: active")
		c.Hears("SIP/2.0 489")
		c.Seq++
		c.Send(c.Request("INFO", c.Seq, []string{"Content-Type: application/media_control+xml"}, "<x/>"))
		if m := c.Hears("SIP/2.0 415"); phone.Header(m, "Accept") == "" {
			t.Error("415 without Accept")
		}
		c.Asks("INFO", "Info-Package: foo")
		c.Hears("SIP/2.0 469")
		l.saw("Confirmed")
		c.Asks("BYE")
		c.Hears("SIP/2.0 200")
		c.Asks("OPTIONS")
		c.Hears("SIP/2.0 481")
	})
}

func TestItem27_KeysByInfo(t *testing.T) {
	const relay, plain = "application/dtmf-relay", "application/dtmf"
	bodies := []struct{ kind, body, key string }{
		{relay, "Signal=5\r\nDuration=160\r\n", "5"}, {relay, "Signal= *\r\nDuration= 250", "*"}, {relay, "Duration=100\r\nsignal=11\r\n", "#"},
		{relay, "Signal=10\n", "*"}, {relay, "Signal=d", "D"}, {plain, "7", "7"}, {plain, "#\r\n", "#"}, {plain, "Signal=0", "0"},
		{relay + ";x=y", "Signal=1", "1"}, {"Application/DTMF", "2", "2"},
		{relay, "Signal=16", ""}, {relay, "Signal=!", ""}, {relay, "Signal=", ""}, {relay, "Duration=5", ""}, {plain, "55", ""}, {plain, "\xff", ""},
	}
	play(t, quiet, 1, func(s *stage) {
		c, l := s.connected()
		want := []string{"Confirmed"}
		for _, b := range bodies {
			c.Seq++
			c.Send(c.Request("INFO", c.Seq, []string{"Content-Type: " + b.kind}, b.body))
			if b.key == "" {
				c.Hears("SIP/2.0 400")
				continue
			}
			c.Hears("SIP/2.0 200")
			want = append(want, "Digit "+b.key)
		}
		l.saw(want...)
		for range 2 * keysAMinute {
			passes(time.Second / 20)
			c.Seq++
			c.Send(c.Request("INFO", c.Seq, []string{"Content-Type: " + plain}, "9"))
			c.Hears("SIP/2.0 200")
		}
		c.Asks("BYE")
		c.Hears("SIP/2.0 200")
		if n := len(l.events); n != 1+keysAMinute+2 {
			t.Errorf("%d events for too many keys", n)
		}
	})
}

func TestRequestsOutOfOrderAreRefused(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c, l := s.connected()
		c.Seq = 10
		c.Asks("OPTIONS")
		c.Hears("SIP/2.0 200")
		c.Seq = 4
		c.Asks("INFO")
		c.Hears("SIP/2.0 500")
		c.Seq = 20
		c.Asks("BYE")
		c.Hears("SIP/2.0 200")
		l.saw("Confirmed", "HungUp", "Gone")
	})
}

// Who knows Call-ID and tags but sends from elsewhere has to prove that he is the user of the dialog; any port of the same
// address, and any peer of the trunk, belongs to it.
func TestForgedRequestsInDialog(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b, l := s.talking()
		forger := s.phone("forger", "10.0.1.66:5060")
		forger.Overhears(b, 200)
		forger.Asks("BYE")
		forger.Hears("SIP/2.0 401")
		forger.Offers("INVITE", "v=0 forged")
		forger.Hears("SIP/2.0 401")
		b.Tag = "guessed"
		b.Asks("BYE")
		b.Hears("SIP/2.0 481")
		b.Tag = "bob"
		l.saw("Ringing 180", "Answered v=0 bob")

		moved := s.phone("moved", "10.0.1.7:31000") // a NAT gave him another port
		moved.Overhears(b, 300)
		moved.Asks("OPTIONS")
		moved.Hears("SIP/2.0 200")
		l.Hangup(NoReason)
		moved.Hears("BYE")
		moved.Answers("BYE", 200, "")
		l.saw("Ringing 180", "Answered v=0 bob", "Gone")
	})
	play(t, quiet, 1, func(s *stage) {
		c, l := s.connected()
		twin := s.phone("carrier", "10.0.2.40:5062") // another machine of the same carrier
		twin.Overhears(c, 9)
		twin.Asks("BYE")
		twin.Hears("SIP/2.0 200")
		l.saw("Confirmed", "HungUp", "Gone")
	})
	play(t, quiet, 1, func(s *stage) {
		c, l := s.connected()
		forger := s.phone("forger", "10.0.3.1:5060") // no peer of the trunk: there is nothing to prove
		forger.Overhears(c, 9)
		forger.Asks("BYE")
		forger.Hears("SIP/2.0 481")
		c.Asks("BYE")
		c.Hears("SIP/2.0 200")
		l.saw("Confirmed", "HungUp", "Gone")
	})
}

// Between networks a phone gets another address while it talks.
func TestItem40_PhoneThatMovedProvesWhoItIs(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b, l := s.talking()
		moved := s.phone("moved", "10.0.9.9:5060")
		moved.Overhears(b, 200)
		moved.Offers("INVITE", "v=0 moved")
		moved.Challenged(moved.Hears("SIP/2.0 401"))
		proof := func(user, password string) string { return moved.Proof(user, password, "INVITE", moved.Target, nil) }
		moved.Offers("INVITE", "v=0 moved", proof("101", "wrong"))
		moved.Hears("SIP/2.0 401")
		moved.Offers("INVITE", "v=0 moved", proof("102", phone.Password("102")))
		moved.Hears("SIP/2.0 481")
		l.saw("Ringing 180", "Answered v=0 bob")

		moved.Offers("INVITE", "v=0 moved", proof("101", phone.Password("101")))
		l.saw("Ringing 180", "Answered v=0 bob", "Reoffered v=0 moved")
		l.Accept([]byte("v=0 ours"))
		moved.Hears("SIP/2.0 200")
		moved.Acks()
		b.Asks("BYE") // the old address is a stranger's now
		b.Hears("SIP/2.0 401")
		moved.Asks("OPTIONS") // the new one is the phone's
		moved.Hears("SIP/2.0 200")
		l.Hangup(NoReason)
		moved.Hears("BYE")
		moved.Answers("BYE", 200, "")
		l.saw("Ringing 180", "Answered v=0 bob", "Reoffered v=0 moved", "Gone")
	})
}

func TestItem40_MovedPhoneHangsUp(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b, l := s.talking()
		moved := s.phone("moved", "10.0.9.9:5060")
		moved.Overhears(b, 200)
		moved.Asks("CANCEL")
		moved.Hears("SIP/2.0 481") // cannot be challenged
		moved.Asks("BYE")
		moved.Challenged(moved.Hears("SIP/2.0 401"))
		moved.Asks("BYE", moved.Proof("101", phone.Password("101"), "BYE", moved.Target, nil))
		moved.Hears("SIP/2.0 200")
		l.saw("Ringing 180", "Answered v=0 bob", "HungUp", "Gone")
	})
}

func TestRouteSetAndTargetRefresh(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		proxy := s.phone("proxy", "10.0.2.7:5080")
		c.Calls("sales", "Record-Route: <sip:10.0.2.7:5080;lr;x=%22a>, <sip:inner.example;lr>", "Record-Route: <sip:10.0.2.1;lr>")
		l := s.call()
		l.Answer([]byte("v=0 ours"))
		ok := c.Hears("SIP/2.0 200")
		if !strings.Contains(ok, "inner.example") {
			t.Error("Record-Route is not copied into the 200")
		}
		c.Acks()
		c.Contact = "sip:later@10.0.2.1:5099"
		c.Asks("UPDATE")
		c.Hears("SIP/2.0 200")
		l.Hangup(NoReason)
		bye := proxy.Hears("BYE sip:later@10.0.2.1:5099 SIP/2.0")
		var routes []string
		for line := range strings.SplitSeq(bye, "\r\n") {
			if r, ok := strings.CutPrefix(line, "Route: "); ok {
				routes = append(routes, r)
			}
		}
		if got := strings.Join(routes, " "); got != "<sip:10.0.2.7:5080;lr;x=%22a> <sip:inner.example;lr> <sip:10.0.2.1;lr>" {
			t.Errorf("Route: %s", got)
		}
		proxy.Answers("BYE", 200, "")
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
			b.Hears("OPTIONS")
			b.Answers("OPTIONS", answer, "")
			l.saw(want...)
			b.Silence(time.Minute)
			if answer != 481 {
				b.Asks("BYE")
				b.Hears("SIP/2.0 200")
			}
		})
	}
}

func TestProbeOfADeadPhone(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b, l := s.talking()
		l.Probe()
		b.Hears("OPTIONS")
		begin := time.Now()
		b.Hears("BYE")
		if d := time.Since(begin); d != 32*time.Second {
			t.Errorf("given up after %v", d)
		}
		l.saw("Ringing 180", "Answered v=0 bob", "HungUp dead")
		passes(4 * time.Second)
		l.saw("Ringing 180", "Answered v=0 bob", "HungUp dead", "Gone")
	})
}

func TestDialogsAreNotFlooded(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c, l := s.connected()
		for range perSecond {
			c.Asks("OPTIONS")
			c.Hears("SIP/2.0 200")
		}
		c.Asks("OPTIONS")
		c.Hears("SIP/2.0 503")
		c.Asks("BYE") // always
		c.Hears("SIP/2.0 200")
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
		c.Offers("INVITE", "v=0 hold")
		c.Hears("SIP/2.0 487")
		c.Hears("BYE")
		c.Answers("BYE", 200, "")
		l.saw("Confirmed", "Reoffered v=0 hold", "HungUp dead", "Gone")
		s.panics = 1
		b.Asks("BYE")
		b.Hears("SIP/2.0 200")
		other.saw("Ringing 180", "Answered v=0 bob", "HungUp", "Gone")
	})
}

func TestPanicWhenInvited(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		s.onInvited = func(*Dialog, Invitation) { panic("a bug at the door") }
		c := s.carrier()
		c.Calls("sales")
		c.AcksRefusal(c.Hears("SIP/2.0 500"))
		s.panics = 1
	})
}
