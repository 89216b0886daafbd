package sip

import (
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ringtide/internal/phone"
	"ringtide/sip/internal/wire"
)

// listening opens a server on real sockets of this machine.
func listening(t *testing.T, listen ...Listen) (*Server, []string, error) {
	t.Helper()
	c := stageConfig
	c.Listen = listen
	s, err := New(c, Handler{}, nil, discardLog(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	opened, err := s.Listen()
	return s, opened, err
}

func TestListen(t *testing.T) {
	any := netip.MustParseAddrPort("127.0.0.1:0")
	_, opened, err := listening(t, Listen{"udp", any}, Listen{"tcp", any}, Listen{"tls", any})
	if err != nil || len(opened) != 3 || !strings.HasPrefix(opened[2], "tls 127.0.0.1:") || !strings.HasPrefix(opened[0], "udp 127.0.0.1:") || !strings.HasPrefix(opened[1], "tcp 127.0.0.1:") {
		t.Fatalf("opened %q, %v", opened, err)
	}
	for _, line := range opened[:2] {
		network, addr, _ := strings.Cut(line, " ")
		c, err := net.Dial(network, addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(10 * time.Second))
		c.Write([]byte("OPTIONS sip:" + addr + " SIP/2.0\r\nVia: SIP/2.0/" + strings.ToUpper(network) + " " + c.LocalAddr().String() +
			";branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"))
		buf := make([]byte, 2000)
		n, err := c.Read(buf)
		if err != nil || !strings.HasPrefix(string(buf[:n]), "SIP/2.0 401 ") {
			t.Errorf("%s: %q, %v", line, buf[:n], err)
		}
	}

	wild := netip.MustParseAddrPort("0.0.0.0:0")
	_, everywhere, err := listening(t, Listen{"udp", wild}, Listen{"tcp", wild})
	if err != nil || !strings.HasPrefix(everywhere[0], "udp 0.0.0.0:") || !strings.HasPrefix(everywhere[1], "tcp 0.0.0.0:") {
		t.Errorf("0.0.0.0 opens %q, %v", everywhere, err)
	}

	taken := netip.MustParseAddrPort(strings.TrimPrefix(opened[1], "tcp "))
	free := netip.AddrPortFrom(taken.Addr(), 0)
	_, _, err = listening(t, Listen{"udp", free}, Listen{"tcp", free}, Listen{"tcp", taken})
	if err == nil || !strings.Contains(err.Error(), "listen for SIP on tcp "+taken.String()) {
		t.Errorf("a taken address: %v", err)
	}
	_, _, err = listening(t, Listen{"sctp", any})
	if err == nil || !strings.Contains(err.Error(), "use udp, tcp or tls") {
		t.Errorf("an unknown transport: %v", err)
	}
}

func TestReloadLeavesDialogsAlone(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c, l := s.connected()
		now := stageConfig
		now.Trunks, now.Users, now.Domain = nil, nil, "ignored.test"
		if err := s.server.Reload(now); err != nil {
			t.Fatal(err)
		}
		c.Asks("OPTIONS")
		c.Hears("SIP/2.0 200")
		if got := s.server.config.Load().Domain; got != "pbx.test" {
			t.Errorf("domain is %s", got)
		}
		c.Asks("BYE")
		c.Hears("SIP/2.0 200")
		l.saw("Confirmed", "HungUp", "Gone")
	})
}

// The door and the dialog look at the configuration one after the other.
func TestWhoWasRemovedAfterTheDoorIsNobody(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		open := wire.New(wire.Config{Log: discardLog(), Handler: wire.Handler{Request: s.server.request}})
		defer open.Close()
		c, err := s.net.ListenPacket(netip.MustParseAddrPort("10.0.0.2:5060"))
		if err != nil {
			t.Fatal(err)
		}
		go open.ServeUDP(c)
		synctest.Wait()
		line, err := s.net.ListenPacket(netip.MustParseAddrPort("10.0.7.7:5060"))
		if err != nil {
			t.Fatal(err)
		}
		nobody := s.speaks("nobody", phone.Packets(line, netip.MustParseAddrPort("10.0.0.2:5060")))
		nobody.Calls("sales")
		nobody.AcksRefusal(nobody.Hears("SIP/2.0 403"))
		if len(s.incoming) != 0 {
			t.Error("a call of nobody came in")
		}
	})
}

func TestCloseForgetsDialogs(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c, l := s.connected()
		ringing := s.rings(Invite{})
		s.bob.Hears("INVITE")
		s.server.Close()
		l.Hangup(NoReason)
		ringing.Hangup(NoReason)
		l.saw("Confirmed")
		ringing.saw()
		c.Silence(time.Minute)
	})
}

func TestPanicWhileRinging(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b := s.bob
		l := s.rings(Invite{})
		l.do = func(e Event) {
			if _, ok := e.(Ringing); ok {
				panic("a bug in the call")
			}
		}
		b.Hears("INVITE")
		b.Answers("INVITE", 180, "")
		b.Hears("CANCEL")
		b.Answers("CANCEL", 200, "")
		b.Answers("INVITE", 200, "v=0") // he picked up all the same
		b.Hears("ACK")
		b.Hears("BYE")
		b.Answers("BYE", 200, "")
		l.saw("Ringing 180", "HungUp dead", "Gone")
		s.panics = 1
	})
}

func TestWayToATrunk(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c, l := s.connected()
		was := c.Addr()
		for contact, want := range map[string]string{
			"sip:c@10.0.2.1":                     was,
			"sip:c@10.0.2.1:5080":                "10.0.2.1:5080",
			"sip:c@10.0.2.9:5090":                "10.0.2.9:5090",
			"sip:c@[::ffff:10.0.2.9]":            "10.0.2.9:5060",
			"sip:c@gw.carrier.test":              was,
			"sip:c@127.0.0.1:9":                  was, // nobody sends us to ourselves
			"sip:c@0.0.0.0":                      was,
			"sip:c@10.0.2.9;transport=tcp":       was, // we listen to UDP only
			"sip:c@10.0.2.1:5080;transport=SCTP": was,
		} {
			uri, err := wire.ParseURI(contact)
			if err != nil {
				t.Fatal(err)
			}
			if got := l.way(far{target: uri}).Remote.String(); got != want {
				t.Errorf("%s: %s, want %s", contact, got, want)
			}
		}
		c.Asks("BYE")
		c.Hears("SIP/2.0 200")
	})
}

// A phone that lost its connection is reached where it has registered since.
func TestWayToAPhoneThatCameBack(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b, l := s.talking()
		lost := wire.Flow{Transport: "tcp", Conn: 7}
		if anew, ok := l.wayAnew(l.far, lost, wire.ErrClosed); !ok || anew.Remote.String() != b.Addr() {
			t.Errorf("way %v, %v", anew, ok)
		}
		if _, ok := l.wayAnew(l.far, lost, wire.ErrTimeout); ok {
			t.Error("a silent phone is sent everything twice")
		}
		b.Asks("BYE")
		b.Hears("SIP/2.0 200")
	})
}
