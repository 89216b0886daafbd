package fakenet

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"time"
)

// window is what one direction of a stream holds before its writer has to wait.
const window = 64 << 10

// Listen opens a listener for streams. Port 0 means a free one.
func (n *Network) Listen(addr netip.AddrPort) (net.Listener, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	addr, err := n.free(addr, func(a netip.AddrPort) bool { return n.listeners[a] != nil })
	if err != nil {
		return nil, err
	}
	l := &listener{network: n, addr: addr, waiting: make(chan *stream, 128), closed: make(chan struct{})}
	n.listeners[addr] = l
	return l, nil
}

// Dial connects from local (port 0: a free one) to a listener, at once. Nobody listening, or too many waiting to be
// accepted, is ECONNREFUSED.
func (n *Network) Dial(local, remote netip.AddrPort) (net.Conn, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	l := n.listeners[remote]
	refused := &net.OpError{Op: "dial", Net: "fake", Addr: net.TCPAddrFromAddrPort(remote), Err: syscall.ECONNREFUSED}
	if l == nil {
		return nil, refused
	}
	local, err := n.free(local, func(netip.AddrPort) bool { return false })
	if err != nil {
		return nil, err
	}
	there, back := newHalf(), newHalf()
	ours := newStream(local, remote, back, there)
	select {
	case l.waiting <- newStream(remote, local, there, back):
		return ours, nil
	default:
		return nil, refused
	}
}

type listener struct {
	network *Network
	addr    netip.AddrPort
	waiting chan *stream
	closed  chan struct{}
	once    sync.Once
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case <-l.closed:
	default:
		select {
		case s := <-l.waiting:
			return s, nil
		case <-l.closed:
		}
	}
	return nil, &net.OpError{Op: "accept", Net: "fake", Addr: l.Addr(), Err: net.ErrClosed}
}

func (l *listener) Close() error {
	l.once.Do(func() {
		l.network.mu.Lock()
		delete(l.network.listeners, l.addr)
		l.network.mu.Unlock()
		close(l.closed)
		for {
			select {
			case s := <-l.waiting:
				_ = s.Close() // never fails
			default:
				return
			}
		}
	})
	return nil
}

func (l *listener) Addr() net.Addr { return net.TCPAddrFromAddrPort(l.addr) }

// half is one direction of a stream.
type half struct {
	mu      sync.Mutex
	buf     []byte
	ended   bool          // the writer closed: the reader gets the rest, then io.EOF
	broken  bool          // the reader closed: writing is EPIPE
	changed chan struct{} // closed and replaced at each change
}

func newHalf() *half { return &half{changed: make(chan struct{})} }

// change runs f with the lock held. If f says that something changed, who waits is woken; else the returned channel
// closes at the next change.
func (h *half) change(f func() bool) <-chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	if f() {
		close(h.changed)
		h.changed = make(chan struct{})
	}
	return h.changed
}

// stream is one end of a connection.
type stream struct {
	local, remote   netip.AddrPort
	in, out         *half
	readBy, writeBy *deadline
	closed          chan struct{}
	once            sync.Once
}

func newStream(local, remote netip.AddrPort, in, out *half) *stream {
	return &stream{local: local, remote: remote, in: in, out: out, readBy: newDeadline(), writeBy: newDeadline(), closed: make(chan struct{})}
}

// usable tells why an operation cannot go on: the stream is closed or the deadline has passed.
func (s *stream) usable(op string, by *deadline) error {
	select {
	case <-s.closed:
		return s.failed(op, net.ErrClosed)
	case <-by.passed():
		return s.failed(op, os.ErrDeadlineExceeded)
	default:
		return nil
	}
}

// wait blocks until the half changes, the stream is closed or the deadline passes.
func (s *stream) wait(changed <-chan struct{}, by *deadline) {
	select {
	case <-changed:
	case <-s.closed:
	case <-by.passed():
	}
}

func (s *stream) Read(b []byte) (int, error) {
	for {
		if err := s.usable("read", s.readBy); err != nil {
			return 0, err
		}
		n, ended := 0, false
		changed := s.in.change(func() bool {
			n = copy(b, s.in.buf)
			s.in.buf = s.in.buf[n:]
			ended = s.in.ended
			return n > 0
		})
		switch {
		case n > 0 || len(b) == 0:
			return n, nil
		case ended:
			return 0, io.EOF
		}
		s.wait(changed, s.readBy)
	}
}

func (s *stream) Write(b []byte) (written int, err error) {
	for {
		if err := s.usable("write", s.writeBy); err != nil {
			return written, err
		}
		n, broken := 0, false
		changed := s.out.change(func() bool {
			if broken = s.out.broken; broken {
				return false
			}
			n = min(len(b), window-len(s.out.buf))
			s.out.buf = append(s.out.buf, b[:n]...)
			return n > 0
		})
		if broken {
			return written, s.failed("write", syscall.EPIPE)
		}
		written, b = written+n, b[n:]
		if len(b) == 0 {
			return written, nil
		}
		if n == 0 {
			s.wait(changed, s.writeBy)
		}
	}
}

// Close ends both directions; the other side reads what is left, then io.EOF.
func (s *stream) Close() error {
	s.once.Do(func() {
		close(s.closed)
		s.readBy.set(time.Time{})
		s.writeBy.set(time.Time{})
		s.out.change(func() bool { s.out.ended = true; return true })
		s.in.change(func() bool { s.in.broken = true; return true })
	})
	return nil
}

func (s *stream) LocalAddr() net.Addr  { return net.TCPAddrFromAddrPort(s.local) }
func (s *stream) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(s.remote) }

func (s *stream) SetDeadline(t time.Time) error {
	return errors.Join(s.SetReadDeadline(t), s.SetWriteDeadline(t))
}

func (s *stream) SetReadDeadline(t time.Time) error  { s.readBy.set(t); return nil }
func (s *stream) SetWriteDeadline(t time.Time) error { s.writeBy.set(t); return nil }

func (s *stream) failed(op string, err error) error {
	return &net.OpError{Op: op, Net: "fake", Source: s.LocalAddr(), Addr: s.RemoteAddr(), Err: err}
}
