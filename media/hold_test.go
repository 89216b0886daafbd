package media

import (
	"net/netip"
	"strings"
	"testing"
	"time"
)

// TestHoldInAllSpellings: what phones say to hold us, what they are answered (RFC 3264 sections 6.1 and 8.4), and whether
// that is a hold.
func TestHoldInAllSpellings(t *testing.T) {
	zero := netip.MustParseAddrPort("0.0.0.0:4000")
	for _, c := range []struct {
		name, direction, answer string
		at                      netip.AddrPort
		held                    bool
	}{
		{name: "nothing said", answer: "sendrecv"},
		{name: "both ways", direction: "sendrecv", answer: "sendrecv"},
		{name: "hold with music of its own", direction: "sendonly", answer: "recvonly", held: true},
		{name: "hold", direction: "inactive", answer: "inactive", held: true},
		{name: "listens only", direction: "recvonly", answer: "sendonly"},
		{name: "hold as in RFC 2543", at: zero, answer: "recvonly", held: true},
		{name: "hold, said twice", at: zero, direction: "inactive", answer: "inactive", held: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				p := w.bare("198.51.100.1:4000")
				if c.at.IsValid() {
					p.conn.at, c.at = c.at, p.conn.at
				}
				answer := p.offers("pcmu", c.direction)
				if !strings.Contains(answer, "a="+c.answer+"\r\n") || p.session.Held() != c.held {
					t.Errorf("held: %v, want %v, with the answer\n%s", p.session.Held(), c.held, answer)
				}
				if c.at.IsValid() {
					p.conn.at = c.at
				}
				if resumed := p.offers("pcma", ""); !strings.Contains(resumed, "a=sendrecv\r\n") || !strings.Contains(resumed, "RTP/AVP 8") || p.session.Held() {
					t.Errorf("held: %v after\n%s", p.session.Held(), resumed)
				}
			})
		})
	}
}

// TestAFileGoesOnWhereItWasStopped: Stop says how far it had come, From begins there.
func TestAFileGoesOnWhereItWasStopped(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.phone("198.51.100.1:4000", "pcmu")
		const file = "sounds/voicemail-greeting.wav"
		must(t, p.session.Play(Sound{File: file}))
		w.run(time.Second)
		first := p.session.Stop()
		if first < 900*time.Millisecond || first > 1100*time.Millisecond {
			t.Errorf("stopped after a second, at %v", first)
		}
		w.run(time.Second)
		must(t, p.session.Play(Sound{File: file, From: first}))
		w.run(time.Second)
		if second := p.session.Stop() - first; second < 900*time.Millisecond || second > 1100*time.Millisecond {
			t.Errorf("went on for a second, over %v", second)
		}
		must(t, p.session.Play(Sound{File: file, From: time.Hour}))
		w.run(time.Second)
		if heard := p.happened(); len(heard) != 1 || heard[0] != (Played{Sound{File: file, From: time.Hour}}) {
			t.Errorf("nothing is left of it, and yet %v", heard)
		}
	})
}
