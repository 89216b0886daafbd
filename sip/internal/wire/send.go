package wire

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"syscall"
)

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// errInjected: a value with a line break was about to be sent; the message is not.
var errInjected = errors.New("refuse to send a message: a header value contains a line break")

// encode writes a message as octets.
func encode(m Message) ([]byte, error) {
	b := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(b)
	b.Reset()
	m.StringWrite(b)
	// Start line, headers and the empty line are all the lines there may be.
	head := b.Bytes()[:b.Len()-len(m.Body())]
	lines := len(headersOf(m)) + 2
	if bytes.Count(head, []byte{'\n'}) != lines || bytes.Count(head, []byte{'\r'}) != lines || bytes.IndexByte(head, 0) >= 0 {
		return nil, errInjected
	}
	return bytes.Clone(b.Bytes()), nil
}

// send gives octets to a flow. Over a connection it only queues: what goes wrong later ends the connection and with it the
// transactions that use it. The octets must not be changed afterwards.
func (s *Stack) send(data []byte, f Flow) error {
	if f.Stream() {
		_, err := s.sendConn(data, f)
		return err
	}
	l := s.listenerOf(f)
	if l == nil {
		return fmt.Errorf("send from %s: not an address of ours: %w", f.Local, ErrClosed)
	}
	_, err := l.packets.WriteToUDPAddrPort(data, f.Remote)
	if errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.EHOSTUNREACH) || errors.Is(err, syscall.ENETUNREACH) {
		// The kernel may be telling of an earlier datagram, perhaps another peer's, and has not sent this one.
		go s.readICMP(l) // elsewhere, as a lock may be held
		_, err = l.packets.WriteToUDPAddrPort(data, f.Remote)
	}
	if err != nil {
		return fmt.Errorf("send to %s: %w: %w", f.Remote, ErrUnreachable, err)
	}
	s.counts.out.Add(1)
	return nil
}

func (s *Stack) listenerOf(f Flow) *listener {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.listeners {
		if l.transport == f.Transport && l.addr.Port() == f.Local.Port() &&
			(l.addr.Addr() == f.Local.Addr() || l.addr.Addr().IsUnspecified() && l.serves(f.Remote.Addr())) {
			return l
		}
	}
	return nil
}

// post encodes and sends.
func (s *Stack) post(m Message, f Flow) error {
	data, err := encode(m)
	if err != nil {
		return err
	}
	return s.send(data, f)
}
