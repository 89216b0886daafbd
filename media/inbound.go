package media

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"
)

// format is what a payload type means.
type format uint8

const (
	formatNone    format = iota // nobody agreed on it
	formatUlaw                  // PCMU
	formatAlaw                  // PCMA
	formatEvent                 // telephone-event/8000
	formatComfort               // comfort noise (RFC 3389): a sign of life, no audio
)

func (f format) audio() bool { return f == formatUlaw || f == formatAlaw }

// law of an audio format.
func (f format) law() law {
	if f == formatAlaw {
		return alaw
	}
	return ulaw
}

// formats maps payload types.
type formats [128]format

// inbound is the stream a session receives: who is believed, what it holds, what is made of it.
type inbound struct {
	mu       sync.Mutex
	lock     sourceLock
	formats  formats
	loss     lossMeter
	keypad   keypad
	recorder *recorder
	first    bool      // a packet was believed
	held     bool      // the peer holds us
	expected bool      // the peer should be sending
	heard    time.Time // the last sign of life, or since when it is expected, or when its lack was last reported
}

// arrival is what a packet brought.
type arrival struct {
	kind    format // formatNone: dropped
	first   bool   // the first of the session
	key     byte
	pressed bool // a key was pressed
}

// take judges one packet and, if it is the peer's, counts it, records it and reads its key press.
func (s *Session) take(p *packet, from netip.AddrPort, now time.Time) (a arrival) {
	in := &s.in
	in.mu.Lock()
	defer in.mu.Unlock()
	kind := in.formats[p.pt]
	if kind == formatNone {
		s.stats.malformed.Add(1)
		return a
	}
	switch in.lock.judge(from, p.ssrc, p.seq, now) {
	case foreign:
		s.stats.foreign.Add(1)
		return a
	case moved:
		s.out.redirect(in.lock.destination())
	}
	s.stats.in.Add(1)
	s.stats.lost.Add(in.loss.loss(p.ssrc, p.seq))
	in.heard = now
	a.kind, a.first, in.first = kind, !in.first, true
	switch {
	case kind == formatEvent:
		a.key, a.pressed = in.keypad.press(p, now)
	case kind.audio() && in.recorder != nil:
		in.recorder.hear(p, kind.law(), now)
	}
	return a
}

// takeControl judges one RTCP packet: a sign of life, or foreign. Nothing in it, BYE included, ends anything.
func (s *Session) takeControl(from netip.AddrPort, now time.Time) {
	s.in.mu.Lock()
	defer s.in.mu.Unlock()
	if !s.in.lock.alive(from, now) {
		s.stats.foreign.Add(1)
		return
	}
	s.in.heard = now
}

// silentFor reports whether a peer that should send has not for so long; then the time counts anew.
func (in *inbound) silentFor(timeout time.Duration, now time.Time) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if !in.expected || timeout <= 0 || now.Sub(in.heard) < timeout {
		return false
	}
	in.heard = now
	return true
}

// maxReadErrors in a row end a session's reading: the socket is broken.
const maxReadErrors = 100

// read is the goroutine of a session: it reads its socket until Close.
func (s *Session) read() {
	defer s.engine.running.Done()
	var (
		buf      = make([]byte, maxPacket)
		p        packet
		failures int
	)
	for failures < maxReadErrors {
		n, from, err := s.conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			failures++
			continue
		}
		failures = 0
		from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
		s.receive(&p, buf[:n], from, time.Now())
	}
	s.fail("the RTP socket cannot be read any more")
}

// receive handles one datagram; p is the reader's scratch.
func (s *Session) receive(p *packet, datagram []byte, from netip.AddrPort, now time.Time) {
	defer s.survive()
	if isRTCP(datagram) {
		s.takeControl(from, now)
		return
	}
	if p.parse(datagram) != nil {
		s.stats.malformed.Add(1)
		return
	}
	a := s.take(p, from, now)
	if a.kind == formatNone {
		return
	}
	if a.first {
		s.events.report(FirstPacket{})
	}
	if listener := s.listener.Load(); listener != nil && a.kind != formatComfort {
		listener.out.forward(s, p, a.kind, now)
	}
	if a.pressed {
		s.events.report(Digit{Key: a.key})
	}
}
