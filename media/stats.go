package media

import (
	"net/netip"
	"sync/atomic"
)

// Stats is a snapshot of the engine. All packet figures are RTP packets since New, of running and ended sessions.
type Stats struct {
	Sessions  int
	PortsUsed int // lent to sessions
	Ports     int // in the range, resting ones included

	PacketsIn  int64 // believed
	PacketsOut int64
	Lost       int64 // missing in the peers' sequence numbers
	Foreign    int64 // dropped: not from the peer
	Malformed  int64 // dropped: no RTP, or a payload type nobody agreed on
	Unsent     int64 // the network refused them

	Panics     int64 // faults of ours; each ended one session at most
	LateTicks  int64 // 5 ms steps the clock left out because the machine stood still
	Recordings int   // being written
}

// SessionStats is a snapshot of one session.
type SessionStats struct {
	PacketsIn  int64 // believed
	PacketsOut int64
	Lost       int64 // missing in the peer's sequence numbers
	Foreign    int64 // dropped: not from the peer
	Malformed  int64 // dropped: no RTP, or a payload type nobody agreed on
	Unsent     int64 // the network refused them

	Heard  bool           // the first packet of the peer has come
	Remote netip.AddrPort // where we send; zero: not known yet
	Codec  string         // "pcmu" or "pcma"; empty before an agreement
}

// counters of one session; read and written without a lock.
type counters struct {
	in, out, lost, foreign, malformed, unsent atomic.Int64
}

// addTo adds the counters to a snapshot.
func (c *counters) addTo(s *Stats) {
	s.PacketsIn += c.in.Load()
	s.PacketsOut += c.out.Load()
	s.Lost += c.missing()
	s.Foreign += c.foreign.Load()
	s.Malformed += c.malformed.Load()
	s.Unsent += c.unsent.Load()
}

// missing is what is lost; duplicates, which count as late packets, never make it negative.
func (c *counters) missing() int64 { return max(c.lost.Load(), 0) }

// lossMeter counts gaps in the peer's sequence numbers. Packets that come late fill their gap again.
type lossMeter struct {
	started bool
	ssrc    uint32
	seq     uint16 // the newest
}

// loss is how many packets were found missing by this one; negative: one of those came late.
func (m *lossMeter) loss(ssrc uint32, seq uint16) int64 {
	ahead := int16(seq - m.seq)
	if !m.started || ssrc != m.ssrc || ahead > maxSeqJump || ahead < -maxSeqJump {
		m.started, m.ssrc, m.seq = true, ssrc, seq
		return 0
	}
	switch {
	case ahead > 0:
		m.seq = seq
		return int64(ahead) - 1
	case ahead < 0:
		return -1
	}
	return 0
}
