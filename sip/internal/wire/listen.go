package wire

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
)

// listener is one socket of ours.
type listener struct {
	transport string
	addr      netip.AddrPort // as bound; unspecified for a wildcard
	packets   packetConn     // of UDP
	close     func() error
}

// packetConn is what *net.UDPConn has. Other packet connections are wrapped.
type packetConn interface {
	ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error)
	WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error)
}

// ServeUDP reads datagrams from c until Close, and returns nil then. It takes ownership of c and blocks: call it in a
// goroutine. All messages of one socket are handled by this goroutine, in order of arrival.
func (s *Stack) ServeUDP(c net.PacketConn) error {
	addr, err := boundTo(c.LocalAddr())
	if err != nil {
		return fmt.Errorf("listen to UDP: %w", err)
	}
	if u, ok := c.(*net.UDPConn); ok {
		// Bursts of a few thousand messages wait here, not at the sender's timer A, as far as the system allows.
		_ = u.SetReadBuffer(4 << 20)
		watchICMP(u)
	}
	packets, ok := c.(packetConn)
	if !ok {
		packets = plainPackets{c}
	}
	l := &listener{transport: "udp", addr: addr, packets: packets, close: c.Close}
	if err := s.add(l); err != nil {
		c.Close()
		return err
	}
	defer s.readers.Done()
	buf := make([]byte, 65536)
	for {
		n, from, err := packets.ReadFromUDPAddrPort(buf)
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return s.ended(err)
			}
			if !s.readICMP(l) {
				pause() // lack of memory, perhaps: it neither ends the service nor makes it spin
			}
			continue
		}
		from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
		f := Flow{Transport: "udp", Local: s.localOf(l, from.Addr()), Remote: from}
		s.guard(func() { s.receive(buf[:n], f) })
	}
}

// add takes a listener into service.
func (s *Stack) add(l *listener) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	s.listeners = append(s.listeners, l)
	s.readers.Add(1)
	return nil
}

// ended tells whether a reader's error is just the stack's Close.
func (s *Stack) ended(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	return err
}

func boundTo(a net.Addr) (netip.AddrPort, error) {
	addr, err := netip.ParseAddrPort(a.String())
	return netip.AddrPortFrom(addr.Addr().Unmap().WithZone(""), addr.Port()), err
}

// plainPackets gives a net.PacketConn the methods of packetConn.
type plainPackets struct{ net.PacketConn }

func (p plainPackets) ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error) {
	n, from, err := p.ReadFrom(b)
	if err != nil {
		return n, netip.AddrPort{}, err
	}
	addr, err := boundTo(from)
	return n, addr, err
}

func (p plainPackets) WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error) {
	return p.WriteTo(b, net.UDPAddrFromAddrPort(to))
}
