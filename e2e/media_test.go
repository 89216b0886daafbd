package e2e

import (
	"testing"
	"time"
)

// Who waits hears music: 50 packets a second without a gap, louder than silence.
func TestHoldMusicIsHeard(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: twoInOrder})
	x.phone("101", ignores)
	here := x.listen(x.trunk)
	c := x.callsWith(here, "+15551000", 4*time.Second)
	from := c.answered().at
	c.over()
	here.unbroken(from)
	heard := here.all()
	if n := len(heard); n < 180 || n > 215 {
		t.Errorf("%d packets in 4 s, want 200", n)
	}
	if level := rms(here.pcm(from)); level < 200 {
		t.Errorf("the music has a level of %.0f of 32768", level)
	}
}

// Caller and agent hear each other, and nobody else: who sends audio to their ports from another address is not heard, nor
// gets anything.
func TestBothHearEachOtherAndNoStranger(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: twoInOrder})
	here, there := x.listen(x.trunk), x.listen(x.address("101"))
	alice := x.turnOn("101", peer{name: "101", ip: x.address("101"), port: 5060, ear: there}, answers(500*time.Millisecond))
	alice.registered()
	c := x.callsWith(here, "+15551000", untilReleased)
	toCaller, _ := c.answered().audio()
	toAgent, _ := alice.sees("INVITE", asked("INVITE")).audio()
	here.speak(toCaller, 440)
	there.speak(toAgent, 880)
	there.awaitTone(440)
	here.awaitTone(880)

	evil := x.listen(x.stranger())
	evil.speak(toCaller, 1500)
	evil.speak(toAgent, 1500)
	began := time.Now()
	lasts(t, "the call", 2*time.Second, func() bool { return !c.saw(asked("BYE")) })
	for who, e := range map[string]*ear{"caller": here, "agent": there} {
		s := e.pcm(began)
		if len(s) < 8000 {
			t.Errorf("the %s heard %d samples in 2 s", who, len(s))
		}
		if bad := share(s, 1500); bad > 0.001 {
			t.Errorf("the %s heard the stranger: %.1f %% of the sound", who, 100*bad)
		}
	}
	if n := len(evil.all()); n > 0 {
		t.Errorf("the stranger got %d packets", n)
	}
	here.awaitTone(880)
	there.awaitTone(440)
	if n, _ := x.metric(`ringtide_rtp_packets_total{way="foreign"}`); n < 100 {
		t.Errorf("%v foreign packets counted, at least 100 were sent", n)
	}
	c.hangsUp()
	c.over()
	alice.ended(1)
}
