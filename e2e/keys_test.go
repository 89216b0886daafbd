package e2e

import (
	"encoding/binary"
	"net"
	"testing"
	"time"
)

// Who waits presses a key and leaves the line for where the group's rules send it: to a mailbox, a user, another group, an
// outside number. Keys come in the audio (RFC 4733) or by INFO.
func TestKeysInTheLine(t *testing.T) {
	t.Parallel()
	x := start(t, plan{numbers: toSales, groups: `
  - name: sales
    agents: ["103"]
    distribution: evenly
    rings: 2
    if_missed: hold
    if_nobody: hold
    hold: {keys: {"1": "voicemail:sales", "2": "user:101", "3": "group:support", "#": "number:+15550142"}}
  - {name: support, agents: ["102"], distribution: evenly, rings: 2}`})
	far := x.listen(x.trunk)
	desks := map[string]*desk{
		"2": x.desk("101", 660, answers(0)),
		"3": x.desk("102", 880, answers(0)),
		"#": {x.carrierWith(far, answers(0)), far, 1000},
	}
	leaves := x.outsider("+15551000", 440)
	leaves.ear.awaitMusic()
	leaves.presses("1")
	x.recording()
	for key, d := range desks {
		c := x.outsider("+15551000", 440)
		c.ear.awaitMusic(660, 880, 1000)
		if key == "3" {
			x.presses(c.caller, "5") // means nothing
			x.presses(c.caller, key)
		} else {
			c.presses(key)
		}
		d.connected(1)
		d.speaks(1)
		c.ear.hearsTone(d.hertz)
		d.ear.hearsTone(440)
		c.leaves(d.phone, 1)
	}
	leaves.hangsUp()
	leaves.over()
	if s := x.message("sales"); share(s[len(s)/4:len(s)*3/4], 440) < 0.9 {
		t.Error("the message is not what the caller said")
	}
}

// presses sends a key in the caller's audio: an event of 100 ms, whose end is said three times (RFC 4733 section 2.5).
func (s *somebody) presses(key string) {
	s.t.Helper()
	to, _ := s.answered().audio()
	addr, err := net.ResolveUDPAddr("udp", to)
	if err != nil {
		s.t.Fatal(err)
	}
	event := map[string]byte{"#": 11, "*": 10}[key]
	if event == 0 {
		event = key[0] - '0'
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for n := range 8 {
		duration, end := min(n+1, 5)*frame, byte(0)
		if n >= 5 {
			end = 0x80
		}
		b := []byte{0x80, 101, 0, 0, 0, 0, 0, 0, 0, 0, 0, byte(s.hertz), event, end | 10, 0, 0}
		if n == 0 {
			b[1] |= 0x80 // the marker
		}
		binary.BigEndian.PutUint16(b[2:], uint16(60000+n))
		binary.BigEndian.PutUint32(b[4:], 1<<30)
		binary.BigEndian.PutUint16(b[14:], uint16(duration))
		if _, err := s.ear.conn.WriteToUDP(b, addr); err != nil {
			s.t.Fatal(err)
		}
		<-tick.C
	}
}
