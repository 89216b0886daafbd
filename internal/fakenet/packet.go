package fakenet

import (
	"net"
	"net/netip"
	"os"
	"sync"
	"time"
)

// queueLength is what a socket holds before it loses what comes, as a kernel does.
const queueLength = 4096

// Conn is a packet socket: a net.PacketConn with the AddrPort methods of *net.UDPConn. Reads block; writes never do.
type Conn struct {
	network *Network
	addr    netip.AddrPort
	in      chan datagram
	closed  chan struct{}
	once    sync.Once
	read    *deadline
}

type datagram struct {
	from netip.AddrPort
	data []byte
}

// ListenPacket opens a socket. Port 0 means a free one. Unspecified addresses are refused.
func (n *Network) ListenPacket(addr netip.AddrPort) (*Conn, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	addr, err := n.free(addr, func(a netip.AddrPort) bool { return n.sockets[a] != nil })
	if err != nil {
		return nil, err
	}
	c := &Conn{network: n, addr: addr, in: make(chan datagram, queueLength), closed: make(chan struct{}), read: newDeadline()}
	n.sockets[addr] = c
	return c, nil
}

func (c *Conn) put(from netip.AddrPort, data []byte) {
	select {
	case <-c.closed:
	case c.in <- datagram{from, data}:
	default:
	}
}

// ReadFromUDPAddrPort reads one datagram; what does not fit into b is lost.
func (c *Conn) ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error) {
	select {
	case <-c.closed:
		return 0, netip.AddrPort{}, c.failed("read", net.ErrClosed)
	case <-c.read.passed():
		return 0, netip.AddrPort{}, c.failed("read", os.ErrDeadlineExceeded)
	default:
	}
	select {
	case d := <-c.in:
		return copy(b, d.data), d.from, nil
	case <-c.closed:
		return 0, netip.AddrPort{}, c.failed("read", net.ErrClosed)
	case <-c.read.passed():
		return 0, netip.AddrPort{}, c.failed("read", os.ErrDeadlineExceeded)
	}
}

// WriteToUDPAddrPort sends one datagram.
func (c *Conn) WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error) {
	select {
	case <-c.closed:
		return 0, c.failed("write", net.ErrClosed)
	default:
	}
	if err := c.network.send(c, netip.AddrPortFrom(to.Addr().Unmap(), to.Port()), b); err != nil {
		return 0, err
	}
	return len(b), nil
}

// ReadFrom is net.PacketConn's.
func (c *Conn) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := c.ReadFromUDPAddrPort(b)
	if err != nil {
		return n, nil, err
	}
	return n, net.UDPAddrFromAddrPort(from), nil
}

// WriteTo is net.PacketConn's.
func (c *Conn) WriteTo(b []byte, to net.Addr) (int, error) {
	addr, err := netip.ParseAddrPort(to.String())
	if err != nil {
		return 0, err
	}
	return c.WriteToUDPAddrPort(b, addr)
}

// Close frees the address. Reads return net.ErrClosed.
func (c *Conn) Close() error {
	err := c.failed("close", net.ErrClosed)
	c.once.Do(func() {
		err = nil
		close(c.closed)
		c.read.set(time.Time{})
		c.network.mu.Lock()
		defer c.network.mu.Unlock()
		delete(c.network.sockets, c.addr)
	})
	return err
}

// LocalAddr is a *net.UDPAddr.
func (c *Conn) LocalAddr() net.Addr { return net.UDPAddrFromAddrPort(c.addr) }

// AddrPort is LocalAddr as netip has it.
func (c *Conn) AddrPort() netip.AddrPort { return c.addr }

// SetDeadline sets the read deadline; writes never wait.
func (c *Conn) SetDeadline(t time.Time) error { return c.SetReadDeadline(t) }

// SetReadDeadline also wakes a read that is waiting.
func (c *Conn) SetReadDeadline(t time.Time) error {
	select {
	case <-c.closed:
		return c.failed("set", net.ErrClosed)
	default:
	}
	c.read.set(t)
	return nil
}

// SetWriteDeadline does nothing: writes never wait.
func (c *Conn) SetWriteDeadline(time.Time) error { return nil }

func (c *Conn) failed(op string, err error) error {
	return &net.OpError{Op: op, Net: "fake", Addr: c.LocalAddr(), Err: err}
}
