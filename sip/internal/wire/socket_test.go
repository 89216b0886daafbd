package wire

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// loopback is a stack on loopback sockets.
func loopback(t testing.TB, c Config, listen string) (*Stack, netip.AddrPort) {
	t.Helper()
	pc, l, err := samePort(listen)
	for range 20 {
		if err == nil {
			break
		}
		pc, l, err = samePort(listen)
	}
	if err != nil {
		t.Fatal(err)
	}
	s := New(c)
	failed := make(chan error, 2)
	go func() { failed <- s.ServeUDP(pc) }()
	go func() { failed <- s.ServeTCP(l) }()
	t.Cleanup(func() {
		s.Close()
		if err := errors.Join(<-failed, <-failed); err != nil {
			t.Error(err)
		}
	})
	at, _ := boundTo(pc.LocalAddr())
	for len(s.addresses()) < 2 {
		runtime.Gosched()
	}
	return s, at
}

// samePort listens at a free port for both transports.
func samePort(listen string) (net.PacketConn, net.Listener, error) {
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return nil, nil, err
	}
	pc, err := net.ListenPacket("udp", l.Addr().String())
	if err != nil {
		l.Close()
	}
	return pc, l, err
}

func (s *Stack) addresses() (list []netip.AddrPort) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.listeners {
		list = append(list, l.addr)
	}
	return list
}

// ring makes one call from one stack to another and hangs up.
func ring(t testing.TB, from *Stack, transport string, to netip.AddrPort) {
	flow, err := from.Route(transport, to)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []Method{INVITE, BYE} {
		final := make(chan *Response, 4)
		req := outgoing(m)
		_, err := from.Request(req, flow, ClientHandler{
			Response: func(r *Response) {
				if r.StatusCode >= 200 {
					final <- r
				}
			},
			Failed: func(err error) { t.Error(err); final <- nil },
		}, ClientOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if res := <-final; res == nil || res.StatusCode != 200 {
			t.Fatal(res)
		}
		if m == INVITE {
			ack := outgoing(ACK)
			if err := from.Send(ack, flow); err != nil {
				t.Fatal(err)
			}
		}
	}
}

var answering = Handler{Request: func(tx *ServerTx) {
	if tx.Request().Method == INVITE {
		tx.Respond(tagged(tx, 180))
	}
	tx.Respond(tagged(tx, 200))
}}

func TestRealSockets(t *testing.T) {
	for _, listen := range []string{"127.0.0.1:0", "[::1]:0"} {
		for _, transport := range []string{"udp", "tcp"} {
			t.Run(listen+" "+transport, func(t *testing.T) {
				_, to := loopback(t, Config{Handler: answering}, listen)
				from, _ := loopback(t, Config{}, listen)
				ring(t, from, transport, to)
			})
		}
	}
}

// A wildcard listener says its real address, and one for IPv6 serves both families.
func TestWildcard(t *testing.T) {
	for _, listen := range []string{"0.0.0.0:0", "[::]:0"} {
		_, to := loopback(t, Config{Handler: answering}, listen)
		from, at := loopback(t, Config{}, listen)
		to = netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), to.Port())
		for _, transport := range []string{"udp", "tcp"} {
			ring(t, from, transport, to)
			flow, _ := from.Route(transport, to)
			self := from.Self(flow)
			if self.Host != "127.0.0.1" || self.Port != int(at.Port()) || !from.IsOurs(self.Host, self.Port) {
				t.Error(self)
			}
		}
	}
}

// A closed port is noticed at once, where the system tells (RFC 3261 section 18.4).
func TestPortUnreachable(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells")
	}
	for _, listen := range []string{"127.0.0.1:0", "[::1]:0", "0.0.0.0:0"} {
		s, at := loopback(t, Config{Handler: answering}, listen)
		gone, err := net.ListenPacket("udp", strings.Replace(listen, "0.0.0.0", "127.0.0.1", 1))
		if err != nil {
			t.Fatal(err)
		}
		dead, _ := boundTo(gone.LocalAddr())
		gone.Close()
		failed := make(chan error, 2)
		for _, m := range []Method{INVITE, OPTIONS} {
			flow, _ := s.Route("udp", dead)
			if _, err := s.Request(outgoing(m), flow, ClientHandler{Failed: func(err error) { failed <- err }}, ClientOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 {
			if err := <-failed; !errors.Is(err, ErrUnreachable) {
				t.Error(err)
			}
		}
		alive, _ := loopback(t, Config{}, listen)
		if at.Addr().IsUnspecified() {
			at = netip.AddrPortFrom(dead.Addr(), at.Port())
		}
		ring(t, alive, "udp", at)
	}
}

// Content-Length promises allocate nothing: datagrams and streams that lie about 4 GiB.
func TestLyingContentLength(t *testing.T) {
	s, to := loopback(t, Config{Handler: answering}, "127.0.0.1:0")
	c, err := net.Dial("udp", to.String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	const n = 1000
	for i := range n {
		promise := crlf(strings.Replace(request("MESSAGE", fmt.Sprint(i), ""), "Length: 0", "Length: 4294967290", 1))
		c.Write([]byte(promise))
		if i%100 == 0 {
			tc, err := net.Dial("tcp", to.String())
			if err != nil {
				t.Fatal(err)
			}
			defer tc.Close()
			tc.Write([]byte(promise))
		}
		for s.Stats().Malformed < uint64(i) {
			runtime.Gosched()
		}
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 64<<20 {
		t.Errorf("%d MiB allocated for %d messages", grown>>20, n)
	}
	if grown := int64(after.Sys) - int64(before.Sys); grown > 32<<20 {
		t.Errorf("process grew by %d MiB", grown>>20)
	}
	from, _ := loopback(t, Config{}, "127.0.0.1:0")
	start := time.Now()
	ring(t, from, "udp", to)
	if d := time.Since(start); d > 5*time.Second { // the machine may be busy, not the stack
		t.Error(d)
	}
}

// What is left of a finished call is only what absorbs copies.
func TestDeadTransactionsAreSmall(t *testing.T) {
	if testing.Short() || os.Getenv("GORACE") != "" {
		t.Skip("measures memory")
	}
	s := New(Config{Handler: Handler{Request: func(tx *ServerTx) { tx.Respond(tagged(tx, 200)) }}})
	defer s.Close()
	sink := &listener{transport: "udp", addr: ourAddr, packets: nowhere{}, close: func() error { return nil }}
	s.listeners = append(s.listeners, sink)
	flow := Flow{Transport: "udp", Local: ourAddr, Remote: peerAddr}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	const n = 5000
	for i := range n {
		s.receive([]byte(crlf(request("INVITE", fmt.Sprint(i), "X: "+strings.Repeat("x", 1000)+"\n"))), flow)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if s.Stats().Servers != n {
		t.Fatal(s.Stats())
	}
	each := int64(after.HeapAlloc-before.HeapAlloc) / n
	t.Log(each, "octets for each answered INVITE")
	if each > 1500 {
		t.Error("too much")
	}
}

// nowhere takes datagrams and gives none.
type nowhere struct{}

func (nowhere) ReadFromUDPAddrPort([]byte) (int, netip.AddrPort, error) {
	return 0, netip.AddrPort{}, net.ErrClosed
}
func (nowhere) WriteToUDPAddrPort(b []byte, _ netip.AddrPort) (int, error) { return len(b), nil }
