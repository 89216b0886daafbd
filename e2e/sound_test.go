package e2e

import (
	"encoding/binary"
	"fmt"
	"math"
	"net"
	"slices"
	"sync"
	"testing"
	"time"
)

// frame is 20 ms of telephone audio.
const frame = 160

// ear is a socket for audio: it speaks a tone and keeps what it hears. SIPp does the signalling and names the ear in its SDP.
type ear struct {
	t    testing.TB
	conn *net.UDPConn
	stop chan struct{}

	mu    sync.Mutex
	heard []packet
}

// packet is one RTP packet that came.
type packet struct {
	at      time.Time
	from    string
	kind    byte // payload type
	seq     uint16
	ssrc    uint32
	payload []byte
}

// listen opens an ear at an address.
func (x *exchange) listen(ip string) *ear {
	x.t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.ParseIP(ip)})
	if err != nil {
		x.t.Fatal(err)
	}
	e := &ear{t: x.t, conn: conn, stop: make(chan struct{})}
	go e.receive()
	x.t.Cleanup(func() {
		close(e.stop)
		conn.Close()
	})
	return e
}

func (e *ear) port() int { return e.conn.LocalAddr().(*net.UDPAddr).Port }

func (e *ear) receive() {
	b := make([]byte, 2048)
	for {
		n, from, err := e.conn.ReadFromUDPAddrPort(b)
		if err != nil {
			return
		}
		if n <= 12 || b[0]>>6 != 2 {
			continue
		}
		p := packet{time.Now(), from.String(), b[1] & 0x7f, binary.BigEndian.Uint16(b[2:]), binary.BigEndian.Uint32(b[8:]), append([]byte(nil), b[12:n]...)}
		e.mu.Lock()
		e.heard = append(e.heard, p)
		e.mu.Unlock()
	}
}

// all is every packet until now.
func (e *ear) all() []packet {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.heard[:len(e.heard):len(e.heard)]
}

// speak sends a tone of that frequency to an address, 50 packets a second, until the test or the returned function ends it.
func (e *ear) speak(to string, hertz float64) (quiet func()) {
	e.t.Helper()
	addr, err := net.ResolveUDPAddr("udp", to)
	if err != nil {
		e.t.Fatal(err)
	}
	end := make(chan struct{})
	go func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		head := []byte{0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, byte(hertz)}
		began, n := time.Now(), 0
		for {
			for ; n <= int(time.Since(began)/(20*time.Millisecond)); n++ { // a busy machine skips ticks
				binary.BigEndian.PutUint16(head[2:], uint16(n))
				binary.BigEndian.PutUint32(head[4:], uint32(n*frame))
				e.conn.WriteToUDP(append(head[:12:12], tone(hertz, n*frame)...), addr)
			}
			select {
			case <-tick.C:
			case <-end:
				return
			case <-e.stop:
				return
			}
		}
	}()
	return sync.OnceFunc(func() { close(end) })
}

// loudness of the tones that ears speak: amplitude of the sine, of 32768.
const loudness = 8000

// tone is 20 ms of PCMU, from the n-th sample on.
func tone(hertz float64, n int) []byte {
	out := make([]byte, frame)
	for i := range out {
		out[i] = toMulaw(loudness * math.Sin(2*math.Pi*hertz*float64(n+i)/8000))
	}
	return out
}

// pcm is what was heard since a time, decoded; only PCMU is.
func (e *ear) pcm(since time.Time) []float64 { return e.between(since, time.Now()) }

func (e *ear) between(since, until time.Time) (samples []float64) {
	for _, p := range e.all() {
		if p.at.Before(since) || p.at.After(until) || p.kind != 0 {
			continue
		}
		for _, b := range p.payload {
			samples = append(samples, fromMulaw(b))
		}
	}
	return samples
}

// awaitLoud waits until half a second of something louder than silence was heard, as packets that follow each other.
func (e *ear) awaitLoud() {
	e.t.Helper()
	since := time.Now()
	await(e.t, "sound", patience, func() bool {
		s := e.pcm(since)
		return len(s) > 4000 && rms(s[len(s)-4000:]) > 200
	})
}

// awaitTone waits until the last 200 ms heard are that tone.
func (e *ear) awaitTone(hertz float64) {
	e.t.Helper()
	since := time.Now()
	await(e.t, fmt.Sprintf("a tone of %.0f Hz", hertz), patience, func() bool {
		s := e.pcm(since)
		return len(s) >= 1600 && share(s[len(s)-1600:], hertz) > 0.7
	})
}

// share is how much of the energy of samples lies at a frequency, 0 to 1: Fourier coefficients of a tenth of a second against
// the whole, so that a tone that begins again counts like one that goes on.
func share(samples []float64, hertz float64) float64 {
	var there, all float64
	for block := range slices.Chunk(samples, 800) {
		var re, im float64
		for i, s := range block {
			sin, cos := math.Sincos(2 * math.Pi * hertz * float64(i) / 8000)
			re, im, all = re+s*cos, im+s*sin, all+s*s
		}
		there += 2 * (re*re + im*im) / float64(len(block))
	}
	if all == 0 {
		return 0
	}
	return there / all
}

func rms(samples []float64) float64 {
	var sum float64
	for _, s := range samples {
		sum += s * s
	}
	return math.Sqrt(sum / float64(max(1, len(samples))))
}

// toMulaw and fromMulaw are G.711 by its formula, not its tables: good to a step of the code.
func toMulaw(v float64) byte {
	sign := byte(0)
	if v < 0 {
		v, sign = -v, 0x80
	}
	n := int(math.Min(v, 32635)) + 132
	exponent := 7
	for mask := 0x4000; n&mask == 0 && exponent > 0; mask >>= 1 {
		exponent--
	}
	return ^(sign | byte(exponent<<4) | byte(n>>(exponent+3)&0x0f))
}

func fromMulaw(b byte) float64 {
	b = ^b
	v := float64((int(b&0x0f)<<3+132)<<(b>>4&7) - 132)
	if b&0x80 != 0 {
		return -v
	}
	return v
}

// unbroken checks that packets came without a gap since a time: every number once, from one source, and never late by more
// than the machine's own hiccups.
func (e *ear) unbroken(since time.Time) {
	e.t.Helper()
	const hiccup = 700 * time.Millisecond // keep-alives, sent for want of sound, are a second apart
	var before *packet
	for _, p := range e.all() {
		if p.at.Before(since) {
			continue
		}
		if before != nil {
			if p.seq != before.seq+1 || p.ssrc != before.ssrc {
				e.t.Errorf("packet %d of source %x follows %d of %x", p.seq, p.ssrc, before.seq, before.ssrc)
			}
			if gap := p.at.Sub(before.at); gap > hiccup {
				e.t.Errorf("no sound for %v", gap)
			}
		}
		before = &p
	}
	if before == nil {
		e.t.Error("no sound at all")
	}
}

// awaitMusic waits until half a second was heard that is neither silence nor one of these tones.
func (e *ear) awaitMusic(tones ...float64) {
	e.t.Helper()
	since := time.Now()
	await(e.t, "music", patience, func() bool {
		s := e.pcm(since)
		return len(s) >= 4000 && music(s[len(s)-4000:], tones...)
	})
}

// hearsTone waits for a pure tone, and checks its level.
func (e *ear) hearsTone(hertz float64) {
	e.t.Helper()
	since := time.Now()
	var last []float64
	await(e.t, fmt.Sprintf("a pure tone of %.0f Hz", hertz), patience, func() bool {
		s := e.pcm(since)
		if len(s) < 4000 {
			return false
		}
		last = s[len(s)-4000:]
		return share(last, hertz) > pure
	})
	asSpoken(e.t, e.conn.LocalAddr().String(), last, hertz)
}
