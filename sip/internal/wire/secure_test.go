package wire

import (
	"crypto/tls"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"ringtide/internal/fakeca"
)

// overTLS is inBed where connections are TLS.
func overTLS(t *testing.T, c Config, f func(*bed)) { t.Helper(); inBedOver(t, "tls", c, f) }

// closedAfter is how long the stack keeps a connection that says nothing more.
func (b *bed) closedAfter(c net.Conn) time.Duration {
	start := time.Now()
	c.SetReadDeadline(start.Add(time.Hour))
	for part := make([]byte, 100); ; {
		if _, err := c.Read(part); err != nil {
			return time.Since(start)
		}
	}
}

func TestPlainSIPOnThePortOfTLSIsClosed(t *testing.T) {
	got := &notes{}
	overTLS(t, Config{Handler: answerAll(got)}, func(b *bed) {
		c := b.dial(peerAddr)
		c.Write([]byte(crlf(overTCP("OPTIONS", "1", ""))))
		if d := b.closedAfter(c); d != 0 {
			t.Errorf("closed after %v", d)
		}
		synctest.Wait()
		b.expect(got.list(), "closed")
	})
}

// Who does not shake hands is closed after 10 s, counts against the limits until then, and keeps nobody else waiting.
func TestSlowHandshake(t *testing.T) {
	for _, begun := range []string{"", "\x16\x03\x01\x01\x00\x01"} {
		got := &notes{}
		overTLS(t, Config{Handler: answerAll(got), ConnsPerIP: 3}, func(b *bed) {
			slow := b.dial(peerAddr)
			slow.Write([]byte(begun))
			b.dial(netip.AddrPortFrom(peerAddr.Addr(), 0))
			other := b.connect()
			other.say(overTCP("OPTIONS", "1", ""))
			b.expect(other.heard(), "200")
			if b.connect(); b.stack.Stats().ConnsRefused != 1 {
				t.Errorf("%+v", b.stack.Stats())
			}
			if d := b.closedAfter(slow); d < shakeTime-time.Second || d > shakeTime {
				t.Errorf("closed after %v", d)
			}
		})
	}
}

func TestOldTLSIsRefused(t *testing.T) {
	overTLS(t, Config{}, func(b *bed) {
		c := tls.Client(b.dial(peerAddr), &tls.Config{RootCAs: b.roots, ServerName: "pbx.example", MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11})
		if err := c.Handshake(); err == nil {
			t.Error("TLS 1.1 is taken")
		}
	})
}

// A certificate can be renewed: who connects from now on sees the new one, those who are connected stay.
func TestCertificateIsRenewed(t *testing.T) {
	ca := fakeca.New()
	var current atomic.Pointer[tls.Certificate]
	c := Config{Certificate: current.Load, Handler: answerAll(&notes{})}
	overTLS(t, c, func(b *bed) {
		b.roots = ca.Pool()
		if !b.connect().ended {
			t.Error("connected without a certificate")
		}
		current.Store(ca.Issue("pbx.example"))
		old := b.connect()
		current.Store(ca.Issue("pbx.example", "new.example"))
		fresh := b.connect()
		for w, names := range map[*wired]int{old: 1, fresh: 2} {
			w.say(overTCP("OPTIONS", "1", ""))
			b.expect(w.heard(), "200")
			if got := w.c.(*tls.Conn).ConnectionState().PeerCertificates[0].DNSNames; len(got) != names {
				t.Errorf("certificate of %q, want %d names", got, names)
			}
		}
	})
}

// The far end of a connection of ours proves its name (RFC 5922 section 7), and nothing is said before.
func TestFarEndProvesItsName(t *testing.T) {
	ca := fakeca.New()
	for _, c := range []struct {
		name string
		cert *tls.Certificate
		why  string // "": it is believed
	}{
		{"carrier.example", ca.Issue("carrier.example"), ""},
		{"Carrier.Example", ca.Issue("carrier.example"), ""},
		{"sip.carrier.example", ca.Issue("*.carrier.example"), ""},
		{"", ca.Issue(peerAddr.Addr().String()), ""},
		{"carrier.example", ca.Issue("other.example"), "not carrier.example"},
		{"", ca.Issue("carrier.example"), "doesn't contain any IP SANs"},
		{"carrier.example", fakeca.New().Issue("carrier.example"), "unknown authority"},
		{"carrier.example", ca.IssueUntil(time.Date(1999, 12, 31, 0, 0, 0, 0, time.UTC), "carrier.example"), "expired"},
	} {
		own := fakeca.New().Issue("pbx.example")
		overTLS(t, Config{Certificate: func() *tls.Certificate { return own }, Roots: ca.Pool()}, func(b *bed) {
			b.dial(peerAddr).Close()
			synctest.Wait()
			l, err := b.net.Listen(peerAddr)
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			flow, err := b.stack.Route("tls", peerAddr)
			if err != nil {
				t.Fatal(err)
			}
			n := &notes{}
			b.stack.Request(outgoing(OPTIONS), flow.Named(c.name), n.handler(), ClientOptions{})
			conn, _ := l.Accept()
			defer conn.Close()
			far := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{*c.cert}})
			w := &wired{b: b, c: far}
			if far.Handshake() == nil {
				b.expect(w.heard(), map[bool][]string{true: {"OPTIONS"}}[c.why == ""]...)
			}
			synctest.Wait()
			if told := strings.Join(n.list(), " "); c.why == "" && told != "" || !strings.Contains(told, c.why) {
				t.Errorf("%q: told %q, want %q", c.name, told, c.why)
			}
		})
	}
}

// Two names behind one address have a connection each.
func TestAConnectionServesOneName(t *testing.T) {
	ca := fakeca.New()
	overTLS(t, Config{Certificate: func() *tls.Certificate { return nil }, Roots: ca.Pool()}, func(b *bed) {
		b.peerCert = ca.Issue("one.example", "two.example")
		b.dial(peerAddr).Close()
		synctest.Wait()
		l, err := b.net.Listen(peerAddr)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		flow, _ := b.stack.Route("tls", peerAddr)
		ask := func(name string) {
			b.stack.Request(outgoing(OPTIONS), flow.Named(name), ClientHandler{}, ClientOptions{})
		}
		ask("one.example")
		one := b.accepts(l)
		ask("two.example")
		two := b.accepts(l)
		ask("one.example")
		b.expect(one.heard(), "OPTIONS", "OPTIONS")
		b.expect(two.heard(), "OPTIONS")
		var names []string
		for _, w := range []*wired{one, two} {
			names = append(names, w.c.(*tls.Conn).ConnectionState().ServerName)
		}
		if !slices.Equal(names, []string{"one.example", "two.example"}) {
			t.Errorf("asked for %q", names)
		}
	})
}

// A peer that closes in the middle of a hand-shake of ours, or never answers it, fails what waits for it.
func TestHandshakeOfOursFails(t *testing.T) {
	for _, closes := range []bool{true, false} {
		overTLS(t, Config{}, func(b *bed) {
			b.dial(peerAddr).Close()
			synctest.Wait()
			l, _ := b.net.Listen(peerAddr)
			defer l.Close()
			flow, _ := b.stack.Route("tls", peerAddr)
			n := &notes{}
			b.stack.Request(outgoing(INVITE), flow, n.handler(), ClientOptions{})
			conn, _ := l.Accept()
			defer conn.Close()
			if closes {
				conn.Close()
			} else {
				b.wait(shakeTime)
			}
			synctest.Wait()
			if told := n.list(); len(told) != 2 || !strings.Contains(told[0], ErrUnreachable.Error()) {
				t.Errorf("told %q", told)
			}
		})
	}
}
