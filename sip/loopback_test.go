package sip

import (
	"crypto/tls"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"ringtide/internal/phone"
)

// The same over real sockets, also where we listen at all addresses.
func TestRegisterOverLoopback(t *testing.T) {
	for _, bind := range []string{"127.0.0.1:0", "0.0.0.0:0", "[::]:0"} {
		for _, network := range []string{"udp", "tcp", "tls"} {
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
				dial := net.Dial
				if network == "tls" {
					dial = (&tls.Dialer{Config: &tls.Config{RootCAs: testCA.Pool(), ServerName: phone.Domain}}).Dial
				}
				conn, err := dial(strings.Replace(network, "tls", "tcp", 1), netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), at.Port()).String())
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
