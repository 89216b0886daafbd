package media

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/pion/rtp"
)

// keyPacket is one packet of a key press: seq and timestamp count from the test's begin, duration in samples.
type keyPacket struct {
	seq       uint16
	timestamp uint32
	key       byte // event number
	duration  uint16
	end       bool
	marker    bool
	after     time.Duration // since the packet before; 0: 20 ms
}

func (k keyPacket) payload() []byte {
	b := []byte{k.key, 10, 0, 0}
	if k.end {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], k.duration)
	return b
}

func TestKeypad(t *testing.T) {
	press := func(seq uint16, at uint32, key byte) []keyPacket {
		return []keyPacket{
			{seq: seq, timestamp: at, key: key, duration: 160, marker: true},
			{seq: seq + 1, timestamp: at, key: key, duration: 320},
			{seq: seq + 2, timestamp: at, key: key, duration: 480},
			{seq: seq + 3, timestamp: at, key: key, duration: 480, end: true},
			{seq: seq + 4, timestamp: at, key: key, duration: 480, end: true},
			{seq: seq + 5, timestamp: at, key: key, duration: 480, end: true},
		}
	}
	join := func(parts ...[]keyPacket) (all []keyPacket) {
		for _, p := range parts {
			all = append(all, p...)
		}
		return all
	}
	for name, c := range map[string]struct {
		packets []keyPacket
		want    string
	}{
		"one":                    {press(1, 1000, 5), "5"},
		"two of the same":        {join(press(1, 1000, 5), press(10, 3000, 5)), "55"},
		"all keys":               {join(press(1, 1000, 10), press(10, 3000, 11), press(20, 5000, 12), press(30, 7000, 15)), "*#AD"},
		"only ends came":         {press(1, 1000, 7)[3:], "7"},
		"first lost":             {join(press(1, 1000, 7)[1:], press(10, 3000, 7)[2:]), "77"},
		"all ends lost":          {join(press(1, 1000, 7)[:3], press(10, 3000, 7)), "77"},
		"no marker, ends lost":   {join(press(1, 1000, 7)[:3], []keyPacket{{seq: 20, timestamp: 9000, key: 7, duration: 160, after: time.Second}}), "77"},
		"overtaken by the next":  {join(press(1, 1000, 1)[:5], press(10, 3000, 2)[:2], press(1, 1000, 1)[5:], press(10, 3000, 2)[2:]), "12"},
		"not a key (flash)":      {press(1, 1000, 16), ""},
		"flash between":          {join(press(1, 1000, 1), press(10, 3000, 16), press(20, 5000, 1)), "11"},
		"sequence numbers wrap":  {join(press(0xfffd, 0xffffff00, 3), press(10, 0x900, 3)), "33"},
		"end overtakes the rest": {[]keyPacket{{seq: 4, timestamp: 1000, key: 9, duration: 480, end: true}, {seq: 3, timestamp: 1000, key: 9, duration: 320}}, "9"},
		"same timestamp for two": {join(press(1, 1000, 8), press(10, 1000, 8)), "88"},
		"timestamp runs on":      {[]keyPacket{{seq: 1, timestamp: 1000, key: 4, marker: true}, {seq: 2, timestamp: 1160, key: 4, duration: 160}, {seq: 3, timestamp: 1320, key: 4, duration: 320, end: true}, {seq: 4, timestamp: 1320, key: 4, duration: 320, end: true}}, "4"},
		"long press in segments": {[]keyPacket{{seq: 1, timestamp: 1000, key: 4, duration: 0xffff, marker: true}, {seq: 2, timestamp: 1000 + 0xffff, key: 4, duration: 160}, {seq: 3, timestamp: 1000 + 0xffff, key: 4, duration: 400, end: true}}, "4"},
		"timestamps begin anew":  {join(press(1, 900000, 4), []keyPacket{{seq: 30, timestamp: 100, key: 6, duration: 160, after: 3 * time.Second}}), "46"},
	} {
		t.Run(name, func(t *testing.T) {
			var k keypad
			now, got := time.Unix(1000, 0), ""
			for _, c := range c.packets {
				now = now.Add(max(c.after, frameTime))
				payload := c.payload()
				p := packet{buf: payload, end: len(payload), seq: c.seq, timestamp: c.timestamp, marker: c.marker}
				if key, ok := k.press(&p, now); ok {
					got += string(key)
				}
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestKeypadRefusesTooMany(t *testing.T) {
	var k keypad
	now, got := time.Unix(1000, 0), 0
	for i := range 3000 { // one a packet, for a minute
		payload := keyPacket{key: byte(i % 2), duration: 160}.payload()
		if _, ok := k.press(&packet{buf: payload, end: 4, seq: uint16(i), timestamp: uint32(i * 160), marker: true}, now); ok {
			got++
		}
		now = now.Add(frameTime)
	}
	if got != digitsAMinute {
		t.Errorf("%d presses in a minute", got)
	}
}

// presses sends a whole key press from the phone.
func (p *phone) presses(key byte) {
	p.Helper()
	begin := p.stamp + frameSamples
	for i := range 6 {
		p.seq++
		k := keyPacket{key: key, duration: uint16(min(i+1, 4) * frameSamples), end: i >= 3}
		p.raw(p.conn.at, rtp.Packet{
			Header: rtp.Header{
				Version: 2, PayloadType: 96, SequenceNumber: p.seq, Timestamp: begin, SSRC: p.ssrc, Marker: i == 0,
			},
			Payload: k.payload(),
		})
		p.run(frameTime)
	}
	p.stamp = begin + 5*frameSamples
}

func TestKeysAreReportedAndRelayed(t *testing.T) {
	inWorld(t, func(w *world) {
		caller := w.phone("198.51.100.1:4000", "pcmu")
		agent := w.bare("198.51.100.2:5000")
		agent.session.Offer()
		answer, err := Parse([]byte("v=0\r\nc=IN IP4 198.51.100.2\r\nm=audio 5000 RTP/AVP 0 110\r\na=rtpmap:110 telephone-event/8000\r\n"))
		must(t, err)
		must(t, agent.session.Accept(answer))
		Bridge(caller.session, agent.session)
		caller.talks(5, 0x42)
		agent.hears()
		caller.happened()
		caller.presses(11)
		caller.talks(5, 0x42)
		if events := caller.happened(); len(events) != 1 || events[0] != (Digit{'#'}) {
			t.Errorf("got %v", events)
		}
		heard := agent.hears()
		if len(heard) != 11 {
			t.Fatalf("the agent heard %d packets", len(heard))
		}
		for i, p := range heard {
			if wantKey := i < 6; wantKey != (p.PayloadType == 110) || wantKey && p.Payload[0] != 11 {
				t.Errorf("packet %d: payload type %d, % x", i, p.PayloadType, p.Payload[:4])
			}
			if p.Marker != (i == 0) {
				t.Errorf("packet %d: marker %v", i, p.Marker)
			}
			if i > 0 && i < 6 && p.Timestamp != heard[0].Timestamp {
				t.Errorf("packet %d: the timestamp of the press moved", i)
			}
			if i > 0 && int32(p.Timestamp-heard[i-1].Timestamp) < 0 || i > 0 && p.SequenceNumber != heard[i-1].SequenceNumber+1 {
				t.Errorf("packet %d: numbers jump", i)
			}
		}
	})
}

func TestKeysAreNotSentToAPeerWithoutThem(t *testing.T) {
	inWorld(t, func(w *world) {
		caller := w.phone("198.51.100.1:4000", "pcmu")
		agent := w.bare("198.51.100.2:5000")
		answer, err := Parse([]byte("v=0\r\nc=IN IP4 198.51.100.2\r\nm=audio 5000 RTP/AVP 0\r\n"))
		must(t, err)
		must(t, agent.session.Accept(answer))
		Bridge(caller.session, agent.session)
		caller.presses(1)
		for _, p := range agent.hears() {
			if p.PayloadType != 0 || len(p.Payload) != frameSamples {
				t.Errorf("heard payload type %d, % x", p.PayloadType, p.Payload)
			}
		}
	})
}
