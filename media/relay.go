package media

import "time"

const (
	maxSeqJump   = 500            // packets; a larger jump is a new stream under the old SSRC
	maxTimeAhead = 2 * sampleRate // how far a timestamp may run ahead of the clock on the wall
)

// mapping carries the numbers of a bridged stream over to our own: both are shifted by a constant, so loss and
// reordering stay visible to the receiver. Where the stream breaks (another SSRC, a jump), a new mapping begins.
type mapping struct {
	valid     bool
	ssrc      uint32
	first     uint16 // the source's sequence number where the mapping begins; follows newest at a distance
	newest    uint16 // the newest one seen
	timestamp uint32 // the newest one seen of audio
	heard     time.Time
	seqBy     uint16
	timeBy    uint32
}

// fits: the packet belongs to the stream mapped.
func (m *mapping) fits(p *packet, kind format, now time.Time) bool {
	if !m.valid || p.ssrc != m.ssrc {
		return false
	}
	ahead := int16(p.seq - m.newest)
	if ahead > maxSeqJump || ahead < -maxSeqJump {
		return false
	}
	if kind == formatEvent || ahead <= 0 {
		return true // an event keeps the timestamp of its beginning
	}
	gone := int64(now.Sub(m.heard) * sampleRate / time.Second)
	moved := int64(int32(p.timestamp - m.timestamp))
	return moved >= 0 && moved <= gone+maxTimeAhead
}

// saw remembers a packet that fits.
func (m *mapping) saw(p *packet, kind format, now time.Time) {
	if int16(p.seq-m.newest) < 0 {
		return
	}
	m.newest = p.seq
	if m.newest-m.first > 2*maxSeqJump {
		m.first = m.newest - maxSeqJump // keeps up, so that the comparison never wraps
	}
	if kind != formatEvent {
		m.timestamp, m.heard = p.timestamp, now
	}
}

// forward sends a packet of a bridged session; p's buffer is rewritten. Numbers, payload type and, where the peers
// differ, the law are ours; the payload is the source's.
func (o *outbound) forward(from *Session, p *packet, kind format, now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.bridge != from || !o.agreed || o.muted || !o.to.IsValid() || p.begin == p.end {
		return
	}
	pt, span := o.pt, uint32(p.end-p.begin)
	if kind == formatEvent {
		e, ok := parseEvent(p.payload())
		if o.eventPT == 0 || !ok {
			return
		}
		pt, span = o.eventPT, max(uint32(e.duration), frameSamples)
	} else if from := kind.law(); from != o.law {
		from.cross(p.payload())
	}
	m := &o.relayed
	if !m.fits(p, kind, now) {
		*m = mapping{
			valid: true, ssrc: p.ssrc, first: p.seq, newest: p.seq, timestamp: p.timestamp, heard: now,
			seqBy: o.seq + 1 - p.seq, timeBy: o.timestamp + o.elapsed(now) - p.timestamp,
		}
		o.fresh = true
	} else if int16(p.seq-m.first) < 0 {
		return // overtaken by the change of source: its number is taken
	}
	m.saw(p, kind, now)
	o.note(p.seq+m.seqBy, p.timestamp+m.timeBy, span)
	o.clocked = false
	o.send(p.readdress(pt, p.marker || o.fresh, p.seq+m.seqBy, p.timestamp+m.timeBy, o.ssrc), now)
}

// note keeps the highest numbers sent.
func (o *outbound) note(seq uint16, timestamp, span uint32) {
	if int16(seq-o.seq) > 0 {
		o.seq = seq
	}
	if int32(timestamp+span-o.timestamp-o.span) > 0 {
		o.timestamp, o.span = timestamp, span
	}
}
