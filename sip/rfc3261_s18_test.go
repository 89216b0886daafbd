package sip

import (
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"
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

// streamConn lets a phone speak over a connection as if it were datagrams.
type streamConn struct {
	net.Conn
	rest string
}

func (c *streamConn) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		head, after, ok := strings.Cut(c.rest, "\r\n\r\n")
		if ok {
			size := 0
			for _, d := range header(head, "Content-Length") {
				size = 10*size + int(d-'0')
			}
			if len(after) >= size {
				c.rest = after[size:]
				return copy(b, head+"\r\n\r\n"+after[:size]), c.RemoteAddr(), nil
			}
		}
		buf := make([]byte, 4096)
		n, err := c.Conn.Read(buf)
		if err != nil {
			return 0, nil, err
		}
		c.rest += string(buf[:n])
	}
}

func (c *streamConn) WriteTo(b []byte, _ net.Addr) (int, error) { return c.Conn.Write(b) }

// streams connects a phone over TCP.
func (s *stage) streams(name, from string) *phone {
	s.t.Helper()
	c, err := s.net.Dial(netip.MustParseAddrPort(from), netip.MustParseAddrPort("10.0.0.1:5060"))
	if err != nil {
		s.t.Fatal(err)
	}
	p := newPhone(s.t, name, &streamConn{Conn: c}, netip.MustParseAddrPort("10.0.0.1:5060"))
	p.via = "TCP"
	s.phones = append(s.phones, p)
	return p
}

func TestItem41_CallOverTCPOutlivesTheIdleTime(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		s.wires()
		c := s.streams("carrier", "10.0.2.1:33000")
		c.calls("sales")
		l := s.call()
		l.Ringing()
		ringing := c.hears("SIP/2.0 180")
		if header(ringing, "Contact") != "<sip:10.0.0.1:5060;transport=tcp>" {
			t.Errorf("Contact: %s", header(ringing, "Contact"))
		}
		c.copies(ringing, 5*time.Minute) // silent connections are closed after a minute, but not this one
		l.Answer([]byte("v=0 ours"))
		c.hears("SIP/2.0 200")
		c.acks()
		c.silence(10 * time.Minute)
		l.Hangup(NoReason)
		c.hears("BYE")
		c.answers("BYE", 200, "")
		l.saw("Confirmed", "Gone")
	})
}

func TestItem41_ConnectionLostWhileRinging(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		s.wires()
		c := s.streams("carrier", "10.0.2.1:33000")
		c.calls("sales")
		l := s.call()
		l.Ringing()
		c.hears("SIP/2.0 180")
		c.conn.Close()
		time.Sleep(61 * time.Second)
		l.saw("HungUp dead", "Gone")
	})
}

func TestItem41_ByeFindsAnotherConnection(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		s.wires()
		c := s.streams("carrier", "10.0.2.1:33000")
		c.moves("sip:carrier@10.0.2.1:5070;transport=tcp")
		c.calls("sales")
		l := s.call()
		l.Answer([]byte("v=0 ours"))
		c.hears("SIP/2.0 200")
		c.acks()
		l.saw("Confirmed")
		c.conn.Close()
		there, err := s.net.Listen(netip.MustParseAddrPort("10.0.2.1:5070"))
		if err != nil {
			t.Fatal(err)
		}
		l.Hangup(NoReason)
		conn, err := there.Accept()
		if err != nil {
			t.Fatal(err)
		}
		back := newPhone(t, "back", &streamConn{Conn: conn}, c.server)
		back.hears("BYE sip:carrier@10.0.2.1:5070;transport=tcp")
		back.answers("BYE", 200, "")
		l.saw("Confirmed", "Gone")
		conn.Close()
		there.Close()
	})
}

func TestItem42_BigMessages(t *testing.T) {
	big := "v=0 " + strings.Repeat("x", 9000)
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		c.sdp = big
		c.calls("sales")
		l := s.call()
		if len(l.inv.Offer) != len(big) {
			t.Errorf("offer of %d octets", len(l.inv.Offer))
		}
		l.Answer([]byte(big))
		if m := c.hears("SIP/2.0 200"); body(m) != big {
			t.Errorf("200 with %d octets", len(m))
		}
		c.acks()
		c.asks("BYE")
		c.hears("SIP/2.0 200")
		out := s.rings(Invite{Offer: []byte(big)})
		if m := s.bob.hears("INVITE"); body(m) != big {
			t.Errorf("INVITE with %d octets", len(m))
		}
		s.bob.answers("INVITE", 486, "")
		s.bob.hears("ACK")
		out.saw("Failed 486", "Gone")
	})
}

// The device registered as 192.168.1.7 from 10.0.1.7: everything goes where it spoke from, whatever its Contact says.
func TestItem40_PhoneBehindNAT(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b := s.bob
		l := s.rings(Invite{})
		b.hears("INVITE sip:101@192.168.1.7:5060")
		b.answers("INVITE", 200, "v=0 bob", "Contact: <sip:101@192.168.1.7:5060>")
		b.hears("ACK sip:101@192.168.1.7:5060")
		l.Hangup(NoReason)
		b.hears("BYE sip:101@192.168.1.7:5060")
		b.answers("BYE", 200, "")
		l.saw("Answered v=0 bob", "Gone")
	})
}
