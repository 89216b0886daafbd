package wire

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"time"
)

// Flow is where a message came from or goes to: for UDP a pair of addresses, for TCP and TLS one connection. It is
// comparable. The zero Flow is nowhere.
type Flow struct {
	Transport string         // "udp", "tcp" or "tls"
	Local     netip.AddrPort // our socket
	Remote    netip.AddrPort
	Conn      uint64 // number of the connection; 0: UDP, or "any connection to Remote, made when needed"
	Name      string // whom the far end of a TLS connection of our making must prove to be; "": the address, or they made it
}

// Config of a stack. Zero fields mean the defaults named.
type Config struct {
	Log             *slog.Logger
	Handler         Handler
	Timers          Timers                                               // RFC 3261 Table 4 if zero
	PublicIP        netip.Addr                                           // said in Via (and by Contact) instead of the local address; zero: the local address
	Dial            func(local, remote netip.AddrPort) (net.Conn, error) // outgoing TCP, also below TLS; nil: the system, 5 s
	Certificate     func() *tls.Certificate                              // shown on TLS connections that others make from now on; nil, or a nil result: there is none, and they fail
	Roots           *x509.CertPool                                       // who vouches for the far ends of TLS connections that we make; nil: those whom the system trusts
	MaxTransactions int                                                  // server transactions at once; above it answered ones go before their time, then new requests are answered 503 statelessly, those inside a dialog from a quarter more; 0: 20000
	Extensions      []string                                             // option tags taken in Require, others are answered 420; nil: 100rel, timer, replaces
	ConnsPerIP      int                                                  // TCP and TLS connections from one address that are not kept, loopback excepted; 0: 16
	MaxConns        int                                                  // TCP and TLS connections that are not kept, in all; 0: 2000
}

// Timers are the base values of RFC 3261 appendix A. They can differ from stack to stack and, for T1, from peer to peer.
type Timers struct{ T1, T2, T4 time.Duration }

// Handler is what the layer above gives. Its functions are called on the goroutine that read the message, in the order
// of arrival of each socket or connection; they must not block. A panic in one is caught, counted and logged, and costs
// that message only.
type Handler struct {
	// Door looks at a request that matches no transaction, before one is made (ACK excepted). It returns a response to
	// send without state (and the request is forgotten), or drop, or neither: then Request follows.
	Door func(*Request, Flow) (answer *Response, drop bool)
	// Request takes a new request in a server transaction. CANCEL arrives here only if it matches no INVITE.
	Request func(*ServerTx)
	// Ack takes every ACK that no INVITE transaction consumed: those for 2xx, and strangers' (ignore those).
	Ack func(*Request, Flow)
	// Closed tells that a TCP or TLS connection ended.
	Closed func(Flow)
}

// ClientHandler takes what comes of a request we sent. Called in order, must not block.
type ClientHandler struct {
	// Response: every provisional, the final one, and, for INVITE, every further 2xx (retransmitted or of a fork) for
	// 64*T1 (RFC 6026). Non-2xx finals to INVITE have been ACKed already.
	Response func(*Response)
	// Failed: no final response will come: timeout, transport error (ICMP, connection refused or closed). At most once.
	Failed func(error)
	// Ended: the transaction is over and absorbs nothing more. Always last, exactly once.
	Ended func()
}

// ClientOptions of one request. The zero value is RFC 3261's.
type ClientOptions struct {
	Silence time.Duration // fail with ErrSilent if not even a 1xx came for so long; 0: only Timer B or F counts
	T1      time.Duration // of this peer; 0: the stack's
	TCPToo  bool          // the peer is known to take TCP: requests above 1300 octets go there (RFC 3261 section 18.1.1)
}

// What can become of a request, besides a response.
var (
	ErrTimeout     = errors.New("no final response in time")
	ErrSilent      = errors.New("no sign of life in time")
	ErrUnreachable = errors.New("destination unreachable")
	ErrClosed      = errors.New("connection or stack closed")
)

// errLate is what Respond says when the final response has been sent.
var errLate = errors.New("a final response was sent already")

// Stats are counters since New, and levels now.
type Stats struct {
	In, Out      uint64 // messages
	Malformed    uint64 // refused by the gate, answered or not
	Dropped      uint64 // well-formed, but matching nothing
	Overload     uint64 // requests answered 503 because of MaxTransactions
	Panics       uint64 // caught in handlers
	Clients      int    // client transactions now
	Servers      int    // server transactions now
	Conns        int    // TCP and TLS connections now
	ConnsRefused uint64 // by ConnsPerIP or MaxConns
}
