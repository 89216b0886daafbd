package sip

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"ringtide/internal/phone"
	"ringtide/sip/internal/wire"
)

// RFC 5630 (sips) and RFC 5922 (names in certificates), as far as one hop needs them.

// trunkAt makes the trunk reachable by these URIs only. Its name is known to DNS.
func (s *stage) trunkAt(uris ...string) {
	s.t.Helper()
	s.stream = "tls"
	s.wires()
	s.names.set("sip.carrier.example", "10.0.2.1:0")
	c := stageConfig
	c.Trunks = []Trunk{stageConfig.Trunks[0]}
	c.Trunks[0].URIs = uris
	if err := s.server.Reload(c); err != nil {
		s.t.Fatal(err)
	}
	passes(time.Millisecond)
}

func (s *stage) listens(at string) net.Listener {
	s.t.Helper()
	l, err := s.net.Listen(netip.MustParseAddrPort(at))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { l.Close() })
	return l
}

func wantHeader(t *testing.T, m, name, begin string) {
	t.Helper()
	if got := phone.Header(m, name); !strings.HasPrefix(got, begin) {
		t.Errorf("%s is %s, want %s", name, got, begin)
	}
}

// Section 3.1.3: the whole call stays on the connection, even if the Contact of who answers knows nothing of TLS.
func TestCallToATrunkOverTLS(t *testing.T) {
	for uri, contact := range map[string]string{
		"sips:sip.carrier.example":              "<sips:10.0.0.1:5061>",
		"sip:sip.carrier.example;transport=tls": "<sip:10.0.0.1:5061;transport=tls>",
	} {
		play(t, quiet, 1, func(s *stage) {
			s.trunkAt(uri)
			there := s.listens("10.0.2.1:5061")
			l := s.dialsOut("5550199")
			c := s.accepts("carrier", there, "sip.carrier.example")
			invite := c.Hears("INVITE " + strings.Replace(uri, "sip.", "5550199@sip.", 1) + " SIP/2.0")
			wantHeader(s.t, invite, "Via", "SIP/2.0/TLS 10.0.0.1:5061;")
			wantHeader(s.t, invite, "Contact", contact)
			c.Answers("INVITE", 200, "v=0 theirs", "Contact: <sip:carrier@10.0.2.99:5060>")
			c.Hears("ACK sip:carrier@10.0.2.99:5060")
			l.Hangup(NoReason)
			c.Hears("BYE sip:carrier@10.0.2.99:5060")
			c.Answers("BYE", 200, "")
			l.saw("Answered v=0 theirs", "Gone")
		})
	}
}

// The connection may be gone when the call ends: the next one goes to the same place, and to who has the same name.
func TestByeToATrunkOverANewTLSConnection(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		s.trunkAt("sips:sip.carrier.example")
		there := s.listens("10.0.2.1:5061")
		l := s.dialsOut("5550199")
		c := s.accepts("carrier", there, "sip.carrier.example")
		c.Hears("INVITE")
		c.Answers("INVITE", 200, "v=0 theirs", "Contact: <sip:carrier@10.0.2.99:5060>")
		c.Hears("ACK")
		c.Asks("OPTIONS") // now the dialog is on the connection
		c.Hears("SIP/2.0 200")
		c.Close()
		passes(time.Second)
		l.Hangup(NoReason)
		back := s.accepts("back", there, "sip.carrier.example")
		back.Hears("BYE")
		back.Answers("BYE", 200, "")
		l.saw("Answered v=0 theirs", "Gone")
	})
}

// A trunk that cannot prove its name gets nothing; the next URI is tried.
func TestTrunkThatProvesAnotherName(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		s.trunkAt("sips:sip.carrier.example", "sips:10.0.2.2:5099")
		wrong, right := s.listens("10.0.2.1:5061"), s.listens("10.0.2.2:5099")
		l := s.dialsOut("5550199")
		conn, err := wrong.Accept()
		if err != nil {
			s.t.Fatal(err)
		}
		defer conn.Close()
		wrongly := &tls.Config{Certificates: []tls.Certificate{*testCA.Issue("other.example")}}
		if tls.Server(conn, wrongly).Handshake() == nil {
			s.t.Error("another name is believed")
		}
		c := s.accepts("carrier", right, "10.0.2.2")
		c.Hears("INVITE sips:5550199@10.0.2.2:5099")
		c.Answers("INVITE", 404, "")
		c.Hears("ACK")
		l.saw("Failed 404", "Gone")
		if !strings.Contains(s.logged.String(), "not sip.carrier.example") {
			s.t.Errorf("nobody can find out why:\n%s", s.logged)
		}
	})
}

// A phone that registers a sips Contact is called with sips, on its connection; with that it is gone.
func TestPhoneWithASipsContact(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		s.stream = "tls"
		s.wires()
		c := s.streams("carol", "10.0.1.9:40000")
		c.Contact = "sips:102@10.0.1.9:40000"
		c.MustRegister("102", "Contact: <"+c.Contact+">")
		devices := s.server.Devices("102")
		if len(devices) != 1 {
			s.t.Fatalf("%d devices", len(devices))
		}
		l := s.dials(devices[0], Invite{})
		invite := c.Hears("INVITE sips:102@10.0.1.9:40000")
		wantHeader(s.t, invite, "Via", "SIP/2.0/TLS 10.0.0.1:5061;")
		wantHeader(s.t, invite, "Contact", "<sips:10.0.0.1:5061>")
		c.Answers("INVITE", 200, "v=0 carol", "Contact: <"+c.Contact+">")
		c.Hears("ACK")
		l.Hangup(NoReason)
		bye := c.Hears("BYE sips:102@10.0.1.9:40000")
		wantHeader(s.t, bye, "Via", "SIP/2.0/TLS 10.0.0.1:5061;")
		c.Answers("BYE", 200, "")
		l.saw("Answered v=0 carol", "Gone")
		c.Close()
		passes(time.Millisecond)
		if s.server.Devices("102") != nil {
			s.t.Error("a phone without its connection can be called")
		}
	})
}

// A new certificate is shown to who connects after the reload; without one the old stays.
func TestReloadRenewsTheCertificate(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		s.stream = "tls"
		s.wires()
		old := s.streams("old", "10.0.2.1:33000")
		for _, next := range []*tls.Certificate{testCA.Issue(phone.Domain, "new.test"), nil} {
			c := stageConfig
			c.Certificate = next
			if err := s.server.Reload(c); err != nil {
				s.t.Fatal(err)
			}
			fresh := connected(s.t, s.net, "tls", netip.MustParseAddrPort("10.0.2.1:0"), stageTCP, stageTLS)
			defer fresh.Close()
			if names := fresh.(*tls.Conn).ConnectionState().PeerCertificates[0].DNSNames; len(names) != 2 {
				s.t.Errorf("certificate for %q", names)
			}
		}
		old.Calls("sales")
		old.Hears("SIP/2.0 100")
		l := s.call()
		l.Refuse(486, 0)
		old.AcksRefusal(old.Hears("SIP/2.0 486"))
		l.saw("Gone")
	})
}

// RFC 3263 section 4.1: sips asks for TLS, whatever the transport below is called; the port is 5061.
func TestWhereSipsLeads(t *testing.T) {
	for uri, want := range map[string]string{
		"sips:carrier.example":               "carrier.example tls 5061",
		"sips:carrier.example;transport=tcp": "carrier.example tls 5061",
		"sip:carrier.example;transport=TLS":  "carrier.example tls 5061",
		"sips:carrier.example:5071":          "carrier.example  5071",
		"sip:carrier.example;transport=tcp":  "carrier.example tcp 5060",
		"sip:carrier.example":                "carrier.example udp 5060",
	} {
		parsed, err := wire.ParseURI(uri)
		q, _ := questionOf(parsed)
		if got := fmt.Sprintf("%s %s %d", q.name, q.srv, portOf(parsed)); err != nil || got != want {
			t.Errorf("%s: %s, %v, want %s", uri, got, err, want)
		}
	}
}
