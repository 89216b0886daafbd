package sip

import (
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// The same over real sockets, also where we listen at all addresses.
func TestRegisterOverLoopback(t *testing.T) {
	for _, bind := range []string{"127.0.0.1:0", "0.0.0.0:0", "[::]:0"} {
		for _, network := range []string{"udp", "tcp"} {
			t.Run(network+" "+bind, func(t *testing.T) {
				c := deskConfig()
				c.Listen = []Listen{{network, netip.MustParseAddrPort(bind)}}
				c.Qualify = 50 * time.Millisecond
				s, err := New(c, Handler{}, nil, discardLog(), Options{})
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				opened, err := s.Listen()
				if err != nil {
					t.Fatal(err)
				}
				at := netip.MustParseAddrPort(strings.Fields(opened[0])[1])
				conn, err := net.Dial(network, netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), at.Port()).String())
				if err != nil {
					t.Fatal(err)
				}
				o := &office{t: t, server: s}
				h := o.speaks(conn)
				h.MustRegister("101")
				d := s.Devices("101")
				if len(d) != 1 || d[0].Local != netip.MustParseAddr("127.0.0.1") || d[0].Remote != netip.MustParseAddr("127.0.0.1") {
					t.Fatalf("%+v", d)
				}
				h.AwaitsTest()
			})
		}
	}
}
