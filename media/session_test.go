package media

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtp"
)

func TestForeignPacketsAreNotHeard(t *testing.T) {
	inWorld(t, func(w *world) {
		a, b := talk(w, "pcmu", "pcmu")
		heard, strange := 0, 0
		for i := range 200 {
			a.says(frameOf(0x42))
			a.raw(netip.MustParseAddrPort("198.51.100.66:5000"), rtp.Packet{
				Header:  rtp.Header{Version: 2, SSRC: 666, SequenceNumber: uint16(i), Timestamp: uint32(i * 160)},
				Payload: frameOf(0x66),
			})
			w.run(frameTime)
		}
		for _, p := range b.hears() {
			if p.Payload[0] == 0x42 {
				heard++
			} else {
				strange++
			}
		}
		if heard != 200 || strange != 0 {
			t.Errorf("heard %d true and %d foreign packets", heard, strange)
		}
		if st := a.session.Stats(); st.Foreign != 200 || st.Remote != a.conn.at {
			t.Errorf("got %+v", st)
		}
	})
}

func TestPhoneBehindNATIsFound(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.bare("198.51.100.1:6000")
		d, err := Parse([]byte(offerOf(netip.MustParseAddrPort("192.168.1.9:4000"), "pcmu", "")))
		must(t, err)
		if _, err := p.session.Answer(d); err != nil {
			t.Fatal(err)
		}
		w.run(time.Second)
		if heard := p.hears(); len(heard) != 0 {
			t.Errorf("sent %d packets to an address nobody named", len(heard))
		}
		p.talks(10, 0x42)
		if heard := p.hears(); len(heard) < 6 {
			t.Errorf("heard %d packets after proving itself", len(heard))
		}
		if events := p.happened(); len(events) != 1 || events[0] != (FirstPacket{}) {
			t.Errorf("got %v", events)
		}
	})
}

func TestSilentPeerIsReported(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.phone("198.51.100.1:4000", "pcmu")
		p.talks(50, 0x42)
		p.happened()
		w.run(59 * time.Second)
		if events := p.happened(); len(events) != 0 {
			t.Errorf("too early: %v", events)
		}
		w.run(2 * time.Second)
		if events := p.happened(); len(events) != 1 || events[0] != (Silent{}) {
			t.Errorf("got %v", events)
		}
		w.run(time.Minute)
		if events := p.happened(); len(events) != 1 {
			t.Errorf("not again: %v", events)
		}
		report := make([]byte, 8)
		report[0], report[1] = 0x80, 201
		for range 4 {
			must(t, w.net.write(report, p.conn.at, p.to))
			w.run(30 * time.Second)
		}
		if events := p.happened(); len(events) != 0 {
			t.Errorf("RTCP is a sign of life, but: %v", events)
		}
		p.offers("pcmu", "sendonly")
		w.run(10 * time.Minute)
		if events := p.happened(); len(events) != 0 {
			t.Errorf("on hold: %v", events)
		}
		p.offers("pcmu", "")
		w.run(59 * time.Second)
		if events := p.happened(); len(events) != 0 {
			t.Errorf("too early after the hold: %v", events)
		}
		w.run(2 * time.Second)
		if events := p.happened(); len(events) != 1 {
			t.Errorf("after the hold: %v", events)
		}
	})
}

func TestPanicEndsOneSession(t *testing.T) {
	inWorld(t, func(w *world) {
		a, b := talk(w, "pcmu", "pcmu")
		other := w.phone("198.51.100.3:6000", "pcmu")
		a.happened()
		a.session.events.to = func(e Event) {
			a.note(e)
			if _, key := e.(Digit); key {
				panic("a fault in the receiver")
			}
		}
		a.presses(5)
		events := a.happened()
		if len(events) != 2 {
			t.Fatalf("got %v", events)
		}
		if _, failed := events[1].(Failed); !failed {
			t.Errorf("got %v", events)
		}
		if st := w.engine.Stats(); st.Panics != 1 || st.Sessions != 2 {
			t.Errorf("got %+v", st)
		}
		b.hears()
		w.run(time.Second)
		if len(b.hears()) < 49 || len(other.hears()) < 49 {
			t.Error("the other sessions suffer")
		}
	})
}

func TestReceiverMayCallTheSession(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.phone("198.51.100.1:4000", "pcmu")
		p.session.events.to = func(e Event) {
			p.note(e)
			switch e.(type) {
			case FirstPacket:
				must(t, p.session.Play(Sound{Beep: true}))
			case Played:
				p.session.Close()
			}
		}
		p.talks(50, 0x42)
		if events := p.happened(); len(events) != 2 || w.engine.Stats().Sessions != 0 {
			t.Errorf("got %v", events)
		}
	})
}

func TestReload(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.phone("198.51.100.1:4000", "pcmu")
		must(t, p.session.Play(Sound{Music: "default"}))
		c := testConfig
		c.Music = map[string]string{"broken": "api.go"}
		if err := w.engine.Reload(c); err == nil {
			t.Error("a broken music file was taken")
		}
		c.Music, c.Codecs = map[string]string{"other": "sounds/paused.wav"}, []string{"pcma"}
		must(t, w.engine.Reload(c))
		w.run(time.Second)
		if len(p.hears()) < 49 {
			t.Error("the music stopped")
		}
		if err := p.session.Play(Sound{Music: "default"}); err == nil {
			t.Error("the old name still works")
		}
		must(t, p.session.Play(Sound{Music: "other"}))
		for _, name := range []string{"silence", "ringback"} {
			must(t, p.session.Play(Sound{Music: name}))
		}
		d, err := Parse([]byte(offerOf(p.conn.at, "pcmu", "")))
		must(t, err)
		if w.engine.Check(d) == nil {
			t.Error("a codec that was taken out is still acceptable")
		}
	})
}

func TestClosedEngineAndSessionRefuse(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.phone("198.51.100.1:4000", "pcmu")
		w.engine.Close()
		w.engine.Close()
		if p.session.Play(Sound{Beep: true}) == nil || p.session.Record(Recording{Path: t.TempDir() + "/a.wav"}) == nil {
			t.Error("a closed session took an order")
		}
		if _, err := w.engine.Open(Options{Local: serverAddr}); err == nil {
			t.Error("a closed engine opened a session")
		}
	})
}

func TestNewNamesWhatIsWrong(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"ports":  func(c *Config) { c.MinPort = 0 },
		"codecs": func(c *Config) { c.Codecs = []string{"opus"} },
		"music":  func(c *Config) { c.Music = map[string]string{"m": "nowhere.wav"} },
		"folder": func(c *Config) { c.Music = map[string]string{"m": t.TempDir()} },
	} {
		c := testConfig
		change(&c)
		if _, err := New(c, nil); err == nil {
			t.Errorf("%s: taken", name)
		} else {
			t.Log(err)
		}
	}
}

func TestOpenNeedsAnAddressToSay(t *testing.T) {
	inWorld(t, func(w *world) {
		for _, o := range []Options{{}, {Local: netip.IPv4Unspecified()}, {Local: netip.IPv6Unspecified()}} {
			if _, err := w.engine.Open(o); err == nil {
				t.Errorf("%+v was taken", o)
			}
		}
		s, err := w.engine.Open(Options{Local: netip.IPv4Unspecified(), Advertise: serverAddr})
		must(t, err)
		if !strings.Contains(string(s.Offer()), "c=IN IP4 192.0.2.1") {
			t.Errorf("got\n%s", s.Offer())
		}
	})
}
