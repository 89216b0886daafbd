package media

import (
	"encoding/binary"
	"time"
)

const (
	eventKeys = "0123456789*#ABCD" // events 0-15 of RFC 4733 section 3.2

	eventGap      = 100 * time.Millisecond // packets of one press are closer together
	digitsAMinute = 200                    // more are not reported: nobody types so fast
)

// keypad reads telephone-events (RFC 4733) and tells the presses of keys apart. A press is many packets: the first may
// be lost, the last comes three times, some phones forget the marker, some let the timestamp run.
type keypad struct {
	pressed bool // a press was seen at all
	event   byte
	at      uint32 // RTP timestamp of the press
	seq     uint16 // of its newest packet
	held    uint16 // duration in its newest packet, in samples
	ended   bool   // its end was seen
	heard   time.Time

	minute time.Time // the minute being counted
	count  int
}

// telephoneEvent is the payload of one packet.
type telephoneEvent struct {
	event    byte
	end      bool
	duration uint16
}

// parseEvent reads the payload; ok is false when it is too short.
func parseEvent(payload []byte) (e telephoneEvent, ok bool) {
	if len(payload) < 4 {
		return e, false
	}
	return telephoneEvent{
		event:    payload[0],
		end:      payload[1]&0x80 != 0,
		duration: binary.BigEndian.Uint16(payload[2:]),
	}, true
}

// press takes one packet and returns the key when it begins a new press.
func (k *keypad) press(p *packet, now time.Time) (key byte, ok bool) {
	e, ok := parseEvent(p.payload())
	if !ok || int(e.event) >= len(eventKeys) {
		return 0, false
	}
	switch {
	case !k.pressed:
	case k.same(p, e):
		k.follow(p, e, now)
		return 0, false
	case k.continues(p, e, now):
		k.at = p.timestamp
		k.follow(p, e, now)
		return 0, false
	case k.stale(p):
		return 0, false
	}
	k.pressed, k.event, k.at, k.ended = true, e.event, p.timestamp, false
	k.seq, k.held = p.seq, e.duration
	k.follow(p, e, now)
	return eventKeys[e.event], k.allowed(now)
}

// same: another packet of the press, or of one that is over. Only a packet newer than the end that starts to count
// again is a second press under the old timestamp, as careless phones send it.
func (k *keypad) same(p *packet, e telephoneEvent) bool {
	if p.timestamp != k.at || e.event != k.event {
		return false
	}
	again := k.ended && !e.end && int16(p.seq-k.seq) > 0 && e.duration < k.held
	return !again
}

// continues: the key is still down, but the timestamp moved: a press longer than 65,535 samples goes on in a new
// segment (RFC 4733 section 2.5.1.3), and some phones move it with each packet.
func (k *keypad) continues(p *packet, e telephoneEvent, now time.Time) bool {
	return e.event == k.event && !k.ended && !p.marker && int32(p.timestamp-k.at) > 0 && now.Sub(k.heard) < eventGap
}

// stale: a packet of an earlier press that was overtaken. After a long pause any timestamp is a new beginning.
func (k *keypad) stale(p *packet) bool {
	return int32(p.timestamp-k.at) < 0 && int16(p.seq-k.seq) < 0
}

func (k *keypad) follow(p *packet, e telephoneEvent, now time.Time) {
	k.heard = now
	k.ended = k.ended || e.end
	if int16(p.seq-k.seq) >= 0 {
		k.seq, k.held = p.seq, e.duration
	}
}

// allowed counts presses and refuses those above digitsAMinute.
func (k *keypad) allowed(now time.Time) bool {
	if now.Sub(k.minute) >= time.Minute {
		k.minute, k.count = now, 0
	}
	k.count++
	return k.count <= digitsAMinute
}
