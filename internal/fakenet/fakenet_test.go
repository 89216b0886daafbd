package fakenet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

var (
	a = netip.MustParseAddrPort("192.0.2.1:5060")
	b = netip.MustParseAddrPort("192.0.2.2:5060")
)

// both opens two sockets.
func both(t *testing.T, n *Network) (*Conn, *Conn) {
	t.Helper()
	x, err := n.ListenPacket(a)
	if err != nil {
		t.Fatal(err)
	}
	y, err := n.ListenPacket(b)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close(); y.Close() })
	return x, y
}

// drain reads what comes until nothing comes for a minute.
func drain(c *Conn) (got []string) {
	buf := make([]byte, 1500)
	for {
		c.SetReadDeadline(time.Now().Add(time.Minute))
		n, _, err := c.ReadFromUDPAddrPort(buf)
		if err != nil {
			return got
		}
		got = append(got, string(buf[:n]))
	}
}

func TestPackets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New(1, Options{})
		n.Tap()
		x, y := both(t, n)
		var _ net.PacketConn = x
		x.WriteTo([]byte("one"), net.UDPAddrFromAddrPort(b))
		x.WriteToUDPAddrPort([]byte("two"), b)
		x.WriteToUDPAddrPort([]byte("lost"), netip.MustParseAddrPort("192.0.2.9:1"))
		buf := make([]byte, 2)
		got, from, err := y.ReadFrom(buf)
		if got != 2 || from.String() != a.String() || err != nil {
			t.Error(got, from, err)
		}
		if got := drain(y); !slices.Equal(got, []string{"two"}) {
			t.Error(got)
		}
		tape := n.Tape()
		if len(tape) != 3 || tape[0].Lost || !tape[2].Lost || tape[1].From != a || tape[1].To != b || string(tape[1].Data) != "two" {
			t.Error(tape)
		}
		if _, err := n.ListenPacket(a); err == nil {
			t.Error("two sockets at one address")
		}
		if _, err := n.ListenPacket(netip.MustParseAddrPort("0.0.0.0:5060")); err == nil {
			t.Error("a wildcard socket")
		}
	})
}

func TestDeadlineAndClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, _ := both(t, New(1, Options{}))
		start := time.Now()
		x.SetReadDeadline(start.Add(5 * time.Second))
		buf := make([]byte, 10)
		if _, _, err := x.ReadFrom(buf); !os.IsTimeout(err) || time.Since(start) != 5*time.Second {
			t.Error(err, time.Since(start))
		}
		x.SetReadDeadline(time.Time{})
		time.AfterFunc(time.Second, func() { x.SetReadDeadline(time.Now().Add(time.Second)) })
		if _, _, err := x.ReadFrom(buf); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != 7*time.Second {
			t.Error(err, time.Since(start))
		}
		x.SetReadDeadline(time.Time{})
		time.AfterFunc(time.Second, func() { x.Close() })
		if _, _, err := x.ReadFrom(buf); !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
		if _, err := x.WriteToUDPAddrPort(buf, b); !errors.Is(err, net.ErrClosed) || x.Close() == nil {
			t.Error(err)
		}
	})
}

func TestFilterMTUAndRefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New(1, Options{MTU: 100, Refuse: true})
		x, y := both(t, n)
		n.Filter(func(from, to netip.AddrPort, data []byte) bool {
			return from == a && to == b && bytes.HasPrefix(data, []byte("no"))
		})
		for _, text := range []string{"no 1", "yes 1", string(make([]byte, 101)), "no 2", "yes 2"} {
			x.WriteToUDPAddrPort([]byte(text), b)
		}
		if got := drain(y); !slices.Equal(got, []string{"yes 1", "yes 2"}) {
			t.Errorf("%q", got)
		}
		if _, err := x.WriteToUDPAddrPort([]byte("x"), netip.MustParseAddrPort("192.0.2.9:1")); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Error(err)
		}
		if _, err := x.WriteToUDPAddrPort(make([]byte, 70000), b); !errors.Is(err, syscall.EMSGSIZE) {
			t.Error(err)
		}
	})
}

// fate sends a thousand datagrams, 1 ms apart, and returns what arrived, in order.
func fate(t *testing.T, seed uint64, o Options) (got []string) {
	synctest.Test(t, func(t *testing.T) {
		x, y := both(t, New(seed, o))
		go func() {
			for i := range 1000 {
				x.WriteToUDPAddrPort(fmt.Append(nil, i), b)
				<-time.After(time.Millisecond)
			}
		}()
		got = drain(y)
	})
	return got
}

func TestSeededFate(t *testing.T) {
	o := Options{Loss: 0.2, Duplicate: 0.1, Reorder: 0.1, MinDelay: 10 * time.Millisecond, MaxDelay: 10 * time.Millisecond}
	first := fate(t, 7, o)
	if !slices.Equal(first, fate(t, 7, o)) {
		t.Error("the same seed, another fate")
	}
	if slices.Equal(first, fate(t, 8, o)) {
		t.Error("another seed, the same fate")
	}
	distinct := map[string]bool{}
	inversions := 0
	for i, s := range first {
		distinct[s] = true
		if i > 0 && len(s) == len(first[i-1]) && s < first[i-1] {
			inversions++
		}
	}
	if n := len(distinct); n < 750 || n > 850 || len(first)-n < 50 || inversions < 30 {
		t.Error(len(first), n, inversions)
	}
	if got := fate(t, 1, Options{}); len(got) != 1000 || !slices.IsSortedFunc(got, func(x, y string) int { return len(x) - len(y) }) {
		t.Error("a good network is not good", len(got))
	}
}

func TestStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New(1, Options{})
		l, err := n.Listen(a)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		x, err := n.Dial(netip.AddrPortFrom(b.Addr(), 0), a)
		if err != nil {
			t.Fatal(err)
		}
		y, err := l.Accept()
		if err != nil || y.RemoteAddr().String() != x.LocalAddr().String() || y.LocalAddr().String() != a.String() {
			t.Fatal(err, y.RemoteAddr(), x.LocalAddr())
		}
		big := bytes.Repeat([]byte("0123456789"), 30000)
		go func() {
			x.Write(big)
			x.Close()
		}()
		got, err := io.ReadAll(y)
		if err != nil || !bytes.Equal(got, big) {
			t.Error(len(got), err)
		}
		if _, err := y.Write([]byte("x")); !errors.Is(err, syscall.EPIPE) {
			t.Error(err)
		}
		y.Close()
		if _, err := y.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	})
}

func TestStreamDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New(1, Options{})
		l, _ := n.Listen(a)
		x, _ := n.Dial(netip.AddrPortFrom(b.Addr(), 0), a)
		y, _ := l.Accept()
		defer y.Close()
		defer x.Close()
		start := time.Now()
		x.SetDeadline(start.Add(3 * time.Second))
		if _, err := x.Read(make([]byte, 1)); !os.IsTimeout(err) || time.Since(start) != 3*time.Second {
			t.Error(err)
		}
		x.SetDeadline(time.Time{})
		x.SetWriteDeadline(time.Now().Add(3 * time.Second))
		if written, err := x.Write(make([]byte, 3*window)); !os.IsTimeout(err) || written != window || time.Since(start) != 6*time.Second {
			t.Error(written, err)
		}
		l.Close()
		if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
		if _, err := n.Dial(netip.AddrPortFrom(b.Addr(), 0), a); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Error(err)
		}
	})
}
