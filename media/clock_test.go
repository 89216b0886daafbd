package media

import (
	"testing"
	"time"
)

// still is a clock whose run is not started, with sessions that can be reached.
func still(w *world, sessions int) *clock {
	c := newClock()
	for i := range sessions {
		p := w.phone(addrPort(serverAddr.Next(), 4000+2*i).String(), "pcmu")
		w.engine.clock.remove(p.session)
		c.add(p.session)
	}
	return c
}

func TestClockSpreadsTheSessions(t *testing.T) {
	inWorld(t, func(w *world) {
		c := still(w, 10)
		for i, slot := range c.slots {
			if len(slot) < 2 || len(slot) > 3 {
				t.Errorf("slot %d has %d of 10 sessions", i, len(slot))
			}
		}
		for _, s := range w.engine.all() {
			c.remove(s)
			c.remove(s)
		}
		if !c.idle() {
			t.Error("not idle without sessions")
		}
	})
}

// TestClockAfterAStandstill: the machine stood still for 5 s. No burst follows, and the timestamp tells the gap.
func TestClockAfterAStandstill(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.phone("198.51.100.1:4000", "pcmu")
		w.engine.clock.remove(p.session)
		c := newClock()
		c.add(p.session)
		next, _ := c.catchUp(0, c.began.Add(time.Second-subTick))
		before := p.hears()
		next, _ = c.catchUp(next, c.began.Add(6*time.Second-subTick))
		after := p.hears()
		if len(after) < 2 || len(after) > 4 {
			t.Errorf("%d packets after the standstill", len(after))
		}
		gap := int32(after[0].Timestamp - before[len(before)-1].Timestamp)
		if want := int32(5*sampleRate - (len(after)-1)*frameSamples); gap != want {
			t.Errorf("the timestamp moved by %d, want %d", gap, want)
		}
		if next != int64(6*time.Second/subTick) || c.late.Load() == 0 {
			t.Errorf("next sub-tick is %d, %d were late", next, c.late.Load())
		}
	})
}

// TestClockRestsWhileAllAreBridged: a bridge needs no clock but for its keep-alive; whoever plays again is served soon.
func TestClockRestsWhileAllAreBridged(t *testing.T) {
	inWorld(t, func(w *world) {
		a, b := w.phone("198.51.100.1:4000", "pcmu"), w.phone("198.51.100.2:4000", "pcmu")
		Bridge(a.session, b.session)
		<-time.After(time.Second) // the clock has come to rest
		a.hears()
		<-time.After(10 * time.Second)
		if n := len(a.hears()); n < 8 || n > 11 {
			t.Errorf("%d packets keep a silent bridge alive for 10 s, want one a second", n)
		}
		if err := a.session.Play(Sound{Ringback: true}); err != nil {
			t.Fatal(err)
		}
		<-time.After(restTick + frameTime)
		if len(a.hears()) == 0 {
			t.Error("nothing is heard 60 ms after Play")
		}
		<-time.After(10 * time.Second)
		if n := len(a.hears()); n < 495 || n > 501 {
			t.Errorf("%d packets in 10 s of ringback, want 500", n)
		}
	})
}
