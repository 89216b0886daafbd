package call

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ringtide/internal/phone"
	"ringtide/media"
	"ringtide/queue"
)

func TestADirectCallRelaysRingingAndRefusal(t *testing.T) {
	live(t, rulesOf(queue.Group{}, "101", "102"), func(w *town) {
		one, two := w.phone("101"), w.phone("102")
		one.CallsProven("102", "101", password)
		rung(two)
		one.Hears("SIP/2.0 180")
		w.takes(two)
		if ok := one.Hears("SIP/2.0 200"); !strings.Contains(phone.Body(ok), "m=audio") {
			t.Errorf("answer without audio:\n%s", ok)
		}
		one.Acks()
		w.pass(time.Second)
		hangsUp(one, two)
	})
}

func TestEarlyMediaReachesAUserNotATrunk(t *testing.T) { // RFC 3960 section 3.2
	live(t, rulesOf(queue.Group{}, "101", "102"), func(w *town) {
		one, two, carrier := w.phone("101"), w.phone("102"), w.phone("carrier")
		one.CallsProven("102", "101", password)
		two.Hears("INVITE")
		two.Answers("INVITE", 183, two.SDP)
		early := one.Hears("SIP/2.0 183")
		w.takes(two)
		if ok := one.Hears("SIP/2.0 200"); phone.Body(ok) != phone.Body(early) {
			t.Errorf("the 200 changes the answer that the 183 gave:\n%s\n%s", early, ok)
		}
		one.Acks()
		w.pass(time.Second)
		hangsUp(two, one)

		carrier.Calls("5550101")
		one.Hears("INVITE")
		one.Answers("INVITE", 183, one.SDP)
		carrier.Hears("SIP/2.0 180")
		w.takes(one)
		carrier.Hears("SIP/2.0 200")
		carrier.Acks()
		w.pass(time.Second)
		hangsUp(carrier, one)
	})
}

func TestAnOfferBeforeTheAnswerCounts(t *testing.T) { // RFC 3311 section 5.1, RFC 3262 section 5
	live(t, rulesOf(queue.Group{}, "101", "102"), func(w *town) {
		one, two := w.phone("101"), w.phone("102")
		one.CallsProven("102", "101", password, "Supported: 100rel")
		two.Hears("INVITE")
		two.Answers("INVITE", 183, two.SDP)
		early := one.Hears("SIP/2.0 183")
		invite := one.Seq
		one.Asks("PRACK", fmt.Sprintf("RAck: %s %d INVITE", phone.Header(early, "RSeq"), invite))
		one.Hears("SIP/2.0 200")
		moved := strings.Replace(one.SDP, "RTP/AVP 0 101", "RTP/AVP 8 101", 1)
		one.Offers("UPDATE", moved)
		ours := phone.Body(one.Hears("SIP/2.0 200"))
		if !strings.Contains(ours, "RTP/AVP 8 101") {
			t.Errorf("UPDATE answered with\n%s", ours)
		}
		w.takes(two)
		if ok := one.Hears("SIP/2.0 200"); phone.Body(ok) != "" {
			t.Errorf("the 200 takes it back:\n%s", ok)
		}
		one.Send(one.Request("ACK", invite, nil, ""))
		w.pass(time.Second)
		one.Offers("INVITE", moved)
		if ok := one.Hears("SIP/2.0 200"); phone.Body(ok) != ours {
			t.Errorf("in the meantime we held something else true:\n%s\n%s", ok, ours)
		}
		one.Acks()
		w.pass(time.Second)
		hangsUp(two, one)
	})
}

func TestACodeIsSpokenAndDone(t *testing.T) {
	live(t, rulesOf(queue.Group{}, "101"), func(w *town) {
		one := w.phone("101")
		one.CallsProven("*13", "101", password)
		one.Hears("SIP/2.0 200")
		one.Acks()
		one.Hears("BYE")
		one.Answers("BYE", 200, "")
		w.recorded(queue.EvAgentPaused)
		one.CallsProven("999", "101", password)
		no := one.Hears("SIP/2.0 40")
		one.AcksRefusal(no)
	})
}

func TestKeysByInfoSkipTheGreetingAndEndTheMessage(t *testing.T) {
	rules := rulesOf(queue.Group{IfMissed: queue.Destination{Kind: queue.ToVoicemail, Name: "sales"}}, "101")
	live(t, rules, func(w *town) {
		carrier := w.phone("carrier")
		w.x.Tell(queue.DevicesReachable{User: "101", N: 0}) // nobody is online
		carrier.Calls("5550000")
		ok := carrier.Hears("SIP/2.0 200")
		carrier.Acks()
		press := func(key string) {
			carrier.Seq++
			carrier.Send(carrier.Request("INFO", carrier.Seq, []string{"Content-Type: application/dtmf-relay"}, "Signal="+key+"\r\nDuration=100\r\n"))
			carrier.Hears("SIP/2.0 200")
		}
		w.pass(100 * time.Millisecond)
		press("1")
		voice := w.audio("10.0.2.1:4000")
		voice.speak(phone.Body(ok), 5*time.Second)
		c := w.onlyCall()
		c.in.Put(mediaEvent{c.caller, media.Digit{Key: '#'}}) // the phone sends its keys both ways: they count once
		voice.speak(phone.Body(ok), 5*time.Second)
		press("#")
		carrier.Hears("BYE")
		carrier.Answers("BYE", 200, "")
		w.pass(time.Second)
		if n := w.shelf.Count("sales"); n != 1 {
			t.Errorf("%d messages kept", n)
		}
		if e := w.recorded(queue.EvVoicemailLeft); e.Length < 9*time.Second || e.Length > 11*time.Second {
			t.Errorf("a message of %v", e.Length)
		}
		w.phone("101")
	})
}

func TestAMessageIsKeptWhenTheCallerHangsUp(t *testing.T) {
	for name, after := range map[string]struct {
		talk time.Duration
		kept bool
	}{
		"during the greeting":  {time.Second, false},
		"during the recording": {20 * time.Second, true},
	} {
		t.Run(name, func(t *testing.T) {
			rules := rulesOf(queue.Group{IfMissed: queue.Destination{Kind: queue.ToVoicemail, Name: "sales"}}, "101")
			live(t, rules, func(w *town) {
				carrier := w.phone("carrier")
				w.x.Tell(queue.DevicesReachable{User: "101", N: 0}) // nobody is online
				carrier.Calls("5550000")
				ok := carrier.Hears("SIP/2.0 200")
				carrier.Acks()
				w.audio("10.0.2.1:4000").speak(phone.Body(ok), after.talk)
				carrier.Asks("BYE")
				carrier.Hears("SIP/2.0 200")
				w.pass(5 * time.Second)
				if n := w.shelf.Count("sales"); (n == 1) != after.kept {
					t.Errorf("%d messages kept", n)
				}
				if n := w.count(queue.EvVoicemailLeft); (n == 1) != after.kept {
					t.Errorf("%d messages recorded", n)
				}
				w.recorded(queue.EvCallMissed)
				w.phone("101")
			})
		})
	}
}
