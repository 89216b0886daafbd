package call

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ringtide/internal/phone"
	"ringtide/queue"
	"ringtide/sip"
)

// Races inside a call: the order in which facts come decides, and this is the outcome. What the dialogs alone decide stands
// in package sip, rfc5407_test.go.

// ringing is a scene in which the caller waits and the phone of 101 rings.
func ringing(w *town) (carrier, one *phone.Phone) {
	carrier, one = w.phone("carrier"), w.phone("101")
	waits(carrier)
	rung(one)
	return carrier, one
}

// stops: a phone is told to stop ringing, and does.
func stops(p *phone.Phone) (cancel string) {
	cancel = p.Hears("CANCEL")
	p.Answers("CANCEL", 200, "")
	p.Answers("INVITE", 487, "")
	p.Hears("ACK")
	return cancel
}

// legs is how many an agent has now.
func (w *town) legs(agent queue.AgentID) int {
	w.t.Helper()
	shot, err := w.x.Snapshot(w.t.Context())
	w.must(err)
	i := slices.IndexFunc(shot.Agents, func(a queue.AgentView) bool { return a.ID == agent })
	return shot.Agents[i].Legs
}

func TestRace_CallerLeavesAndThePhoneNeverSaysAnything(t *testing.T) {
	live(t, rulesOf(queue.Group{}, "101", "102"), func(w *town) {
		carrier, one := w.phone("carrier"), w.phone("101")
		waits(carrier)
		one.Hears("INVITE")
		carrier.Asks("BYE")
		carrier.Hears("SIP/2.0 200")
		w.recorded(queue.EvAttemptWithdrawn) // the call is free at once
		w.pass(3 * time.Second)
		if n := w.legs("101"); n != 1 {
			t.Errorf("%d legs of the agent while its phone may still ring", n)
		}
		w.pass(2 * time.Second)
		if n := w.legs("101"); n != 0 {
			t.Errorf("%d legs of the agent after 4 s of silence", n)
		}
		w.recorded(queue.EvCallEnded)
	})
}

func TestRace_CallerLeavesAndTheAgentIsFreeWhenTheLegIsDown(t *testing.T) {
	live(t, rulesOf(queue.Group{WrapUp: 10 * time.Second}, "101"), func(w *town) {
		carrier, one := ringing(w)
		carrier.Asks("BYE")
		carrier.Hears("SIP/2.0 200")
		one.Hears("CANCEL")
		one.Answers("CANCEL", 200, "")
		waits(carrier)
		one.Silence(2 * time.Second) // it still takes its 487 back
		one.Answers("INVITE", 487, "")
		one.HearsAll("ACK", "INVITE") // and there is no wrap-up
		one.Answers("INVITE", 180, "")
		w.takes(one)
		hangsUp(one, carrier)
	})
}

func TestRace_CallerLeavesWhileTheAnswerIsOnItsWay(t *testing.T) {
	live(t, rulesOf(queue.Group{WrapUp: 10 * time.Second}, "101"), func(w *town) {
		carrier, one := ringing(w)
		carrier.Asks("BYE")
		carrier.Hears("SIP/2.0 200")
		one.Hears("CANCEL")
		one.Answers("INVITE", 200, one.SDP)
		one.Answers("CANCEL", 200, "")
		one.Hears("ACK")
		bye := one.Hears("BYE")
		if strings.Contains(phone.Header(bye, "Reason"), "cause=200") {
			t.Errorf("nobody else has the call:\n%s", bye)
		}
		one.Answers("BYE", 200, "")
		w.recorded(queue.EvCallAbandoned)
		if n := w.count(queue.EvCallAnswered) + w.count(queue.EvAttemptAnswered) + w.count(queue.EvAgentWrapUp); n != 0 {
			t.Errorf("%d events of an answer", n)
		}
		waits(carrier)
		rung(one)
		w.takes(one)
		hangsUp(one, carrier)
	})
}

func TestRace_RingTimeIsOver(t *testing.T) { // the next one is rung before the first has stopped
	live(t, rulesOf(queue.Group{Ring: 5 * time.Second}, "101", "102"), func(w *town) {
		carrier, one := ringing(w)
		two := w.phone("102")
		begun := time.Now()
		rung(two)
		if d := time.Since(begun); d != 5*time.Second {
			t.Errorf("the next phone rings after %v", d)
		}
		if cancel := stops(one); phone.Header(cancel, "Reason") != "" {
			t.Errorf("the phone would not show a missed call:\n%s", cancel)
		}
		w.takes(two)
		hangsUp(two, carrier)
	})
}

// spare puts another phone of a user on the network and registers it.
func (w *town) spare(user string) *phone.Phone {
	w.t.Helper()
	p := w.phoneAt("spare", "10.0.3."+user+":5060")
	address := "<sip:" + user + "@" + phone.Domain + ">"
	if res := p.Proves(user, password, "REGISTER", "sip:"+phone.Domain, nil, "From: "+address+";tag=1", "To: "+address,
		"Contact: <sip:"+user+"@"+p.Addr()+">"); phone.Code(res) != 200 {
		w.t.Fatalf("REGISTER of the spare phone: %s", res)
	}
	return p
}

func TestRace_ABusyDeviceAndADecliningPerson(t *testing.T) { // RFC 3261 section 16.7 item 5
	for code, person := range map[int]bool{486: false, 500: false, 302: false, 600: true, 603: true} {
		live(t, rulesOf(queue.Group{}, "101", "102"), func(w *town) {
			desk, spare, two, carrier := w.phone("101"), w.spare("101"), w.phone("102"), w.phone("carrier")
			waits(carrier)
			rung(desk)
			rung(spare)
			desk.Answers("INVITE", code, "", "Contact: <sip:spam@10.0.9.9>")
			desk.Hears("ACK")
			if person {
				stops(spare)
				rung(two)
				w.takes(two)
				hangsUp(two, carrier)
				return
			}
			two.Silence(2 * time.Second)
			w.takes(spare)
			hangsUp(spare, carrier)
		})
	}
}

func TestRace_RedirectedCallsStayHere(t *testing.T) { // fs246_302_loop
	live(t, rulesOf(queue.Group{}, "101", "102"), func(w *town) {
		carrier, one := ringing(w)
		two, elsewhere := w.phone("102"), w.phoneAt("elsewhere", "10.0.9.9:5060")
		one.Answers("INVITE", 302, "", "Contact: <sip:101@10.0.9.9>")
		one.Hears("ACK")
		rung(two)
		w.takes(two)
		hangsUp(two, carrier)
		if n := elsewhere.Unheard(); n != 0 {
			t.Errorf("%d messages went where the phone said", n)
		}
	})
}

func TestRace_UnreachableAnswersLeadToTheNextAgentAndATest(t *testing.T) {
	for _, code := range []int{480, 408, 503} {
		live(t, rulesOf(queue.Group{}, "101", "102"), func(w *town) {
			carrier, one := ringing(w)
			two := w.phone("102")
			one.Mute(true)
			one.Answers("INVITE", code, "")
			one.Hears("ACK")
			begun := time.Now()
			rung(two)
			if d := time.Since(begun); d > time.Millisecond {
				t.Errorf("%d: the next phone rings after %v", code, d)
			}
			w.takes(two)
			hangsUp(two, carrier)
			waits(carrier)
			rung(two) // though 101 was rung longer ago
			if e := w.recorded(queue.EvAgentOffline); e.Agent != "101" {
				t.Errorf("%d: %s is offline", code, e.Agent)
			}
			one.AwaitsTest()
			one.Mute(false)
			w.pass(10 * time.Second)
			stops(two)
			rung(one) // it answered a test
			w.takes(one)
			hangsUp(one, carrier)
		})
	}
}

func TestRace_AgentPausesOrLogsOutWhileItsPhoneRings(t *testing.T) { // fs1216_last_on_break
	for _, gone := range []queue.Fact{queue.Paused{Agent: "101"}, queue.LoggedOut{Agent: "101"}} {
		live(t, rulesOf(queue.Group{}, "101", "102"), func(w *town) {
			carrier, one := ringing(w)
			two := w.phone("102")
			w.x.Tell(gone)
			one.Silence(2 * time.Second)
			w.takes(one) // it may still be answered
			hangsUp(one, carrier)
			for range 2 {
				waits(carrier)
				rung(two)
				w.takes(two)
				hangsUp(two, carrier)
			}
			one.Silence(time.Second)
		})
	}
}

// The flow may still work although the registration is gone: what rings goes on, and nothing new comes.
func TestRace_AgentsPhoneUnregistersWhileItRings(t *testing.T) {
	live(t, rulesOf(queue.Group{}, "101", "102"), func(w *town) {
		carrier, one := ringing(w)
		two := w.phone("102")
		w.x.Tell(queue.DevicesReachable{User: "101"})
		one.Silence(2 * time.Second)
		w.takes(one)
		hangsUp(one, carrier)
		waits(carrier)
		rung(two)
		w.takes(two)
		hangsUp(two, carrier)
		one.Silence(time.Second)
	})
}

func TestRace_AnotherPhoneWinsWhileOneRings(t *testing.T) {
	live(t, rulesOf(queue.Group{Distribution: queue.Everybody}, "101", "102"), func(w *town) {
		carrier, one := ringing(w)
		two := w.phone("102")
		rung(two)
		w.takes(two)
		if why := phone.Header(stops(one), "Reason"); !strings.Contains(why, "cause=200") {
			t.Errorf("Reason %q, want completed elsewhere", why)
		}
		hangsUp(two, carrier)
		w.pass(time.Second)
		if n := w.count(queue.EvCallMissed); n != 0 {
			t.Errorf("%d calls are listed as missed", n)
		}
	})
}

func TestRace_AgentMakesACallWhileItsPhoneRings(t *testing.T) {
	rules := rulesOf(queue.Group{}, "101")
	rules.Users = append(rules.Users, queue.User{Extension: "103", Name: "Friend"})
	live(t, rules, func(w *town) {
		carrier, one := ringing(w)
		friend, soft := w.phone("103"), w.phoneAt("soft", "10.0.4.101:5060")
		soft.CallsProven("103", "101", password)
		rung(friend)
		if cancel := stops(one); phone.Header(cancel, "Reason") != "" {
			t.Errorf("the call was not taken elsewhere:\n%s", cancel)
		}
		soft.Hears("SIP/2.0 180")
		one.Silence(3 * time.Second)
		friend.Answers("INVITE", 486, "")
		friend.Hears("ACK")
		soft.Hears("SIP/2.0 200") // the mailbox
		soft.Acks()
		soft.Asks("BYE")
		soft.Hears("SIP/2.0 200")
		rung(one) // the caller has kept its place, and the agent is free again
		w.takes(one)
		hangsUp(one, carrier)
	})
}

func TestRace_AgentIsRemovedWhileItsPhoneRings(t *testing.T) {
	live(t, rulesOf(queue.Group{}, "101", "102"), func(w *town) {
		carrier, one := ringing(w)
		two := w.phone("102")
		w.x.Reload(Config{}, rulesOf(queue.Group{}, "102"))
		stops(one)
		rung(two)
		w.takes(two)
		w.x.Reload(Config{}, rulesOf(queue.Group{}, "101")) // who talks is left alone
		w.pass(5 * time.Second)
		hangsUp(two, carrier)
	})
}

func TestRace_GroupIsDeletedWhileAPhoneRings(t *testing.T) {
	rules := rulesOf(queue.Group{}, "101")
	live(t, rules, func(w *town) {
		carrier, one := ringing(w)
		rules.Groups = nil
		w.x.Reload(Config{}, rules)
		stops(one)
		carrier.Silence(time.Second) // the caller is not dropped, but leaves a message
		w.recorded(queue.EvCallVoicemail)
		carrier.Asks("BYE")
		carrier.Hears("SIP/2.0 200")
	})
}

func TestRace_MaxWaitEndsWhileAPhoneRings(t *testing.T) {
	g := queue.Group{Ring: 20 * time.Second, MaxWait: 8 * time.Second, Then: queue.Destination{Kind: queue.ToHangUp}}
	for name, answers := range map[string]bool{"answered within the 2 s": true, "not answered": false} {
		t.Run(name, func(t *testing.T) {
			live(t, rulesOf(g, "101"), func(w *town) {
				carrier, one := ringing(w)
				if answers {
					one.Silence(9 * time.Second)
					w.takes(one)
					hangsUp(one, carrier)
					return
				}
				begun := time.Now()
				stops(one)
				if d := time.Since(begun); d != 10*time.Second {
					t.Errorf("the phone stops after %v, want 10 s", d)
				}
				carrier.Hears("BYE")
				carrier.Answers("BYE", 200, "")
				w.pass(time.Second)
				if e := w.recorded(queue.EvCallEnded); e.Cause != string(queue.CauseTimeout) {
					t.Errorf("recorded as %s", e.Cause)
				}
			})
		})
	}
}

// TestRace_ALateAnswerStopsTheOtherPhonesOfThatAgent: 101 takes the call; in the same moment one phone of 102 answers. The
// other phone of 102 must not ring on.
func TestRace_ALateAnswerStopsTheOtherPhonesOfThatAgent(t *testing.T) {
	live(t, rulesOf(queue.Group{Distribution: queue.Everybody}, "101", "102"), func(w *town) {
		carrier, one := w.phone("carrier"), w.phone("101")
		desk, mobile := w.phone("102"), w.phoneAt("mobile", "10.0.1.202:5060")
		mobile.Proves("102", password, "REGISTER", "sip:pbx.test", nil, "To: <sip:102@pbx.test>", "Contact: <sip:102@"+mobile.Addr()+">")
		waits(carrier)
		for _, p := range []*phone.Phone{one, desk, mobile} {
			rung(p)
		}
		c := w.onlyCall()
		late := c.attempts[len(c.attempts)-1]
		c.winner = c.attempts[0].legs[0] // as if its answer stood just before
		late.legs[0].takesEvent(sip.Answered{SDP: []byte(desk.SDP)})
		synctest.Wait()
		for _, p := range []*phone.Phone{desk, mobile} {
			p.Hears("CANCEL")
			p.Answers("CANCEL", 200, "")
			p.Answers("INVITE", 487, "")
			p.Hears("ACK")
		}
		synctest.Wait()
		c.winner = nil
		w.takes(one)
		hangsUp(one, carrier)
	})
}
