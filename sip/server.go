package sip

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"ringtide/sip/internal/wire"
)

// Options are what tests and special installations change. Zero fields mean the defaults.
type Options struct {
	// T1, T2 and T4 are the base timers of RFC 3261 appendix A; zero: 500 ms, 4 s, 5 s.
	T1, T2, T4 time.Duration
	// Dial opens outgoing connections of TCP, those below TLS too; nil: the system's, 5 s at most.
	Dial func(local, remote netip.AddrPort) (net.Conn, error)
	// Resolve looks up the addresses of a trunk's host; nil: the system's resolver with SRV and A/AAAA records.
	Resolve func(host string) ([]netip.AddrPort, error)
	// Roots vouch for the certificates of trunks; nil: those that the system trusts.
	Roots *x509.CertPool
}

// Server is a SIP user agent server and client: the registrar of users' phones, the peer of trunks and the owner of all
// dialogs. Its methods may be called from any goroutine.
type Server struct {
	options Options
	handler Handler
	log     *slog.Logger
	wire    *wire.Stack
	keeper  *keeper
	config  atomic.Pointer[Config]
	dialogs *dialogTable
	desk    desk
	drain   atomic.Bool
	panics  atomic.Uint64

	reloading sync.Mutex
	closing   sync.Once
}

// Stats are figures of a server since it was made. They are read one by one, not as of one instant.
type Stats struct {
	Registrations int    // devices registered now
	Reachable     int    // users with a reachable device now
	Dialogs       int    // live dialogs of calls
	Subscriptions int    // live subscriptions
	Transactions  int    // live transactions, both directions
	Malformed     uint64 // messages refused before anybody looked at them
	Refused       uint64 // requests of strangers refused or dropped
	Panics        uint64 // caught: each cost one message or one dialog
}

// New makes a server that is not listening yet, with the registrations read back from r. r may be nil: nothing survives
// a restart then.
func New(c Config, h Handler, r Registrations, log *slog.Logger, o Options) (*Server, error) {
	s := &Server{options: o, handler: h, log: log, dialogs: newDialogTable()}
	s.config.Store(&c)
	s.wire = wire.New(wire.Config{
		Log:      log,
		PublicIP: c.PublicIP,
		Timers:   wire.Timers{T1: o.T1, T2: o.T2, T4: o.T4},
		Dial:     o.Dial,
		Roots:    o.Roots,
		// A connection shows what the last reload has brought.
		Certificate: func() *tls.Certificate { return s.config.Load().Certificate },
		// Path is the registrar's (RFC 3327). Who requires another extension to calls is answered 420 and asks again without.
		Extensions: []string{paths, withoutNews, timers, reliably},
		Handler:    wire.Handler{Door: s.door, Request: s.request, Ack: s.ack, Closed: s.flowClosed},
	})
	s.keeper = newKeeper(s.wire.Keep)
	if err := s.openDesk(r); err != nil {
		s.wire.Close()
		return nil, err
	}
	return s, nil
}

// Listen opens the addresses of Config.Listen, serves them in goroutines and says what it opened, in lines like
// "udp 192.0.2.1:5060". After an error nothing stays open.
func (s *Server) Listen() (opened []string, err error) {
	var packets []net.PacketConn
	var streams []stream
	defer func() {
		if err == nil {
			return
		}
		for _, c := range packets {
			c.Close()
		}
		for _, l := range streams {
			l.Close()
		}
	}()
	for _, l := range s.config.Load().Listen {
		switch l.Transport {
		case "udp":
			c, err := net.ListenUDP("udp"+familyOf(l.Addr), net.UDPAddrFromAddrPort(l.Addr))
			if err != nil {
				return nil, fmt.Errorf("listen for SIP on udp %s: %w", l.Addr, err)
			}
			packets = append(packets, c)
			opened = append(opened, "udp "+c.LocalAddr().String())
		case "tcp", "tls":
			c, err := net.ListenTCP("tcp"+familyOf(l.Addr), net.TCPAddrFromAddrPort(l.Addr))
			if err != nil {
				return nil, fmt.Errorf("listen for SIP on %s %s: %w", l.Transport, l.Addr, err)
			}
			streams = append(streams, stream{c, l.Transport})
			opened = append(opened, l.Transport+" "+c.Addr().String())
		default:
			return nil, fmt.Errorf("listen for SIP on %s: unknown transport %q, use udp, tcp or tls", l.Addr, l.Transport)
		}
	}
	for _, c := range packets {
		go s.served(c.LocalAddr(), func() error { return s.ServeUDP(c) })
	}
	for _, l := range streams {
		serve := s.ServeTCP
		if l.transport == "tls" {
			serve = s.ServeTLS
		}
		go s.served(l.Addr(), func() error { return serve(l) })
	}
	return opened, nil
}

// stream is a listener for connections, and what they speak.
type stream struct {
	net.Listener
	transport string
}

// familyOf makes 0.0.0.0 mean IPv4 alone, as it says. [::] means both.
func familyOf(at netip.AddrPort) string {
	if at.Addr().Unmap().Is4() {
		return "4"
	}
	return ""
}

func (s *Server) served(at net.Addr, serve func() error) {
	if err := serve(); err != nil && !errors.Is(err, wire.ErrClosed) && !errors.Is(err, net.ErrClosed) {
		s.log.Error("SIP listener ended", "network", at.Network(), "addr", at.String(), "err", err)
	}
}

// ServeUDP reads SIP from c until Close. It takes ownership of c and blocks.
func (s *Server) ServeUDP(c net.PacketConn) error {
	s.startDesk()
	return s.wire.ServeUDP(c)
}

// ServeTCP accepts connections from l until Close. It takes ownership of l and blocks.
func (s *Server) ServeTCP(l net.Listener) error {
	s.startDesk()
	return s.wire.ServeTCP(l)
}

// ServeTLS is ServeTCP for connections over TLS; l accepts those of TCP.
func (s *Server) ServeTLS(l net.Listener) error {
	s.startDesk()
	return s.wire.ServeTLS(l)
}

// Reload takes over users, trunks, limits, intervals and the certificate of c, which is shown on new connections. Registrations
// of removed users go; dialogs and connections live on. Listeners, Domain and PublicIP do not change, nor does the
// certificate if c has none. The error is nil: config has checked what could be wrong.
func (s *Server) Reload(c Config) error {
	s.reloading.Lock()
	defer s.reloading.Unlock()
	old := s.config.Load()
	c.Listen, c.Domain, c.PublicIP = old.Listen, old.Domain, old.PublicIP
	c.Certificate = cmp.Or(c.Certificate, old.Certificate)
	s.config.Store(&c)
	s.reloadDesk(old, &c)
	return nil
}

// Drain begins (true) or ends refusing new INVITEs with 503 and Retry-After. Everything else is served on.
func (s *Server) Drain(on bool) { s.drain.Store(on) }

// Close ends everything at once: dialogs are forgotten without BYE and report nothing more, registrations are written,
// sockets closed, timers stopped. It waits for the readers, so it must not be called from an event.
func (s *Server) Close() {
	s.closing.Do(func() {
		for _, d := range s.dialogs.all() {
			d.forget()
		}
		s.closeDesk()
		s.wire.Close()
	})
}

// Stats reads the figures.
func (s *Server) Stats() Stats {
	w := s.wire.Stats()
	st := Stats{
		Dialogs:      s.dialogs.count(),
		Transactions: w.Clients + w.Servers,
		Malformed:    w.Malformed,
		Panics:       w.Panics + s.panics.Load(),
	}
	s.deskStats(&st)
	return st
}
