package sip

import (
	"crypto/tls"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ringtide/internal/fakeca"
	"ringtide/internal/fakenet"
	"ringtide/internal/phone"
)

// RFC 3261 section 18: transports. Items 40 to 42.

var testCA = fakeca.New()

// playOver plays a scene over each transport that makes connections.
func playOver(t *testing.T, scene func(*stage)) {
	for _, transport := range []string{"tcp", "tls"} {
		t.Run(transport, func(t *testing.T) {
			play(t, quiet, 1, func(s *stage) {
				s.stream = transport
				s.wires()
				scene(s)
			})
		})
	}
}

// officeOver runs a test in an office whose connections are of each transport.
func officeOver(t *testing.T, test func(*office)) {
	for _, transport := range []string{"tcp", "tls"} {
		t.Run(transport, func(t *testing.T) {
			inOffice(t, nil, func(o *office) {
				o.stream = transport
				test(o)
			})
		})
	}
}

var stageTCP, stageTLS = netip.MustParseAddrPort("10.0.0.1:5060"), netip.MustParseAddrPort("10.0.0.1:5061")

// wires opens the TCP and the TLS side of the server.
func (s *stage) wires() {
	s.t.Helper()
	for at, serve := range map[netip.AddrPort]func(net.Listener) error{stageTCP: s.server.ServeTCP, stageTLS: s.server.ServeTLS} {
		l, err := s.net.Listen(at)
		if err != nil {
			s.t.Fatal(err)
		}
		go serve(l)
	}
	synctest.Wait()
}

// streams connects a phone over TCP or TLS; it has no listener of its own.
func (s *stage) streams(name, from string) *phone.Phone {
	s.t.Helper()
	return s.speaks(name, connected(s.t, s.net, s.stream, netip.MustParseAddrPort(from), stageTCP, stageTLS))
}

// connected is a connection to a server, over TLS if stream says so.
func connected(t *testing.T, n *fakenet.Network, stream string, from, tcp, over netip.AddrPort) net.Conn {
	t.Helper()
	if stream != "tls" {
		over = tcp
	}
	c, err := n.Dial(from, over)
	if err != nil {
		t.Fatal(err)
	}
	if stream != "tls" {
		return c
	}
	secured := tls.Client(c, &tls.Config{RootCAs: testCA.Pool(), ServerName: phone.Domain})
	if err := secured.Handshake(); err != nil {
		t.Fatal(err)
	}
	return secured
}

// accepts takes a connection that the server makes, over TLS with a certificate for these names.
func (s *stage) accepts(name string, l net.Listener, certified ...string) *phone.Phone {
	s.t.Helper()
	c, err := l.Accept()
	if err != nil {
		s.t.Fatal(err)
	}
	if s.stream == "tls" {
		secured := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{*testCA.Issue(certified...)}})
		if c = secured; secured.Handshake() != nil {
			s.t.Fatal("hands not shaken")
		}
	}
	return s.speaks(name, c)
}

func TestItem41_CallOverTCPOutlivesTheIdleTime(t *testing.T) {
	playOver(t, func(s *stage) {
		c := s.streams("carrier", "10.0.2.1:33000")
		c.Calls("sales")
		l := s.call()
		l.Ringing()
		ringing := c.Hears("SIP/2.0 180")
		if want := map[string]string{"tcp": "<sip:10.0.0.1:5060;transport=tcp>", "tls": "<sip:10.0.0.1:5061;transport=tls>"}[s.stream]; phone.Header(ringing, "Contact") != want {
			s.t.Errorf("Contact: %s", phone.Header(ringing, "Contact"))
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
	playOver(t, func(s *stage) {
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
	playOver(t, func(s *stage) {
		c := s.streams("carrier", "10.0.2.1:33000")
		c.Contact = "sip:carrier@10.0.2.1:5070;transport=" + s.stream
		c.Calls("sales")
		l := s.call()
		l.Answer([]byte("v=0 ours"))
		c.Hears("SIP/2.0 200")
		c.Acks()
		l.saw("Confirmed")
		c.Close()
		there, err := s.net.Listen(netip.MustParseAddrPort("10.0.2.1:5070"))
		if err != nil {
			s.t.Fatal(err)
		}
		l.Hangup(NoReason)
		back := s.accepts("back", there, "10.0.2.1")
		back.Hears("BYE sip:carrier@10.0.2.1:5070;transport=" + s.stream)
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
