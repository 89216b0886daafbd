package fakenet

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"sync"
	"syscall"
	"time"
)

// Options say how bad a network is. The zero value loses nothing and delivers at once. Streams (Listen, Dial) are never
// lossy: that is TCP's business.
type Options struct {
	Loss      float64       // share of datagrams lost, 0 to 1
	Duplicate float64       // share of datagrams delivered twice
	Reorder   float64       // share of datagrams held back by up to another MaxDelay, so that later ones overtake
	MinDelay  time.Duration // every datagram takes at least this
	MaxDelay  time.Duration // and at most this; below MinDelay: exactly MinDelay
	Refuse    bool          // sending to an address nobody listens at is an error (ECONNREFUSED) instead of silence
	MTU       int           // datagrams above this are lost; 0: 65507, above which sending is an error
}

// Packet is one datagram as the tap sees it.
type Packet struct {
	At       time.Time
	From, To netip.AddrPort
	Data     []byte
	Lost     bool // by loss, MTU, filter or for want of a receiver
}

// Network is one such network. Its methods may be called from any goroutine.
type Network struct {
	options Options

	mu        sync.Mutex
	random    *rand.Rand
	sockets   map[netip.AddrPort]*Conn
	listeners map[netip.AddrPort]*listener
	nextPort  uint16
	filter    func(from, to netip.AddrPort, data []byte) (drop bool)
	taping    bool
	tape      []Packet
}

// New makes a network. The same seed and the same order of sends give the same losses.
func New(seed uint64, o Options) *Network {
	if o.MTU == 0 {
		o.MTU = 65507
	}
	return &Network{
		options: o, random: rand.New(rand.NewPCG(seed, 0)), nextPort: 40000,
		sockets: map[netip.AddrPort]*Conn{}, listeners: map[netip.AddrPort]*listener{},
	}
}

// Filter sets a function that sees each datagram before anything else and may drop it; nil takes it away. It is called
// with the network locked and must not call it.
func (n *Network) Filter(f func(from, to netip.AddrPort, data []byte) (drop bool)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.filter = f
}

// Tap begins to record datagrams, forgetting what was recorded.
func (n *Network) Tap() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.taping, n.tape = true, nil
}

// Tape returns what was recorded since Tap, in the order it was sent.
func (n *Network) Tape() []Packet {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.tape)
}

var errTooLong = &net.OpError{Op: "write", Net: "fake", Err: syscall.EMSGSIZE}

// send decides the fate of one datagram.
func (n *Network) send(from *Conn, to netip.AddrPort, data []byte) error {
	if len(data) > 65507 {
		return errTooLong
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	target := n.sockets[to]
	o := &n.options
	// The dice are thrown in any case, so that a filter does not change the fate of other datagrams.
	lost := n.random.Float64() < o.Loss
	twice := n.random.Float64() < o.Duplicate
	late := n.random.Float64() < o.Reorder
	if n.filter != nil && n.filter(from.addr, to, data) || len(data) > o.MTU || target == nil {
		lost = true
	}
	data = slices.Clone(data)
	if n.taping {
		n.tape = append(n.tape, Packet{At: time.Now(), From: from.addr, To: to, Data: data, Lost: lost})
	}
	if target == nil && o.Refuse {
		return &net.OpError{Op: "write", Net: "fake", Err: syscall.ECONNREFUSED}
	}
	if lost {
		return nil
	}
	n.deliver(target, from.addr, data, n.delay(late))
	if twice {
		n.deliver(target, from.addr, data, n.delay(late))
	}
	return nil
}

// delay draws how long a datagram takes.
func (n *Network) delay(late bool) time.Duration {
	o := &n.options
	d := o.MinDelay
	if o.MaxDelay > d {
		d += time.Duration(n.random.Int64N(int64(o.MaxDelay-d) + 1))
	}
	if late {
		d += time.Duration(n.random.Int64N(int64(max(o.MaxDelay, time.Millisecond)))) + 1
	}
	return d
}

func (n *Network) deliver(to *Conn, from netip.AddrPort, data []byte, after time.Duration) {
	if after == 0 {
		to.put(from, data)
		return
	}
	time.AfterFunc(after, func() { to.put(from, data) })
}

// errInUse: the address has a socket already.
var errInUse = errors.New("address in use")

// free gives a port to an address that wants any.
func (n *Network) free(addr netip.AddrPort, taken func(netip.AddrPort) bool) (netip.AddrPort, error) {
	if !addr.IsValid() || addr.Addr().IsUnspecified() {
		return addr, fmt.Errorf("listen at %s: a fake socket needs an address of its own", addr)
	}
	if addr.Port() != 0 {
		if taken(addr) {
			return addr, fmt.Errorf("listen at %s: %w", addr, errInUse)
		}
		return addr, nil
	}
	for range 20000 {
		n.nextPort = max(n.nextPort+1, 40000)
		if a := netip.AddrPortFrom(addr.Addr(), n.nextPort); !taken(a) {
			return a, nil
		}
	}
	return addr, fmt.Errorf("listen at %s: no port left", addr)
}
