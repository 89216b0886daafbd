package wire

import (
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
)

// ServeTCP accepts connections from l until Close, and returns nil then. It takes ownership of l and blocks: call it in a
// goroutine. All messages of one connection are handled by one goroutine, in order of arrival.
func (s *Stack) ServeTCP(l net.Listener) error { return s.serveStreams("tcp", l) }

// ServeTLS is ServeTCP for connections over TLS. l accepts those of TCP; hands are shaken by each connection's own
// goroutine, so that a slow peer keeps nobody from being accepted.
func (s *Stack) ServeTLS(l net.Listener) error { return s.serveStreams("tls", l) }

func (s *Stack) serveStreams(transport string, l net.Listener) error {
	addr, err := boundTo(l.Addr())
	if err != nil {
		return fmt.Errorf("listen to %s: %w", transport, err)
	}
	us := &listener{transport: transport, addr: addr, close: l.Close}
	if err := s.add(us); err != nil {
		l.Close()
		return err
	}
	defer s.readers.Done()
	for {
		c, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return s.ended(err)
		}
		if err != nil {
			pause() // out of file descriptors, perhaps: those in use go on working
			continue
		}
		s.accept(transport, c)
	}
}

// accept takes a connection into service, unless there are too many.
func (s *Stack) accept(transport string, c net.Conn) {
	remote, err := boundTo(c.RemoteAddr())
	local, localErr := boundTo(c.LocalAddr()) // of a wildcard listener, the address that the peer knows
	if err != nil || localErr != nil {
		c.Close()
		return
	}
	conn := newConn(s, Flow{Transport: transport, Local: local, Remote: remote})
	conn.net, conn.accepted = c, true
	if transport == "tls" {
		conn.net = secured{tls.Server(c, s.tls)}
	}
	s.mu.Lock()
	ip := remote.Addr()
	if s.closed || s.conns.counted >= s.config.MaxConns || s.conns.perIP[ip] >= s.config.ConnsPerIP && !ip.IsLoopback() {
		s.mu.Unlock()
		s.counts.connsRefused.Add(1)
		c.Close()
		return
	}
	s.conns.add(conn)
	s.readers.Add(1)
	s.mu.Unlock()
	go conn.serve()
}

// sendConn queues octets for a connection and returns its number; one to anywhere is dialled if there is none.
func (s *Stack) sendConn(data []byte, f Flow) (uint64, error) {
	s.mu.Lock()
	c := s.conns.find(f)
	dialled := false
	if f.Conn == 0 && (c == nil || c.dead()) && !s.closed {
		dialled = true
		c = newConn(s, f)
		c.out <- data // before it can fail, so that its failure finds who waits
		s.conns.add(c)
		s.readers.Add(1)
		go c.dial()
	}
	s.mu.Unlock()
	if c == nil || !dialled && !c.queue(data) {
		return 0, fmt.Errorf("send to %s over %s: %w", f.Remote, f.Transport, ErrClosed)
	}
	s.counts.out.Add(1)
	return c.flow.Conn, nil
}

// Keep marks the connection of a flow as registered, or not any more: an idle connection that is not kept is closed after
// 60 s, and only those count against ConnsPerIP and MaxConns. Flows over UDP need no keeping.
func (s *Stack) Keep(f Flow, on bool) {
	if !f.Stream() {
		return
	}
	s.mu.Lock()
	c := s.conns.find(f)
	if c != nil {
		s.conns.count(c, c.accepted && !on)
	}
	s.mu.Unlock()
	if c != nil {
		c.keep(on)
	}
}

// riders are the client transactions on a connection.
func (s *Stack) riders(c *conn) (list []clientMachine) {
	s.mu.Lock()
	clients := slices.Collect(maps.Values(s.clients)) // their own locks come before the stack's
	s.mu.Unlock()
	for _, t := range clients {
		if t.onFlow().Conn == c.flow.Conn {
			list = append(list, t)
		}
	}
	return list
}

// inUse tells whether transactions need a connection.
func (s *Stack) inUse(c *conn) bool {
	if len(s.riders(c)) > 0 {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.servers {
		if t.onFlow().Conn == c.flow.Conn {
			return true
		}
	}
	return false
}

// gone buries a connection: what depended on it is told.
func (s *Stack) gone(c *conn, why error) {
	s.mu.Lock()
	s.conns.remove(c)
	s.mu.Unlock()
	for _, t := range s.riders(c) {
		t.fail(why)
	}
	s.guard(func() { s.config.Handler.Closed(c.flow) })
}
