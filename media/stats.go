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
