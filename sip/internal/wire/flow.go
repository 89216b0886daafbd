package wire

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// serves tells whether a listener can reach an address of that family.
func (l *listener) serves(remote netip.Addr) bool {
	bound := l.addr.Addr()
	return bound.Is4() == remote.Unmap().Is4() || bound == netip.IPv6Unspecified()
}

// localOf is the address of a listener as remote sees it: of a wildcard one, the address on the way there.
func (s *Stack) localOf(l *listener, remote netip.Addr) netip.AddrPort {
	if !l.addr.Addr().IsUnspecified() {
		return l.addr
	}
	return netip.AddrPortFrom(s.locals.towards(remote), l.addr.Port())
}

// Route finds the flow for a new destination over "udp" or "tcp" (in any case of letters): among our listeners of that
// transport and address family it prefers the one whose address the system would use on the way to remote. Conn of a tcp
// flow is 0: any connection to remote, made when the first message is sent.
func (s *Stack) Route(transport string, remote netip.AddrPort) (Flow, error) {
	transport = strings.ToLower(transport)
	remote = netip.AddrPortFrom(remote.Addr().Unmap(), remote.Port())
	var fit []*listener
	s.mu.Lock()
	for _, l := range s.listeners {
		if l.transport == transport && l.serves(remote.Addr()) {
			fit = append(fit, l)
		}
	}
	s.mu.Unlock()
	if len(fit) == 0 || !remote.IsValid() || remote.Port() == 0 {
		return Flow{}, fmt.Errorf("route to %s over %s: no listener of ours fits: %w", remote, transport, ErrUnreachable)
	}
	best := fit[0]
	if len(fit) > 1 {
		way := s.locals.towards(remote.Addr())
		for _, l := range fit {
			if l.addr.Addr() == way || l.addr.Addr().IsUnspecified() {
				best = l
				break
			}
		}
	}
	return Flow{Transport: transport, Local: s.localOf(best, remote.Addr()), Remote: remote}, nil
}

// Self is the URI others reach us by on that flow, for Contact and Via: Config.PublicIP if it is of the flow's family,
// else our address, with the listener's port, and transport=tcp where it applies.
func (s *Stack) Self(f Flow) Uri {
	ip := f.Local.Addr()
	if p := s.config.PublicIP.Unmap(); p.IsValid() && p.Is4() == ip.Is4() {
		ip = p
	}
	uri := Uri{Scheme: "sip", Host: ip.String(), Port: int(f.Local.Port())}
	if f.Transport == "tcp" {
		uri.UriParams = Params{{K: "transport", V: "tcp"}}
	}
	return uri
}

// IsOurs tells whether host (an IP address, brackets allowed) and port (0: 5060) are an address of ours: a listener's,
// any of this machine's for a wildcard listener, or Config.PublicIP with a listener's port.
func (s *Stack) IsOurs(host string, port int) bool {
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	if err != nil {
		return false
	}
	ip = ip.Unmap()
	if port == 0 {
		port = 5060
	}
	local := s.locals.have(ip)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.listeners {
		bound := l.addr.Addr()
		if int(l.addr.Port()) == port && (bound == ip || ip == s.config.PublicIP.Unmap() || bound.IsUnspecified() && l.serves(ip) && local) {
			return true
		}
	}
	return false
}

// locals remembers for a minute which addresses this machine has, and which of them the system uses on the way to
// others.
type locals struct {
	mu    sync.Mutex
	until time.Time
	mine  map[netip.Addr]bool
	known map[netip.Addr]netip.Addr
}

const maxLocals = 4096

// fresh forgets what is old, or too much, with the lock held.
func (l *locals) fresh() {
	now := time.Now()
	if now.Before(l.until) && len(l.known) < maxLocals {
		return
	}
	l.until, l.known, l.mine = now.Add(time.Minute), make(map[netip.Addr]netip.Addr), make(map[netip.Addr]bool)
	addrs, _ := net.InterfaceAddrs()
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			l.mine[p.Addr().Unmap()] = true
		}
	}
}

// have tells whether an address is one of this machine's.
func (l *locals) have(ip netip.Addr) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fresh()
	return l.mine[ip]
}

// towards is the address of ours on the way to remote; unspecified if there is no way.
func (l *locals) towards(remote netip.Addr) netip.Addr {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fresh()
	if ip, ok := l.known[remote]; ok {
		return ip
	}
	ip := netip.IPv4Unspecified()
	// Connecting a UDP socket sends nothing; it only asks the routing table.
	if c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(remote, 9))); err == nil {
		ip = c.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap().WithZone("")
		c.Close()
	}
	l.known[remote] = ip
	return ip
}
