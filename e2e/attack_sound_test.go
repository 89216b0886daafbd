package e2e

import (
	"encoding/binary"
	"math/rand/v2"
	"net"
	"testing"
	"time"
)

// Good and damaged RTP and RTCP, sprayed at both sides of a call from strangers and from other ports of the parties' own
// addresses: nothing of it is heard, nobody gets a packet, and the true sound goes on.
func TestAttack_Sound(t *testing.T) {
	if !*long { // then it measures
		t.Parallel()
	}
	x := start(t, plan{groups: twoInOrder})
	here, there := x.listen(x.trunk), x.listen(x.address("101"))
	alice := x.turnOn("101", peer{name: "101", ip: x.address("101"), port: 5060, ear: there}, answers(0))
	alice.registered()
	c := x.callsWith(here, "+15551000", untilReleased)
	toCaller, _ := c.answered().audio()
	toAgent, _ := alice.sees("INVITE", asked("INVITE")).audio()
	here.speak(toCaller, 440)
	there.speak(toAgent, 880)
	there.awaitTone(440)
	here.awaitTone(880)

	bad := []*ear{x.listen(x.stranger()), x.listen(x.trunk), x.listen(x.address("101"))}
	count := 15_000
	if *long {
		count = 180_000 // of each kind; SIPp's calls end after 50 s
	}
	r := rand.New(rand.NewPCG(7, 0))
	began := time.Now()
	for i := range count {
		for _, to := range []string{toCaller, toAgent} {
			addr, err := net.ResolveUDPAddr("udp", to)
			if err != nil {
				t.Fatal(err)
			}
			addr.Port += i % 40 / 39 // now and then the port of RTCP
			bad[i%3].conn.WriteToUDP(sound(r, uint16(i)), addr)
		}
		if i%15 == 14 {
			<-time.After(2 * time.Millisecond) // the sockets' buffers shall hold the true packets too
		}
	}
	ended := time.Now()
	sent := int(ended.Sub(began) / (20 * time.Millisecond))
	least := 95
	if raceEnabled {
		least = 50 // the program and the tests are slow then, and sockets overflow
	}
	for who, e := range map[string]*ear{"caller": here, "agent": there} {
		heard, foreign := 0, 0
		for _, p := range e.all() {
			if p.at.Before(began) || p.at.After(ended) {
				continue
			}
			heard++
			s := make([]float64, len(p.payload))
			for i, b := range p.payload {
				s[i] = fromMulaw(b)
			}
			if p.kind != 0 || share(s, 440) < 0.8 && share(s, 880) < 0.8 {
				foreign++
			}
		}
		t.Logf("the %s heard %d packets of %d, %d foreign", who, heard, sent, foreign)
		if heard < sent*least/100 || foreign > 0 {
			t.Errorf("the %s heard %d packets of %d, %d foreign", who, heard, sent, foreign)
		}
	}
	for i, e := range bad {
		if n := len(e.all()); n > 0 {
			t.Errorf("attacker %d got %d packets", i, n)
		}
	}
	c.hangsUp()
	c.over()
	alice.ended(1)
}

// sound is a packet of RTP or RTCP, good, forged with the parties' own SSRC, or damaged.
func sound(r *rand.Rand, seq uint16) []byte {
	p := append([]byte{0x80, []byte{0, 8, 101, 13, 200 - 128, 203 - 128}[r.IntN(6)], 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, tone(1500, int(seq)*frame)...)
	binary.BigEndian.PutUint16(p[2:], seq)
	binary.BigEndian.PutUint32(p[4:], uint32(seq)*frame)
	p[11] = []byte{440 & 0xff, 880 & 0xff, 9}[r.IntN(3)]
	switch r.IntN(4) {
	case 0:
		p[0] = byte(r.Uint32())
	case 1:
		p[1] = byte(r.Uint32())
	case 2:
		p = p[:r.IntN(len(p))]
	}
	return p
}
