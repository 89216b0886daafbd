package media

import (
	"log/slog"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/rtp"
)

// wire is a session on a real socket of the loopback and a peer that is believed.
type wire struct {
	testing.TB
	session *Session
	peer    *net.UDPConn
	to      netip.AddrPort
	packet  rtp.Packet
	buf     []byte
}

func loopbackEngine(t testing.TB, low, high int) *Engine {
	t.Helper()
	e, err := New(Config{
		MinPort: low, MaxPort: high, Codecs: []string{"pcmu", "pcma"}, Music: map[string]string{"default": "builtin"},
	}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

func plug(t testing.TB, e *Engine, ip, codec string) *wire {
	t.Helper()
	addr := netip.MustParseAddr(ip)
	peer, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(addr, 0)))
	if err != nil {
		t.Skipf("no %s here: %v", ip, err)
	}
	t.Cleanup(func() { peer.Close() })
	s, err := e.Open(Options{Local: addr, Signalling: addr})
	if err != nil {
		t.Fatal(err)
	}
	at := peer.LocalAddr().(*net.UDPAddr).AddrPort()
	c, _ := codecNamed(codec)
	d := &Description{
		Addr: netip.AddrPortFrom(at.Addr().Unmap(), at.Port()), Direction: SendRecv,
		Formats: []Format{static[c.pt], {96, "telephone-event", 8000}}, lines: []line{{kind: audioLine, proto: plainRTP, formats: "0"}},
	}
	if _, err := s.Answer(d); err != nil {
		t.Fatal(err)
	}
	w := &wire{TB: t, session: s, peer: peer, to: s.said, buf: make([]byte, maxPacket)}
	w.packet = rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: c.pt, SSRC: 1}, Payload: frameOf(0x42)}
	return w
}

// send sends the next packet of the peer.
func (w *wire) send() {
	w.packet.SequenceNumber++
	w.packet.Timestamp += frameSamples
	n, err := w.packet.MarshalTo(w.buf)
	if err != nil {
		w.Fatal(err)
	}
	if _, err := w.peer.WriteToUDPAddrPort(w.buf[:n], w.to); err != nil {
		w.Fatal(err)
	}
}

// receive waits for one packet with the first octet of its payload.
func (w *wire) receive(octet byte) {
	if err := w.peer.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		w.Fatal(err)
	}
	for {
		n, _, err := w.peer.ReadFromUDPAddrPort(w.buf)
		if err != nil {
			w.Fatalf("waiting for %#02x: %v", octet, err)
		}
		if n > rtpHeader && w.buf[rtpHeader] == octet {
			return
		}
	}
}

func TestRelayOnTheLoopback(t *testing.T) {
	for _, ip := range []string{"127.0.0.1", "::1"} {
		t.Run(ip, func(t *testing.T) {
			e := loopbackEngine(t, 41000, 41099)
			a, b := plug(t, e, ip, "pcmu"), plug(t, e, ip, "pcmu")
			Bridge(a.session, b.session)
			for i := range byte(50) {
				a.packet.Payload = frameOf(i)
				a.send()
				b.receive(i)
			}
		})
	}
}

func TestMusicOnTheLoopback(t *testing.T) {
	e := loopbackEngine(t, 41000, 41099)
	w := plug(t, e, "127.0.0.1", "pcma")
	must(t, w.session.Play(Sound{Beep: true}))
	w.receive(silence[alaw]) // the beep begins at zero
	began := time.Now()
	var p rtp.Packet
	for range 25 {
		n, _, err := w.peer.ReadFromUDPAddrPort(w.buf)
		must(t, err)
		must(t, p.Unmarshal(w.buf[:n]))
	}
	if took := time.Since(began); took < 350*time.Millisecond {
		t.Errorf("25 packets in %v", took)
	}
}

// TestNoAllocationForAPacket: neither relaying nor playing leaves garbage behind.
func TestNoAllocationForAPacket(t *testing.T) {
	e := loopbackEngine(t, 41000, 41099)
	a, b := plug(t, e, "127.0.0.1", "pcmu"), plug(t, e, "127.0.0.1", "pcma")
	Bridge(a.session, b.session)
	from := a.peer.LocalAddr().(*net.UDPAddr).AddrPort()
	var p packet
	now := time.Now()
	relay := testing.AllocsPerRun(1000, func() {
		a.packet.SequenceNumber++
		a.packet.Timestamp += frameSamples
		n, _ := a.packet.MarshalTo(a.buf)
		now = now.Add(frameTime)
		a.session.receive(&p, a.buf[:n], from, now)
	})
	if relay != 0 {
		t.Errorf("%v allocations to relay a packet", relay)
	}
	must(t, b.session.Play(Sound{Music: "default"}))
	round := uint64(1 << 20)
	music := testing.AllocsPerRun(1000, func() {
		round++
		now = now.Add(frameTime)
		b.session.beat(round, now)
	})
	if music != 0 {
		t.Errorf("%v allocations to send a packet of music", music)
	}
	if st := b.session.Stats(); st.PacketsOut < 2000 || st.Unsent > 0 {
		t.Errorf("got %+v", st)
	}
}

// BenchmarkRelay is a packet's way from one peer's socket to the other's, both ends included.
func BenchmarkRelay(b *testing.B) {
	e := loopbackEngine(b, 41000, 41099)
	from, to := plug(b, e, "127.0.0.1", "pcmu"), plug(b, e, "127.0.0.1", "pcma")
	Bridge(from.session, to.session)
	want := crossed[ulaw][0x42]
	from.send()
	to.receive(want)
	b.ReportAllocs()
	for b.Loop() {
		from.send()
		to.receive(want)
	}
}

// BenchmarkMusic is one packet to each of 1,000 listeners.
func BenchmarkMusic(b *testing.B) {
	const listeners = 1000
	e := loopbackEngine(b, 42000, 44999)
	sink, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		b.Fatal(err)
	}
	defer sink.Close()
	d := &Description{
		Addr: sink.LocalAddr().(*net.UDPAddr).AddrPort(), Direction: SendRecv, Formats: []Format{static[0]},
		lines: []line{{kind: audioLine, proto: plainRTP, formats: "0"}},
	}
	var sessions []*Session
	for range listeners {
		s, err := e.Open(Options{Local: netip.MustParseAddr("127.0.0.1")})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := s.Answer(d); err != nil {
			b.Fatal(err)
		}
		if err := s.Play(Sound{Music: "default"}); err != nil {
			b.Fatal(err)
		}
		e.clock.remove(s) // the benchmark is the clock
		sessions = append(sessions, s)
	}
	round, now := uint64(1<<20), time.Now()
	b.ReportAllocs()
	for b.Loop() {
		round++
		now = now.Add(frameTime)
		for _, s := range sessions {
			s.beat(round, now)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/listeners, "ns/packet")
}

func FuzzRTP(f *testing.F) {
	for _, p := range []rtp.Packet{
		{Header: rtp.Header{Version: 2}, Payload: frameOf(1)},
		{Header: rtp.Header{Version: 2, PayloadType: 96, CSRC: []uint32{1, 2}}, Payload: []byte{1, 0x80, 0, 160}},
		{Header: rtp.Header{Version: 2, Padding: true, PaddingSize: 4}, Payload: frameOf(2)},
	} {
		b, err := p.Marshal()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte{0x80, 201, 0, 1, 0, 0, 0, 1})
	f.Add([]byte{0x90, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0xbe, 0xde, 0, 1, 0x10, 0xff, 0, 0, 1, 2, 3})
	e := loopbackEngine(f, 45000, 45099)
	a, b := plug(f, e, "127.0.0.1", "pcmu"), plug(f, e, "127.0.0.1", "pcma")
	Bridge(a.session, b.session)
	from := a.peer.LocalAddr().(*net.UDPAddr).AddrPort()
	now := time.Now()
	f.Fuzz(func(t *testing.T, datagram []byte) {
		now = now.Add(frameTime)
		var p packet
		a.session.receive(&p, datagram, from, now)
		if st := e.Stats(); st.Panics > 0 {
			t.Fatal("a packet made the session fail")
		}
	})
}
