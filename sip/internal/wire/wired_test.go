package wire

import (
	"bytes"
	"crypto/tls"
	"net"
	"net/netip"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// bedding is inBed with the transport of its streams.
type bedding func(*testing.T, Config, func(*bed))

// overStreams runs a test for each transport that makes connections.
func overStreams(t *testing.T, test func(*testing.T, bedding)) {
	for _, transport := range []string{"tcp", "tls"} {
		t.Run(transport, func(t *testing.T) {
			test(t, func(t *testing.T, c Config, f func(*bed)) {
				t.Helper()
				inBedOver(t, transport, c, f)
			})
		})
	}
}

// wired is the peer's end of a connection to the stack.
type wired struct {
	b     *bed
	c     net.Conn
	buf   []byte
	ended bool
}

// connect connects the peer to the stack's listener of streams, which it makes first if need be.
func (b *bed) connect() *wired { return b.connectFrom(netip.AddrPortFrom(peerAddr.Addr(), 0)) }

func (b *bed) connectFrom(from netip.AddrPort) *wired {
	b.t.Helper()
	w := &wired{b: b, c: b.dial(from)}
	if b.stream == "tls" {
		c := tls.Client(w.c, &tls.Config{RootCAs: b.roots, ServerName: "pbx.example"})
		w.c, w.ended = c, c.Handshake() != nil
	}
	synctest.Wait()
	return w
}

// dial connects to the stack's listener of streams and says nothing yet.
func (b *bed) dial(from netip.AddrPort) net.Conn {
	b.t.Helper()
	if l, err := b.net.Listen(ourAddr); err == nil {
		serve := b.stack.ServeTCP
		if b.stream == "tls" {
			serve = b.stack.ServeTLS
		}
		go serve(l)
		synctest.Wait()
	}
	c, err := b.net.Dial(from, ourAddr)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { c.Close() })
	return c
}

// accepts takes the connection that the stack makes to l, as who has that certificate if it is over TLS.
func (b *bed) accepts(l net.Listener) *wired {
	b.t.Helper()
	c, err := l.Accept()
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { c.Close() })
	if b.stream == "tls" {
		over := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{*b.peerCert}})
		c = over
		if err := over.Handshake(); err != nil {
			b.t.Fatal(err)
		}
	}
	return &wired{b: b, c: c}
}

func (w *wired) write(data []byte) {
	w.c.Write(data)
	synctest.Wait()
}

func (w *wired) say(text string) { w.write([]byte(crlf(text))) }

// raw reads what has come and notes whether the connection has ended.
func (w *wired) raw() []byte {
	synctest.Wait()
	part := make([]byte, 4096)
	w.buf = nil
	for {
		w.c.SetReadDeadline(time.Now().Add(time.Nanosecond))
		n, err := w.c.Read(part)
		w.buf = append(w.buf, part[:n]...)
		if err != nil {
			w.ended = w.ended || !os.IsTimeout(err)
			return w.buf
		}
	}
}

// heard is raw in short, without 100.
func (w *wired) heard() (list []string) {
	for part := range bytes.SplitAfterSeq(w.raw(), []byte("\r\n\r\n")) {
		if len(part) > 4 {
			if s := short(part); s != "100" {
				list = append(list, s)
			}
		}
	}
	return list
}
