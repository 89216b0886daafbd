package sip

import (
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ringtide/internal/phone"
)

// RFC 3261 section 18: transports. Items 40 to 42.

// wires opens the TCP side of the server and connects a phone to it; the phone has no listener of its own.
func (s *stage) wires() (l net.Listener) {
	s.t.Helper()
	l, err := s.net.Listen(netip.MustParseAddrPort("10.0.0.1:5060"))
	if err != nil {
		s.t.Fatal(err)
	}
	go s.server.ServeTCP(l)
	synctest.Wait()
	return l
}

// streams connects a phone over TCP.
func (s *stage) streams(name, from string) *phone.Phone {
	s.t.Helper()
	c, err := s.net.Dial(netip.MustParseAddrPort(from), netip.MustParseAddrPort("10.0.0.1:5060"))
	if err != nil {
		s.t.Fatal(err)
	}
	return s.speaks(name, c)
}

func TestItem41_CallOverTCPOutlivesTheIdleTime(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		s.wires()
		c := s.streams("carrier", "10.0.2.1:33000")
		c.Calls("sales")
		l := s.call()
		l.Ringing()
		ringing := c.Hears("SIP/2.0 180")
		if phone.Header(ringing, "Contact") != "<sip:10.0.0.1:5060;transport=tcp>" {
			t.Errorf("Contact: %s", phone.Header(ringing, "Contact"))
		}
		c.Copies(ringing, 5*time.Minute) // silent connections are closed after a minute, but not this one
		l.Answer([]byte("v=0 ours"))
		c.Hears("SIP/2.0 200")
		c.Acks()
		c.Silence(10 * time.Minute)
		l.Hangup(NoReason)
		c.Hears("BYE")
		c.Answers("BYE", 200, "")
		l.saw("Confirmed", "Gone")
	})
}

func TestItem41_ConnectionLostWhileRinging(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		s.wires()
		c := s.streams("carrier", "10.0.2.1:33000")
		c.Calls("sales")
		l := s.call()
		l.Ringing()
		c.Hears("SIP/2.0 180")
		c.Close()
		passes(61 * time.Second)
		l.saw("HungUp dead", "Gone")
	})
}

func TestItem41_ByeFindsAnotherConnection(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		s.wires()
		c := s.streams("carrier", "10.0.2.1:33000")
		c.Contact = "sip:carrier@10.0.2.1:5070;transport=tcp"
		c.Calls("sales")
		l := s.call()
		l.Answer([]byte("v=0 ours"))
		c.Hears("SIP/2.0 200")
		c.Acks()
		l.saw("Confirmed")
		c.Close()
		there, err := s.net.Listen(netip.MustParseAddrPort("10.0.2.1:5070"))
		if err != nil {
			t.Fatal(err)
		}
		l.Hangup(NoReason)
		conn, err := there.Accept()
		if err != nil {
			t.Fatal(err)
		}
		back := s.speaks("back", conn)
		back.Hears("BYE sip:carrier@10.0.2.1:5070;transport=tcp")
		back.Answers("BYE", 200, "")
		l.saw("Confirmed", "Gone")
		there.Close()
	})
}

func TestItem42_BigMessages(t *testing.T) {
	big := "v=0 " + strings.Repeat("x", 9000)
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		c.SDP = big
		c.Calls("sales")
		l := s.call()
		if len(l.inv.Offer) != len(big) {
			t.Errorf("offer of %d octets", len(l.inv.Offer))
		}
		l.Answer([]byte(big))
		if m := c.Hears("SIP/2.0 200"); phone.Body(m) != big {
			t.Errorf("200 with %d octets", len(m))
		}
		c.Acks()
		c.Asks("BYE")
		c.Hears("SIP/2.0 200")
		out := s.rings(Invite{Offer: []byte(big)})
		if m := s.bob.Hears("INVITE"); phone.Body(m) != big {
			t.Errorf("INVITE with %d octets", len(m))
		}
		s.bob.Answers("INVITE", 486, "")
		s.bob.Hears("ACK")
		out.saw("Failed 486", "Gone")
	})
}

// The device registered as 192.168.1.7 from 10.0.1.7: everything goes where it spoke from, whatever its Contact says.
func TestItem40_PhoneBehindNAT(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b := s.bob
		l := s.rings(Invite{})
		b.Hears("INVITE sip:101@192.168.1.7:5060")
		b.Answers("INVITE", 200, "v=0 bob", "Contact: <sip:101@192.168.1.7:5060>")
		b.Hears("ACK sip:101@192.168.1.7:5060")
		l.Hangup(NoReason)
		b.Hears("BYE sip:101@192.168.1.7:5060")
		b.Answers("BYE", 200, "")
		l.saw("Answered v=0 bob", "Gone")
	})
}
