package call

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ringtide/internal/phone"
	"ringtide/media"
	"ringtide/queue"
	"ringtide/sip"
)

func TestAPanicCostsOneCall(t *testing.T) {
	live(t, rulesOf(queue.Group{}, "101", "102"), func(w *town) {
		carrier, one := w.phone("carrier"), w.phone("101")
		waits(carrier)
		rung(one)
		w.takes(one)
		w.onlyCall().in.Put(mediaEvent{nil, media.Silent{}}) // a leg that is not there
		one.Hears("BYE")
		one.Answers("BYE", 200, "")
		carrier.Hears("BYE")
		carrier.Answers("BYE", 200, "")
		synctest.Wait()
		if w.panics != 1 {
			t.Errorf("%d faults counted", w.panics)
		}
		if e := w.recorded(queue.EvCallEnded); e.Cause != string(queue.CauseFault) {
			t.Errorf("recorded as %s", e.Cause)
		}
		waits(carrier) // everything else goes on
		two := w.phone("102")
		rung(two)
		w.takes(two)
		hangsUp(two, carrier)
	})
}

func TestAFloodedCallEnds(t *testing.T) {
	live(t, rulesOf(queue.Group{}, "101"), func(w *town) {
		carrier := w.phone("carrier")
		w.phone("101")
		waits(carrier)
		c := w.onlyCall()
		w.log.mu.Lock() // the actor hangs in the log line about this nonsense
		c.in.Put(dialogEvent{c.caller, sip.Reoffered{Offer: []byte("nonsense")}})
		for range 2 * inboxOver {
			c.in.Put(mediaEvent{c.caller, media.Digit{Key: '1'}})
		}
		w.log.mu.Unlock()
		w.pass(5 * time.Second) // the phone that was rung is silent
		if e := w.recorded(queue.EvCallEnded); e.Cause != string(queue.CauseOverload) {
			t.Errorf("recorded as %s", e.Cause)
		}
	})
}

func TestAudioThatBreaksDownEndsTheLeg(t *testing.T) {
	for _, who := range []string{"caller", "agent"} {
		t.Run(who, func(t *testing.T) {
			live(t, rulesOf(queue.Group{}, "101"), func(w *town) {
				carrier, agent := w.phone("carrier"), w.phone("101")
				waits(carrier)
				rung(agent)
				w.takes(agent)
				c := w.onlyCall()
				broken := c.caller
				if who == "agent" {
					broken = c.winner
				}
				c.in.Put(mediaEvent{broken, media.Failed{Err: errors.New("the socket is gone")}})
				for _, p := range []*phone.Phone{agent, carrier} {
					p.Hears("BYE")
					p.Answers("BYE", 200, "")
				}
				w.pass(time.Second)
				w.recorded(queue.EvCallEnded)
			})
		})
	}
}

func TestShutdownServesWhoIsThere(t *testing.T) {
	live(t, rulesOf(queue.Group{}, "101"), func(w *town) {
		carrier, agent := w.phone("carrier"), w.phone("101")
		waits(carrier)
		rung(agent)
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		cut := make(chan int, 1)
		go func() { cut <- w.x.Shutdown(ctx) }()
		w.pass(time.Second)
		w.takes(agent) // a ringing call still finds its agent
		late := w.phoneAt("late", "10.0.2.9:5060")
		late.Calls("5550000")
		if no := late.Hears("SIP/2.0 503"); phone.Header(no, "Retry-After") == "" {
			t.Error("503 does not say when to try again")
		}
		hangsUp(agent, carrier)
		if n := <-cut; n != 0 {
			t.Errorf("%d calls cut", n)
		}
	})
}

func TestShutdownEndsWithBye(t *testing.T) {
	live(t, rulesOf(queue.Group{}, "101"), func(w *town) {
		carrier, agent := w.phone("carrier"), w.phone("101")
		waits(carrier)
		rung(agent)
		w.takes(agent)
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		cut := make(chan int, 1)
		go func() { cut <- w.x.Shutdown(ctx) }()
		for _, p := range []*phone.Phone{agent, carrier} {
			p.Hears("BYE")
			p.Answers("BYE", 200, "")
		}
		if n := <-cut; n != 1 {
			t.Errorf("%d calls cut, want 1", n)
		}
		if e := w.recorded(queue.EvCallEnded); e.Cause != string(queue.CauseDrained) {
			t.Errorf("recorded as %s", e.Cause)
		}
	})
}

func TestTheDoor(t *testing.T) {
	live(t, rulesOf(queue.Group{}, "101"), func(w *town) {
		x := w.x
		offer := []byte(sdp("10.0.2.1:5060"))
		good := sip.Invitation{MaxForwards: 70, Offer: offer}
		for name, c := range map[string]struct {
			inv  sip.Invitation
			conf Config
			want int
		}{
			"a good call":     {good, Config{}, 0},
			"a late offer":    {sip.Invitation{MaxForwards: 70}, Config{}, 0},
			"no hop left":     {sip.Invitation{MaxForwards: 1, Offer: offer}, Config{}, 483},
			"no codec of us":  {sip.Invitation{MaxForwards: 70, Offer: []byte(strings.Replace(string(offer), "AVP 0 101", "AVP 18", 1))}, Config{}, 488},
			"no audio":        {sip.Invitation{MaxForwards: 70, Offer: []byte(strings.Replace(string(offer), "m=audio", "m=video", 1))}, Config{}, 488},
			"garbage":         {sip.Invitation{MaxForwards: 70, Offer: []byte("hello")}, Config{}, 400},
			"one call a time": {good, Config{MaxCalls: 1}, 0},
		} {
			x.conf.Store(&c.conf)
			code := 0
			if no := x.admit(c.inv); no != nil {
				code = no.code
			}
			if code != c.want {
				t.Errorf("%s: %d, want %d", name, code, c.want)
			}
		}
		x.calls["x"] = nil
		x.conf.Store(&Config{MaxCalls: 1})
		if no := x.admit(good); no == nil || no.code != 503 || no.retryAfter == 0 {
			t.Errorf("one call too many: %+v", no)
		}
		delete(x.calls, "x")
	})
}

func TestTheRateOfNewCalls(t *testing.T) {
	var r rate
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	passed := 0
	for range 100 {
		if r.allow(at, 10) {
			passed++
		}
	}
	if passed != 10 {
		t.Errorf("%d passed in an instant, want 10", passed)
	}
	if !r.allow(at.Add(100*time.Millisecond), 10) || r.allow(at.Add(100*time.Millisecond), 10) {
		t.Error("after a tenth of a second one more should pass")
	}
	if !r.allow(at, 0) {
		t.Error("no limit lets everybody in")
	}
}

func TestAPhoneGoesOffWhileItRings(t *testing.T) {
	live(t, rulesOf(queue.Group{}, "101", "102"), func(w *town) {
		carrier, one, two := w.phone("carrier"), w.phone("101"), w.phone("102")
		waits(carrier)
		rung(one)
		w.x.Tell(queue.DevicesReachable{User: "101", N: 0})
		w.takes(one) // the INVITE may still be answered: it is
		hangsUp(one, carrier)
		waits(carrier)
		rung(two) // but 101 is not rung again
		w.takes(two)
		hangsUp(two, carrier)
	})
}

func TestLateOffer(t *testing.T) { // RFC 3261 section 13.2.1
	live(t, rulesOf(queue.Group{}, "101"), func(w *town) {
		carrier, agent := w.phone("carrier"), w.phone("101")
		answer := carrier.SDP
		carrier.SDP = ""
		carrier.Calls("5550000")
		ok := carrier.Hears("SIP/2.0 200")
		if !strings.Contains(phone.Body(ok), "m=audio") {
			t.Fatalf("no offer in the 200:\n%s", ok)
		}
		audio := w.audio("10.0.2.1:4000")
		carrier.AcksWith(answer)
		rung(agent)
		w.pass(200 * time.Millisecond)
		if n := audio.heard.Load(); n < 8 {
			t.Errorf("the caller hears %d packets in 200 ms", n)
		}
		w.takes(agent)
		hangsUp(agent, carrier)
	})
}

func TestHoldAndResumeByTheAgent(t *testing.T) {
	live(t, rulesOf(queue.Group{}, "101"), func(w *town) {
		carrier, agent := w.phone("carrier"), w.phone("101")
		waits(carrier)
		rung(agent)
		w.takes(agent)
		agent.Offers("INVITE", strings.Replace(agent.SDP, "o=- 1 1", "o=- 1 2", 1)+"a=sendonly\r\n")
		ok := agent.Hears("SIP/2.0 200")
		if !strings.Contains(phone.Body(ok), "a=recvonly") {
			t.Errorf("hold is answered with:\n%s", ok)
		}
		agent.Acks()
		agent.Offers("INVITE", strings.Replace(agent.SDP, "o=- 1 1", "o=- 1 3", 1))
		if ok := agent.Hears("SIP/2.0 200"); !strings.Contains(phone.Body(ok), "a=sendrecv") {
			t.Errorf("resume is answered with:\n%s", ok)
		}
		agent.Acks()
		hangsUp(agent, carrier)
	})
}
