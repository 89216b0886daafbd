package call

import (
	"strings"
	"testing"
	"time"

	"ringtide/internal/phone"
	"ringtide/queue"
)

// rung lets a phone hear an INVITE and ring.
func rung(p *phone.Phone) string {
	invite := p.Hears("INVITE")
	p.Answers("INVITE", 180, "")
	return invite
}

// takes answers an INVITE that rings, and talks for two seconds.
func (w *town) takes(p *phone.Phone) {
	p.Answers("INVITE", 200, p.SDP)
	p.Hears("ACK")
	w.pass(2 * time.Second)
}

// waits lets the carrier call the group and be answered with music.
func waits(p *phone.Phone) {
	p.Calls("5550000")
	p.Hears("SIP/2.0 200")
	p.Acks()
}

func hangsUp(p, other *phone.Phone) {
	p.Asks("BYE")
	p.Hears("SIP/2.0 200")
	other.Hears("BYE")
	other.Answers("BYE", 200, "")
}

func TestACallFindsItsAgent(t *testing.T) {
	live(t, rulesOf(queue.Group{}, "101"), func(w *town) {
		carrier, agent := w.phone("carrier"), w.phone("101")
		waits(carrier)
		invite := rung(agent)
		if from := phone.Header(invite, "From"); !strings.HasPrefix(from, `"Sales: carrier" <sip:carrier@`) {
			t.Errorf("the agent sees %s", from)
		}
		if hops := phone.Header(invite, "Max-Forwards"); hops != "69" {
			t.Errorf("Max-Forwards is %s, want the caller's less one", hops)
		}
		w.takes(agent)
		w.pass(5 * time.Second)
		hangsUp(agent, carrier)
		w.pass(time.Second)
		if e := w.recorded(queue.EvCallEnded); e.Cause != string(queue.CauseNormal) || e.Talked < 5*time.Second {
			t.Errorf("recorded %+v", e)
		}
	})
}

func TestTheCallerHangsUpWhileTalking(t *testing.T) {
	live(t, rulesOf(queue.Group{WrapUp: 10 * time.Second}, "101"), func(w *town) {
		carrier, agent := w.phone("carrier"), w.phone("101")
		waits(carrier)
		rung(agent)
		w.takes(agent)
		hangsUp(carrier, agent)
		waits(carrier) // the next call stands in line until wrap-up is over
		agent.Silence(9 * time.Second)
		rung(agent)
		w.takes(agent)
		hangsUp(agent, carrier)
	})
}

func TestTwoAgentsAnswerAtOnce(t *testing.T) { // ast176_two_answers
	live(t, rulesOf(queue.Group{Distribution: queue.Everybody}, "101", "102"), func(w *town) {
		carrier, one, two := w.phone("carrier"), w.phone("101"), w.phone("102")
		waits(carrier)
		rung(one)
		rung(two)
		one.Answers("INVITE", 200, one.SDP)
		two.Answers("INVITE", 200, two.SDP)
		one.Hears("ACK")
		if m := two.Hears(""); strings.HasPrefix(m, "CANCEL") { // it crossed the answer
			two.Answers("CANCEL", 481, "")
			two.Hears("ACK")
		}
		bye := two.Hears("BYE")
		if !strings.Contains(phone.Header(bye, "Reason"), "cause=200") {
			t.Errorf("the second phone is not told that the call was taken elsewhere:\n%s", bye)
		}
		two.Answers("BYE", 200, "")
		w.pass(time.Second)
		if n := w.count(queue.EvCallAnswered); n != 1 {
			t.Errorf("answered %d times", n)
		}
		hangsUp(one, carrier)
	})
}

func TestTheOthersStopWhenOneAnswers(t *testing.T) {
	live(t, rulesOf(queue.Group{Distribution: queue.Everybody}, "101", "102"), func(w *town) {
		carrier, one, two := w.phone("carrier"), w.phone("101"), w.phone("102")
		waits(carrier)
		rung(one)
		rung(two)
		w.takes(two)
		cancel := one.Hears("CANCEL")
		if !strings.Contains(phone.Header(cancel, "Reason"), "cause=200") {
			t.Errorf("no word of elsewhere:\n%s", cancel)
		}
		one.Answers("CANCEL", 200, "")
		one.Answers("INVITE", 487, "")
		one.Hears("ACK")
		hangsUp(two, carrier)
	})
}

func TestTheAnswerCrossesTheStop(t *testing.T) { // RFC 5407 section 3.1.2
	live(t, rulesOf(queue.Group{Ring: 5 * time.Second}, "101", "102"), func(w *town) {
		carrier, one, two := w.phone("carrier"), w.phone("101"), w.phone("102")
		waits(carrier)
		rung(one)
		rung(two) // the ring time of 101 is over: a CANCEL is on its way
		one.Hears("CANCEL")
		one.Answers("CANCEL", 200, "")
		one.Answers("INVITE", 200, one.SDP)
		one.Hears("ACK")
		one.Hears("BYE")
		w.takes(two)
		one.Answers("BYE", 200, "")
		hangsUp(two, carrier)
		w.pass(time.Second)
		if n := w.count(queue.EvCallAnswered); n != 1 {
			t.Errorf("answered %d times", n)
		}
	})
}

func TestTheCallerLeavesWhilePhonesRing(t *testing.T) { // fs1426_elsewhere_when_caller_gave_up
	live(t, rulesOf(queue.Group{}, "101"), func(w *town) {
		carrier, agent := w.phone("carrier"), w.phone("101")
		waits(carrier)
		rung(agent)
		carrier.Asks("BYE")
		carrier.Hears("SIP/2.0 200")
		cancel := agent.Hears("CANCEL")
		if strings.Contains(phone.Header(cancel, "Reason"), "cause=200") {
			t.Errorf("the phone would not show a missed call:\n%s", cancel)
		}
		agent.Answers("CANCEL", 200, "")
		agent.Answers("INVITE", 487, "")
		agent.Hears("ACK")
		w.recorded(queue.EvCallAbandoned)
	})
}

func TestTheCallerLeavesBeforeThePhoneSaysAnything(t *testing.T) { // fs2529_zombie_call
	live(t, rulesOf(queue.Group{}, "101"), func(w *town) {
		carrier, agent := w.phone("carrier"), w.phone("101")
		waits(carrier)
		agent.Hears("INVITE")
		carrier.Asks("BYE")
		carrier.Hears("SIP/2.0 200")
		w.pass(100 * time.Millisecond)
		agent.Answers("INVITE", 180, "") // only now may a CANCEL be sent (RFC 3261 section 9.1)
		agent.Hears("CANCEL")
		agent.Answers("CANCEL", 200, "")
		agent.Answers("INVITE", 487, "")
		agent.Hears("ACK")
		waits(carrier) // the agent is not stuck
		rung(agent)
		w.takes(agent)
		hangsUp(agent, carrier)
	})
}

func TestASilentPhoneIsPassedOver(t *testing.T) {
	live(t, rulesOf(queue.Group{}, "101", "102"), func(w *town) {
		carrier, two := w.phone("carrier"), w.phone("102") // the phone of 101 is off
		begun := time.Now()
		waits(carrier)
		rung(two)
		if d := time.Since(begun); d < 3*time.Second || d > 5*time.Second {
			t.Errorf("the next phone rang after %v, want about 4 s", d)
		}
		w.takes(two)
		hangsUp(two, carrier)
		begun = time.Now()
		waits(carrier)
		rung(two)
		if d := time.Since(begun); d > time.Second {
			t.Errorf("the second caller waited %v for a phone known to be off", d)
		}
		w.takes(two)
		hangsUp(two, carrier)
		w.phone("101") // on again: it answers the next OPTIONS
	})
}

func TestAnEmptyAnswerIsNone(t *testing.T) { // ast1557_dump_then_reoffer
	live(t, rulesOf(queue.Group{}, "101", "102"), func(w *town) {
		carrier, one, two := w.phone("carrier"), w.phone("101"), w.phone("102")
		waits(carrier)
		rung(one)
		one.Answers("INVITE", 200, one.SDP)
		one.Hears("ACK")
		w.pass(300 * time.Millisecond)
		one.Asks("BYE")
		one.Hears("SIP/2.0 200")
		rung(two) // at once, and the caller has not noticed
		w.takes(two)
		hangsUp(two, carrier)
		w.pass(time.Second)
		if e := w.recorded(queue.EvCallAnswered); e.Agent != "102" {
			t.Errorf("answered by %s", e.Agent)
		}
	})
}

func TestADecliningPersonStopsOnlyItself(t *testing.T) {
	live(t, rulesOf(queue.Group{}, "101", "102"), func(w *town) {
		carrier, one, two := w.phone("carrier"), w.phone("101"), w.phone("102")
		waits(carrier)
		rung(one)
		one.Answers("INVITE", 603, "")
		one.Hears("ACK")
		rung(two)
		w.takes(two)
		hangsUp(two, carrier)
	})
}
