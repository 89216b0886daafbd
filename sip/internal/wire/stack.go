package wire

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Stack is everything of SIP below dialogs: sockets, connections, transactions. Its methods may be called from any
// goroutine and from inside handlers (Close excepted).
type Stack struct {
	config  Config
	log     *slog.Logger
	gate    gate
	counts  counters
	noise   noise // limits the log of malformed messages
	locals  locals
	tls     *tls.Config // of connections that others make
	readers sync.WaitGroup

	mu        sync.Mutex // taken after a transaction's, never before
	closed    bool
	listeners []*listener
	clients   map[string]clientMachine
	servers   map[string]serverMachine
	absorbing absorbing
	conns     connTable
}

type counters struct{ in, out, malformed, dropped, overload, panics, connsRefused atomic.Uint64 }

// New makes a stack. It listens to nothing yet.
func New(c Config) *Stack {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	setDefault(&c.Timers.T1, 500*time.Millisecond)
	setDefault(&c.Timers.T2, 4*time.Second)
	setDefault(&c.Timers.T4, 5*time.Second)
	setDefault(&c.MaxTransactions, 20000)
	setDefault(&c.ConnsPerIP, 16)
	setDefault(&c.MaxConns, 2000)
	if c.Extensions == nil {
		c.Extensions = []string{"100rel", "timer", "replaces"}
	}
	if c.Dial == nil {
		c.Dial = dial
	}
	if c.Certificate == nil {
		c.Certificate = func() *tls.Certificate { return nil }
	}
	h := &c.Handler
	if h.Door == nil {
		h.Door = func(*Request, Flow) (*Response, bool) { return nil, false }
	}
	if h.Request == nil {
		h.Request = func(t *ServerTx) { _ = t.Respond(stateless(t.req, 501)) } // lost: a copy asks again
	}
	if h.Ack == nil {
		h.Ack = func(*Request, Flow) {}
	}
	if h.Closed == nil {
		h.Closed = func(Flow) {}
	}
	s := &Stack{
		config: c, log: c.Log, tls: proof(c.Certificate),
		gate:    gate{extensions: map[string]bool{}},
		clients: map[string]clientMachine{},
		servers: map[string]serverMachine{},
		conns:   newConnTable(),
	}
	for _, tag := range c.Extensions {
		s.gate.extensions[strings.ToLower(tag)] = true
	}
	return s
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

func dial(local, remote netip.AddrPort) (net.Conn, error) {
	d := net.Dialer{Timeout: 5 * time.Second}
	if local.Addr().IsValid() && !local.Addr().IsUnspecified() {
		d.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(local.Addr(), 0))
	}
	return d.Dial("tcp", remote.String())
}

// Close closes sockets and connections, ends all transactions (clients' owners get Failed(ErrClosed)) and waits for the
// readers. It must not be called from inside a handler.
func (s *Stack) Close() {
	s.mu.Lock()
	s.closed = true
	for _, l := range s.listeners {
		_ = l.close() // its reader ends in any case
	}
	conns := s.conns.all()
	clients, servers := s.clients, s.servers
	s.clients, s.servers = map[string]clientMachine{}, map[string]serverMachine{}
	s.mu.Unlock()
	for _, t := range clients {
		t.fail(ErrClosed)
	}
	for _, t := range servers {
		t.stop()
	}
	for _, c := range conns {
		c.close()
	}
	s.readers.Wait()
}

// Stats reads the counters.
func (s *Stack) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &s.counts
	return Stats{
		In: c.in.Load(), Out: c.out.Load(), Malformed: c.malformed.Load(), Dropped: c.dropped.Load(),
		Overload: c.overload.Load(), Panics: c.panics.Load(), ConnsRefused: c.connsRefused.Load(),
		Clients: len(s.clients), Servers: len(s.servers), Conns: s.conns.len(),
	}
}

// guard calls a handler, or what leads to one. A panic in it costs that message only; guard then returns false.
func (s *Stack) guard(f func()) (ok bool) {
	defer func() {
		if p := recover(); p != nil {
			s.counts.panics.Add(1)
			s.log.Error("handler of a SIP message panicked", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		}
	}()
	f()
	return true
}
