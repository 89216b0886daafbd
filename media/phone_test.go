package media

import (
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtp"
)

// memNet is a network in memory: what is written to an address is read there, at once and in order.
type memNet struct {
	mu    sync.Mutex
	conns map[netip.AddrPort]*memConn
}

type datagram struct {
	octets []byte
	from   netip.AddrPort
}

type memConn struct {
	net    *memNet
	at     netip.AddrPort
	queue  chan datagram
	closed chan struct{}
	once   sync.Once
}

func newMemNet() *memNet { return &memNet{conns: make(map[netip.AddrPort]*memConn)} }

func (n *memNet) listen(at netip.AddrPort) (PacketConn, error) { return n.open(at) }

func (n *memNet) open(at netip.AddrPort) (*memConn, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.conns[at] != nil {
		return nil, fmt.Errorf("%s is in use", at)
	}
	c := &memConn{net: n, at: at, queue: make(chan datagram, 4096), closed: make(chan struct{})}
	n.conns[at] = c
	return c, nil
}

func (c *memConn) ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error) {
	select {
	case d := <-c.queue:
		return copy(b, d.octets), d.from, nil
	case <-c.closed:
		return 0, netip.AddrPort{}, net.ErrClosed
	}
}

func (c *memConn) WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error) {
	return len(b), c.net.write(b, c.at, to)
}

func (n *memNet) write(b []byte, from, to netip.AddrPort) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if c := n.conns[to]; c != nil {
		select {
		case c.queue <- datagram{append([]byte(nil), b...), from}:
		default:
		}
	}
	return nil
}

func (c *memConn) LocalAddr() net.Addr { return net.UDPAddrFromAddrPort(c.at) }

func (c *memConn) Close() error {
	c.once.Do(func() {
		close(c.closed)
		c.net.mu.Lock()
		delete(c.net.conns, c.at)
		c.net.mu.Unlock()
	})
	return nil
}

var (
	serverAddr = netip.MustParseAddr("192.0.2.1")
	testConfig = Config{
		MinPort: 20000, MaxPort: 20099, Codecs: []string{"pcmu", "pcma"}, RTPTimeout: time.Minute,
		Music: map[string]string{"default": "builtin"},
	}
)

// world is an engine on a network in memory.
type world struct {
	*testing.T
	net    *memNet
	engine *Engine
}

// inWorld runs a test on fake time.
func inWorld(t *testing.T, test func(w *world)) {
	inWorldWith(t, testConfig, test)
}

func inWorldWith(t *testing.T, c Config, test func(w *world)) {
	builtinMusic() // rendered outside: it is shared by all worlds
	tones()
	prompts()
	synctest.Test(t, func(t *testing.T) {
		w := &world{T: t, net: newMemNet()}
		c := c
		c.Music = maps.Clone(c.Music)
		c.Listen = w.net.listen
		engine, err := New(c, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		defer engine.Close()
		w.engine = engine
		test(w)
	})
}

// run lets time go by.
func (w *world) run(d time.Duration) {
	<-time.After(d) // fake time
	synctest.Wait()
}

// phone is one peer of a session: it notes what it hears.
type phone struct {
	*world
	session *Session
	conn    *memConn
	to      netip.AddrPort // the session's port
	pt      uint8
	seq     uint16
	stamp   uint32
	ssrc    uint32

	mu     sync.Mutex
	events []Event
}

// phone opens a session and a phone at an address, without any description yet.
func (w *world) bare(addr string) *phone {
	w.Helper()
	at := netip.MustParseAddrPort(addr)
	p := &phone{world: w, seq: 1000, stamp: 5000, ssrc: uint32(at.Port()) << 8}
	session, err := w.engine.Open(Options{Local: serverAddr, Signalling: at.Addr(), Events: p.note})
	if err != nil {
		w.Fatal(err)
	}
	p.session, p.to = session, session.said
	if p.conn, err = w.net.open(at); err != nil {
		w.Fatal(err)
	}
	return p
}

// phone opens a session that has answered the phone's offer.
func (w *world) phone(addr string, codec string) *phone {
	w.Helper()
	p := w.bare(addr)
	p.offers(codec, "")
	return p
}

// offers sends an offer and returns the answer.
func (p *phone) offers(codec, direction string) string {
	p.Helper()
	d, err := Parse([]byte(offerOf(p.conn.at, codec, direction)))
	if err != nil {
		p.Fatal(err)
	}
	answer, err := p.session.Answer(d)
	if err != nil {
		p.Fatal(err)
	}
	c, _ := codecNamed(codec)
	p.pt = c.pt
	return string(answer)
}

func offerOf(at netip.AddrPort, codec, direction string) string {
	c, _ := codecNamed(codec)
	body := fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 %[1]s\r\ns=-\r\nc=IN IP4 %[1]s\r\nt=0 0\r\nm=audio %[2]d RTP/AVP %[3]d 96\r\n"+
		"a=rtpmap:96 telephone-event/8000\r\n", at.Addr(), at.Port(), c.pt)
	if direction != "" {
		body += "a=" + direction + "\r\n"
	}
	return body
}

func (p *phone) note(e Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.events = append(p.events, e)
}

// happened returns the events since the last time.
func (p *phone) happened() []Event {
	p.mu.Lock()
	defer p.mu.Unlock()
	events := p.events
	p.events = nil
	return events
}

// says sends one packet with the payload, 20 ms after the last.
func (p *phone) says(payload []byte) { p.saysFrom(p.conn.at, payload) }

func (p *phone) saysFrom(from netip.AddrPort, payload []byte) {
	p.Helper()
	p.seq++
	p.stamp += frameSamples
	p.raw(from, rtp.Packet{
		Header: rtp.Header{
			Version: 2, PayloadType: p.pt, SequenceNumber: p.seq, Timestamp: p.stamp, SSRC: p.ssrc,
		},
		Payload: payload,
	})
}

func (p *phone) raw(from netip.AddrPort, packet rtp.Packet) {
	p.Helper()
	b, err := packet.Marshal()
	if err != nil {
		p.Fatal(err)
	}
	if err := p.net.write(b, from, p.to); err != nil {
		p.Fatal(err)
	}
}

// talks sends n packets of a frame of octets, one each 20 ms.
func (p *phone) talks(n int, octet byte) {
	p.Helper()
	for range n {
		p.says(frameOf(octet))
		p.run(frameTime)
	}
}

func frameOf(octet byte) []byte {
	b := make([]byte, frameSamples)
	for i := range b {
		b[i] = octet
	}
	return b
}

// hears returns the packets that came since the last time.
func (p *phone) hears() (packets []rtp.Packet) {
	p.Helper()
	synctest.Wait()
	for {
		select {
		case d := <-p.conn.queue:
			var packet rtp.Packet
			if err := packet.Unmarshal(d.octets); err != nil {
				p.Fatalf("got no RTP: %v", err)
			}
			packets = append(packets, packet)
		default:
			return packets
		}
	}
}

func addrPort(a netip.Addr, port int) netip.AddrPort { return netip.AddrPortFrom(a, uint16(port)) }
