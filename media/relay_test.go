package media

import (
	"bytes"
	"testing"
	"time"

	"github.com/pion/rtp"
)

// talk is a bridged pair whose streams have begun.
func talk(w *world, codecA, codecB string) (a, b *phone) {
	a, b = w.phone("198.51.100.1:4000", codecA), w.phone("198.51.100.2:5000", codecB)
	Bridge(a.session, b.session)
	a.talks(3, 0x11)
	b.talks(3, 0x22)
	a.hears()
	b.hears()
	return a, b
}

func TestRelaySameCodecForwardsThePayload(t *testing.T) {
	inWorld(t, func(w *world) {
		a, b := talk(w, "pcmu", "pcmu")
		payload := make([]byte, 240) // 30 ms, each octet its own
		for i := range payload {
			payload[i] = byte(i)
		}
		a.says(payload)
		heard := b.hears()
		if len(heard) != 1 || !bytes.Equal(heard[0].Payload, payload) || heard[0].SSRC == a.ssrc {
			t.Fatalf("got %v", heard)
		}
	})
}

func TestRelayConvertsBetweenTheLaws(t *testing.T) {
	inWorld(t, func(w *world) {
		a, b := talk(w, "pcmu", "pcma")
		pcm := sine(1020, -10, sampleRate, sampleRate)
		payload := ulaw.encode(nil, pcm)
		for i := 0; i < len(payload); i += frameSamples {
			a.says(payload[i : i+frameSamples])
			w.run(frameTime)
		}
		var got []int16
		for _, p := range b.hears() {
			if p.PayloadType != 8 {
				t.Fatalf("payload type %d", p.PayloadType)
			}
			got = alaw.decode(got, p.Payload)
		}
		if level, snr := tone(got, 1020); len(got) != len(pcm) || level < -13.2 || level > -12.8 || snr < 33 {
			t.Errorf("%d samples, level %.2f dB, SNR %.1f dB", len(got), level, snr)
		}
	})
}

// TestRelayShowsLossAndOrderAsTheyAre: the receiver's jitter buffer must see what the network did.
func TestRelayShowsLossAndOrderAsTheyAre(t *testing.T) {
	inWorld(t, func(w *world) {
		a, b := talk(w, "pcmu", "pcmu")
		send := func(n int) {
			a.raw(a.conn.at, rtp.Packet{
				Header: rtp.Header{
					Version: 2, SSRC: a.ssrc, SequenceNumber: a.seq + uint16(n), Timestamp: a.stamp + uint32(n*frameSamples),
				},
				Payload: frameOf(byte(n)),
			})
		}
		for _, n := range []int{1, 2, 5, 4, 6} {
			send(n)
		}
		heard := b.hears()
		first := heard[0]
		for i, n := range []int{1, 2, 5, 4, 6} {
			p := heard[i]
			if p.SequenceNumber != first.SequenceNumber+uint16(n-1) || p.Timestamp != first.Timestamp+uint32((n-1)*frameSamples) || p.Payload[0] != byte(n) {
				t.Errorf("packet %d: got %d, %d", n, p.SequenceNumber, p.Timestamp)
			}
		}
		if st := a.session.Stats(); st.Lost != 1 {
			t.Errorf("lost %d", st.Lost)
		}
	})
}

// TestRelayHealsBrokenStreams: another SSRC, jumping numbers, timestamps that fall back: what goes out stays one stream.
func TestRelayHealsBrokenStreams(t *testing.T) {
	for name, breakIt := range map[string]func(p *phone){
		"another SSRC":             func(p *phone) { p.ssrc, p.seq, p.stamp = 99, 60000, 17 },
		"sequence number jumps":    func(p *phone) { p.seq += 20000 },
		"sequence number falls":    func(p *phone) { p.seq -= 20000 },
		"timestamp jumps ahead":    func(p *phone) { p.stamp += 1 << 30 },
		"timestamp falls back":     func(p *phone) { p.stamp -= 1 << 30 },
		"timestamp falls a little": func(p *phone) { p.stamp -= 8000 },
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				a, b := talk(w, "pcmu", "pcmu")
				a.talks(10, 0x11)
				breakIt(a)
				a.talks(20, 0x12)
				heard := b.hears()
				if len(heard) < 27 {
					t.Errorf("heard %d of 30", len(heard))
				}
				for i := 1; i < len(heard); i++ {
					step := int32(heard[i].Timestamp - heard[i-1].Timestamp)
					if heard[i].SequenceNumber != heard[i-1].SequenceNumber+1 || step < frameSamples || step > 5*frameSamples {
						t.Errorf("packet %d: seq %d -> %d, timestamp by %d", i, heard[i-1].SequenceNumber, heard[i].SequenceNumber, step)
					}
				}
			})
		})
	}
}

// TestRelayOutlivesTheSequenceNumbers: they wrap every 22 minutes.
func TestRelayOutlivesTheSequenceNumbers(t *testing.T) {
	inWorld(t, func(w *world) {
		a, b := talk(w, "pcmu", "pcmu")
		heard := 0
		for range 70 {
			a.talks(1000, 0x11)
			heard += len(b.hears())
			a.hears()
		}
		if heard != 70_000 {
			t.Errorf("heard %d of 70000 packets", heard)
		}
	})
}

func TestRelayKeepsTheStreamAliveWhenTheSourceIsSilent(t *testing.T) {
	inWorld(t, func(w *world) {
		a, b := talk(w, "pcmu", "pcmu")
		w.run(10 * time.Second)
		quietly := b.hears()
		if len(quietly) < 9 || len(quietly) > 11 {
			t.Errorf("heard %d packets in 10 s of nothing", len(quietly))
		}
		a.stamp += 10 * sampleRate // the phone sent nothing for a while
		a.talks(5, 0x11)
		heard := b.hears()
		last := quietly[len(quietly)-1]
		if step := int32(heard[0].Timestamp - last.Timestamp); heard[0].SequenceNumber != last.SequenceNumber+1 || !heard[0].Marker || step < frameSamples || step > sampleRate {
			t.Errorf("talk after silence: marker %v, timestamp moved by %d", heard[0].Marker, step)
		}
	})
}

func TestBridgeSwapsBothWaysAndParts(t *testing.T) {
	inWorld(t, func(w *world) {
		a, b := talk(w, "pcmu", "pcmu")
		c := w.phone("198.51.100.3:6000", "pcmu")
		Bridge(a.session, c.session) // b is left alone
		for range 10 {
			a.says(frameOf(0x31))
			b.says(frameOf(0x32))
			c.says(frameOf(0x33))
			w.run(frameTime)
		}
		hearsOnly := func(p *phone, octet byte) {
			t.Helper()
			heard := p.hears()
			if len(heard) < 9 {
				t.Errorf("heard %d packets", len(heard))
			}
			for _, packet := range heard[min(1, len(heard)):] {
				if packet.Payload[0] != octet {
					t.Errorf("heard %#02x, want %#02x", packet.Payload[0], octet)
				}
			}
		}
		hearsOnly(a, 0x33)
		hearsOnly(b, silence[ulaw])
		hearsOnly(c, 0x31)

		Unbridge(a.session, b.session) // they are not bridged: nothing happens
		c.talks(10, 0x34)
		hearsOnly(a, 0x34)
		Unbridge(c.session, a.session)
		c.hears()
		c.talks(10, 0x35)
		hearsOnly(a, silence[ulaw])
		hearsOnly(c, silence[ulaw])

		Bridge(a.session, c.session)
		c.session.Close()
		a.hears()
		w.run(time.Second)
		hearsOnly(a, silence[ulaw])
	})
}

func TestUnbridgeLeavesAThirdAlone(t *testing.T) {
	inWorld(t, func(w *world) {
		a, b := talk(w, "pcmu", "pcmu")
		c := w.phone("198.51.100.3:6000", "pcmu")
		must(t, b.session.Play(Sound{Music: "default"}))
		Bridge(b.session, c.session)
		Unbridge(a.session, b.session)
		b.hears()
		c.talks(10, 0x33)
		if heard := b.hears(); len(heard) != 10 || heard[9].Payload[0] != 0x33 {
			t.Errorf("heard %d packets of the third", len(heard))
		}
	})
}

func TestRelayDropsWhatNobodyAgreedOn(t *testing.T) {
	inWorld(t, func(w *world) {
		a, b := talk(w, "pcmu", "pcmu")
		for _, pt := range []uint8{3, 9, 18, 13, 97, 127} {
			a.pt = pt
			a.says(frameOf(1))
		}
		a.pt = 0
		must(t, w.net.write([]byte{1, 2, 3}, a.conn.at, a.to))
		must(t, w.net.write(append([]byte{0xbf, 0, 0, 1}, make([]byte, 20)...), a.conn.at, a.to))
		if heard := b.hears(); len(heard) != 0 {
			t.Errorf("heard %v", heard)
		}
		if st := a.session.Stats(); st.Malformed != 7 {
			t.Errorf("malformed: %d", st.Malformed)
		}
	})
}
