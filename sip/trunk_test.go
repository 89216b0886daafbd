package sip

import (
	"errors"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ringtide/internal/fakenet"
)

// nameServer is DNS as a test wants it.
type nameServer struct {
	mu    sync.Mutex
	addrs map[string][]netip.AddrPort
	asked int
}

func (n *nameServer) lookup(host string) ([]netip.AddrPort, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asked++
	if list, ok := n.addrs[host]; ok {
		return list, nil
	}
	return nil, errors.New("no such host")
}

func (n *nameServer) set(host string, addrs ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.addrs = map[string][]netip.AddrPort{}
	for _, a := range addrs {
		n.addrs[host] = append(n.addrs[host], netip.MustParseAddrPort(a))
	}
}

func (n *nameServer) count() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.asked
}

func withTrunk(t *testing.T, names *nameServer, trunk Trunk, test func(s *Server)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := deskConfig()
		c.Trunks = []Trunk{trunk}
		net := fakenet.New(1, fakenet.Options{})
		s, err := New(c, Handler{}, nil, discardLog(), Options{Resolve: names.lookup, Dial: net.Dial})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		packets, _ := net.ListenPacket(deskAddr)
		streams, _ := net.Listen(deskAddr)
		go s.ServeUDP(packets)
		go s.ServeTCP(streams)
		synctest.Wait()
		test(s)
	})
}

// ways writes hops for people.
func ways(hops []hop) string {
	var list []string
	for _, h := range hops {
		list = append(list, h.uri.String()+" "+h.flow.Transport+" "+h.flow.Remote.String())
	}
	return strings.Join(list, "\n")
}

func TestItem44_AddressesInOrderOfFailover(t *testing.T) {
	names := &nameServer{}
	names.set("sip.example.com", "198.51.100.1:5070", "198.51.100.2:0")
	trunk := Trunk{Name: "carrier", URIs: []string{"sip:sip.example.com", "sip:proxy@198.51.100.9:5080;transport=tcp", "sip:sip.example.com:5090"}}
	withTrunk(t, names, trunk, func(s *Server) {
		hops, err := s.resolve(Target{Trunk: "carrier"}, Invite{Number: "+1 555;x@y"})
		const user = "sip:+1%20555%3Bx%40y@"
		want := strings.Join([]string{
			user + "sip.example.com udp 198.51.100.1:5070", user + "sip.example.com udp 198.51.100.2:5060",
			user + "198.51.100.9:5080;transport=tcp tcp 198.51.100.9:5080",
			user + "sip.example.com:5090 udp 198.51.100.1:5090", user + "sip.example.com:5090 udp 198.51.100.2:5090",
		}, "\n")
		if err != nil || ways(hops) != want {
			t.Errorf("got\n%s\nwant\n%s\n%v", ways(hops), want, err)
		}
		target, err := s.TrunkTarget("carrier")
		if err != nil || target.Trunk != "carrier" || target.Remote != netip.MustParseAddr("198.51.100.1") || target.Local != deskAddr.Addr() {
			t.Errorf("%+v, %v", target, err)
		}
	})
}

func TestItem44_AddressesOfOneNameAreLimited(t *testing.T) {
	names := &nameServer{}
	var many []string
	for i := range 200 {
		many = append(many, netip.AddrPortFrom(netip.AddrFrom4([4]byte{198, 51, 100, byte(i)}), 0).String())
	}
	names.set("sip.example.com", many...)
	withTrunk(t, names, Trunk{Name: "carrier", URIs: []string{"sip:sip.example.com"}}, func(s *Server) {
		if hops, err := s.ways("carrier", "1"); err != nil || len(hops) != maxAddresses {
			t.Errorf("%d hops, %v", len(hops), err)
		}
	})
}

func TestItem44_LastAddressOutlivesDNS(t *testing.T) {
	names := &nameServer{}
	names.set("sip.example.com", "198.51.100.1:0")
	withTrunk(t, names, Trunk{Name: "carrier", URIs: []string{"sip:sip.example.com"}}, func(s *Server) {
		remote := func() string {
			target, err := s.TrunkTarget("carrier")
			if err != nil {
				return err.Error()
			}
			return target.Remote.String()
		}
		names.set("other", "198.51.100.1:0") // sip.example.com is gone
		passes(time.Hour)
		if got := remote(); got != "198.51.100.1" {
			t.Errorf("DNS is dead: %s", got)
		}
		names.set("sip.example.com", "198.51.100.2:0")
		passes(11 * time.Second)
		if got := remote(); got != "198.51.100.2" {
			t.Errorf("DNS is back: %s", got)
		}
		before := names.count()
		passes(10 * time.Minute)
		if n := names.count() - before; n < 9 || n > 11 {
			t.Errorf("asked %d times in 10 minutes", n)
		}
	})
}

func TestTrunkErrorsSayWhatIsMissing(t *testing.T) {
	names := &nameServer{}
	withTrunk(t, names, Trunk{Name: "carrier", URIs: []string{"sip:sip.example.com"}}, func(s *Server) {
		for trunk, want := range map[string]string{
			"carrier": "trunk carrier: no address for sip.example.com: no such host",
			"nobody":  "trunk nobody: not configured",
		} {
			if _, err := s.TrunkTarget(trunk); err == nil || err.Error() != want {
				t.Errorf("%v, want %s", err, want)
			}
		}
		c := deskConfig()
		c.Trunks = []Trunk{{Name: "six", URIs: []string{"sip:[2001:db8::1]"}}, {Name: "none"}, {Name: "tls", URIs: []string{"sips:198.51.100.1"}},
			{Name: "later", URIs: []string{"sip:later.example"}}}
		if err := s.Reload(c); err != nil {
			t.Fatal(err)
		}
		for trunk, want := range map[string]string{
			"six": "no listener of ours fits", "none": "it has no uri", "tls": "no listener of ours fits", "later": "no address for later.example", "carrier": "not configured",
		} {
			if _, err := s.TrunkTarget(trunk); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %s", trunk, err, want)
			}
		}
	})
}

func TestTrunkCarriesMaxCalls(t *testing.T) {
	withTrunk(t, &nameServer{}, Trunk{Name: "carrier", MaxCalls: 2, Username: "us", Password: "pw", Peers: []Peer{{Net: netip.MustParsePrefix("198.51.100.0/24")}}}, func(s *Server) {
		for _, fits := range []bool{true, true, false} {
			if s.desk.trunks.begin("carrier") != fits {
				t.Error("two calls, no more")
			}
		}
		if s.desk.trunks.begin("nobody") {
			t.Error("a trunk that is none")
		}
		s.desk.trunks.end("carrier")
		if !s.desk.trunks.begin("carrier") || s.desk.trunks.begin("carrier") {
			t.Error("one went, one comes")
		}
		if user, password := s.desk.trunks.credentials("carrier"); user != "us" || password != "pw" {
			t.Error("credentials", user, password)
		}
		if user, _ := s.desk.trunks.credentials("nobody"); user != "" {
			t.Error("credentials of nobody")
		}
		sends := func(trunk, from string) bool { return s.desk.trunks.sends(trunk, netip.MustParseAddrPort(from)) }
		if !sends("carrier", "198.51.100.200:9") || sends("carrier", "198.51.101.1:9") || sends("nobody", "198.51.100.200:9") {
			t.Error("sends")
		}
	})
}
