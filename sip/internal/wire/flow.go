package wire

import (
	"fmt"
	"net/netip"
	"strings"
)

// Stream tells whether a flow is a connection, or becomes one: TCP or TLS.
func (f Flow) Stream() bool { return f.Transport == "tcp" || f.Transport == "tls" }

// Named is the flow to whoever can prove to have that name, if it is over TLS; else the flow itself.
func (f Flow) Named(host string) Flow {
	if f.Transport == "tls" {
		f.Name = strings.ToLower(host)
	}
	return f
}

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

// Route finds the flow for a new destination over "udp", "tcp" or "tls" (in any case of letters): among our listeners of
// that transport and address family it prefers the one whose address the system would use on the way to remote. Conn of a
// stream is 0: any connection to remote, made when the first message is sent.
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
// else our address, with the listener's port, and transport=tcp or tls where it applies.
func (s *Stack) Self(f Flow) Uri {
	ip := f.Local.Addr()
	if p := s.config.PublicIP.Unmap(); p.IsValid() && p.Is4() == ip.Is4() {
		ip = p
	}
	uri := Uri{Scheme: "sip", Host: ip.String(), Port: int(f.Local.Port())}
	if f.Stream() {
		uri.UriParams = Params{{K: "transport", V: f.Transport}}
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
