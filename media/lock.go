package media

import (
	"net/netip"
	"time"
)

const (
	latchWindow  = 5 * time.Second // after a new remote description a source may prove itself with latchRun packets
	latchRun     = 4               // packets in sequence with one SSRC that prove a source in that time
	relatchAfter = 2 * time.Second // the source must have been silent so long before another may replace it
	relatchRun   = 8               // packets in sequence with one SSRC that another source must show then
	suspects     = 4               // sources on probation at a time
)

// sourceLock decides whose packets a session believes, and so where it sends to. It knows three addresses: the one
// the peer's SDP names, which is believed at once; the one its signalling comes from; and the source that proved
// itself, which is how a phone behind NAT is found. All others are foreign. One packet never moves anything.
//
//	           SDP names an address          packet from it
//	(closed) ----------------------> open ---------------------------> locked
//	                                  |  4 in sequence, first 5 s        |  ^
//	                                  +--------------------------------->+  |
//	                                     source silent 2 s, 8 in sequence +-+
//
// The zero value believes nobody. It is a pure machine: times are arguments.
type sourceLock struct {
	signalling netip.Addr     // where the peer's signalling comes from; zero: not known
	own        netip.Addr     // where we listen; zero: not known
	named      netip.AddrPort // what the peer's SDP names; its port is 0 before the first description
	opened     time.Time      // when named last changed

	source netip.AddrPort // the source believed; zero: none yet
	ssrc   uint32         // its stream
	heard  time.Time      // its last packet, RTCP included

	probation [suspects]suspect
}

// suspect is a source, or a new stream of the source believed, that is proving itself.
type suspect struct {
	from netip.AddrPort
	ssrc uint32
	seq  uint16
	run  int
	last time.Time
}

// verdict is what a packet is worth.
type verdict uint8

const (
	foreign  verdict = iota // drop it
	believed                // from the peer
	moved                   // from the peer, whose address is new: send there from now on
)

// expect tells the lock what a new remote description names. The address of before, and one that says only "do not
// send" (0.0.0.0), change nothing: a refreshed session keeps its source.
func (l *sourceLock) expect(named netip.AddrPort, now time.Time) {
	if named.Addr().IsValid() && named.Addr().IsUnspecified() && l.open() {
		return
	}
	if named == l.named && l.open() {
		return
	}
	*l = sourceLock{signalling: l.signalling, own: l.own, named: named, opened: now}
}

// open: a description has come.
func (l *sourceLock) open() bool { return !l.opened.IsZero() }

// destination is where to send: to the source believed, else to the address named; zero if neither can be sent to.
func (l *sourceLock) destination() netip.AddrPort {
	switch {
	case l.source.IsValid():
		return l.source
	case l.named.Port() != 0 && single(l.named.Addr()):
		return l.named
	}
	return netip.AddrPort{}
}

// single: an address of one host; nobody makes us send to a whole network.
func single(a netip.Addr) bool {
	return a.IsValid() && !a.IsUnspecified() && !a.IsMulticast() && a != netip.AddrFrom4([4]byte{255, 255, 255, 255})
}

// judge looks at one RTP packet.
func (l *sourceLock) judge(from netip.AddrPort, ssrc uint32, seq uint16, now time.Time) verdict {
	switch {
	case !l.open():
		return foreign
	case from == l.source && ssrc == l.ssrc:
		l.heard = now
		return believed
	case from == l.source: // a new stream of the peer, or one forged to look like it: it has to prove itself
		if !l.proves(from, ssrc, seq, latchRun, now) {
			return foreign
		}
		return l.believe(from, ssrc, now)
	case from == l.named: // not learnt but signalled; it also takes over from a source found by latching
		return l.believe(from, ssrc, now)
	}
	run := l.needed(from, now)
	if run == 0 || !l.proves(from, ssrc, seq, run, now) {
		return foreign
	}
	return l.believe(from, ssrc, now)
}

// alive looks at one RTCP packet on our port: true if it is a sign of life of the peer.
func (l *sourceLock) alive(from netip.AddrPort, now time.Time) bool {
	if !l.open() || from != l.destination() {
		return false
	}
	if from == l.source {
		l.heard = now
	}
	return true
}

// needed is how many packets in sequence the address must show to be believed; 0: none are enough.
func (l *sourceLock) needed(from netip.AddrPort, now time.Time) int {
	// What comes from our own address is a program on this machine: unless told otherwise, the system sends its packets
	// from the address they go to.
	near := from.Addr() == l.signalling || from.Addr() == l.named.Addr() || from.Addr() == l.source.Addr() || from.Addr() == l.own
	if !l.source.IsValid() && now.Sub(l.opened) < latchWindow {
		if near || l.hidden() {
			return latchRun
		}
		return 0
	}
	silentSince := l.heard
	if !l.source.IsValid() {
		silentSince = l.opened
	}
	if near && now.Sub(silentSince) >= relatchAfter {
		return relatchRun
	}
	return 0
}

// hidden: the SDP names an address that cannot be the one we would see, so the peer is behind NAT.
func (l *sourceLock) hidden() bool {
	a := l.named.Addr()
	return (!a.IsValid() || inside(a)) && l.signalling.IsValid() && !inside(l.signalling)
}

// inside: an address that means something only within its own network.
func inside(a netip.Addr) bool {
	return a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || sharedSpace.Contains(a)
}

// sharedSpace is the address space behind a carrier's NAT (RFC 6598).
var sharedSpace = netip.MustParsePrefix("100.64.0.0/10")

func (l *sourceLock) believe(from netip.AddrPort, ssrc uint32, now time.Time) verdict {
	before := l.destination()
	l.source, l.ssrc, l.heard = from, ssrc, now
	l.probation = [suspects]suspect{}
	if from != before {
		return moved
	}
	return believed
}

// proves counts a packet of a source on probation: true when it is the last of the run wanted.
func (l *sourceLock) proves(from netip.AddrPort, ssrc uint32, seq uint16, run int, now time.Time) bool {
	oldest := &l.probation[0]
	for i := range l.probation {
		s := &l.probation[i]
		if s.from == from && s.ssrc == ssrc {
			if seq == s.seq {
				return false // a duplicate proves nothing and spoils nothing
			}
			if seq == s.seq+1 {
				s.run++
			} else {
				s.run = 1
			}
			s.seq, s.last = seq, now
			return s.run >= run
		}
		if s.last.Before(oldest.last) {
			oldest = s
		}
	}
	*oldest = suspect{from: from, ssrc: ssrc, seq: seq, run: 1, last: now}
	return run <= 1
}
