package wire

import (
	"net"
	"net/netip"
	"sync"
	"time"
)

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
