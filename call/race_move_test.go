package call

import (
	"strings"
	"testing"
	"time"

	"ringtide/internal/phone"
	"ringtide/queue"
)

// Races of transfers: who hangs up, answers or transfers just then.

// asksFor is a REFER that nobody waits for.
func asksFor(p *phone.Phone, to string) func() {
	if !strings.HasPrefix(to, "<") {
		to = "<sip:" + to + "@" + phone.Domain + ">"
	}
	return func() { p.Asks("REFER", "Refer-To: "+to) }
}

// directRings is how long the target of a transfer is rung.
const directRings = 30 * time.Second

func hangsUpAtOnce(p *phone.Phone) func() { return func() { p.Asks("BYE") } }

// user calls another one, who answers.
func (w *town) userCalls(caller *phone.Phone, from string, callee *phone.Phone, to string) {
	w.t.Helper()
	caller.CallsProven(to, from, password)
	rung(callee)
	caller.Hears("SIP/2.0 180")
	w.takes(callee)
	caller.Hears("SIP/2.0 200")
	caller.Acks()
	w.pass(time.Second)
}

func TestRace_TheCallerLeavesAsItIsTransferred(t *testing.T) {
	inBothOrders(t, only(queue.Group{}, "102"), func(w *town, both func(a, b func())) {
		carrier, alice, bob := w.phone("carrier"), w.phone("101"), w.phone("102")
		w.talk(carrier, alice)
		o := w.company(carrier, alice, bob)
		both(asksFor(alice, "102"), hangsUpAtOnce(carrier))
		o.settles(time.Second)
		if o.has(bob, "INVITE") != o.has(bob, "CANCEL") {
			o.t.Errorf("bob's phone rings for nobody; %s", o.tells())
		}
		if !o.has(alice, "BYE") {
			o.t.Errorf("alice is left alone; %s", o.tells())
		}
		o.over()
	})
}

func TestRace_TheTransferorsByeCrossesThe202(t *testing.T) {
	t.Run("of who was called", func(t *testing.T) {
		live(t, only(queue.Group{}, "102"), func(w *town) {
			carrier, alice, bob := w.phone("carrier"), w.phone("101"), w.phone("102")
			w.talk(carrier, alice)
			o := w.company(carrier, alice, bob)
			asksFor(alice, "102")()
			hangsUpAtOnce(alice)()
			o.settles(time.Second)
			o.answers(bob)
			o.settles(time.Second)
			o.mustBeTogether(carrier, bob)
		})
	})
	t.Run("of who has called", func(t *testing.T) {
		live(t, only(queue.Group{}, "102", "103"), func(w *town) {
			alice, bob, carol := w.phone("101"), w.phone("102"), w.phone("103")
			w.userCalls(alice, "101", bob, "102")
			o := w.company(alice, bob, carol)
			asksFor(alice, "103")()
			hangsUpAtOnce(alice)()
			o.settles(time.Second)
			o.answers(carol)
			o.settles(time.Second)
			o.mustBeTogether(bob, carol)
		})
	})
}

func TestRace_TwoTransfersCross(t *testing.T) {
	inBothOrders(t, only(queue.Group{}, "102", "103", "104"), func(w *town, both func(a, b func())) {
		alice, bob, carol, dave := w.phone("101"), w.phone("102"), w.phone("103"), w.phone("104")
		w.userCalls(alice, "101", bob, "102")
		o := w.company(alice, bob, carol, dave)
		both(asksFor(alice, "103"), asksFor(bob, "104"))
		o.settles(time.Second)
		goes, stays, target, other := alice, bob, carol, dave
		if o.has(bob, "202") {
			goes, stays, target, other = bob, alice, dave, carol
		}
		if !o.has(goes, "202") || !o.has(stays, "491") || o.has(other, "INVITE") {
			o.t.Fatalf("want one 202 and one 491; %s", o.tells())
		}
		o.answers(target)
		o.settles(time.Second)
		o.mustBeTogether(stays, target)
	})
}

func TestRace_WhoStaysHangsUpAsTheCallTurnsRound(t *testing.T) {
	inBothOrders(t, only(queue.Group{}, "102", "103"), func(w *town, both func(a, b func())) {
		alice, bob, carol := w.phone("101"), w.phone("102"), w.phone("103")
		w.userCalls(alice, "101", bob, "102")
		o := w.company(alice, bob, carol)
		both(asksFor(alice, "103"), hangsUpAtOnce(bob))
		o.settles(time.Second)
		if o.has(carol, "INVITE") != o.has(carol, "CANCEL") {
			o.t.Errorf("carol's phone rings for nobody; %s", o.tells())
		}
		o.over()
	})
}

func TestRace_TheTargetAnswersAsTheCallerLeaves(t *testing.T) {
	inBothOrders(t, only(queue.Group{}, "102"), func(w *town, both func(a, b func())) {
		carrier, alice, bob := w.phone("carrier"), w.phone("101"), w.phone("102")
		w.talk(carrier, alice)
		o := w.company(carrier, alice, bob)
		asksFor(alice, "102")()
		o.settles(time.Second)
		both(hangsUpAtOnce(carrier), func() { o.answers(bob) })
		o.settles(6 * time.Second)
		if !o.has(bob, "BYE") || !o.has(alice, "BYE") {
			o.t.Errorf("nobody must be left alone; %s", o.tells())
		}
		o.over()
	})
}

func TestRace_TheTargetAnswersAsItIsGivenUp(t *testing.T) {
	live(t, only(queue.Group{}, "102"), func(w *town) {
		carrier, alice, bob := w.phone("carrier"), w.phone("101"), w.phone("102")
		w.talk(carrier, alice)
		o := w.company(carrier, alice, bob)
		begun := time.Now()
		asksFor(alice, "102")()
		o.settles(20 * time.Second)
		<-time.After(time.Until(begun.Add(directRings))) // to the nanosecond
		o.answers(bob)
		o.settles(2 * time.Second)
		if o.together(carrier, bob) {
			o.ends(carrier)
			return
		}
		if !o.has(bob, "BYE") || !o.has(alice, "INVITE") {
			o.t.Fatalf("bob must be refused and alice rung; %s", o.tells())
		}
		o.answers(alice)
		o.settles(time.Second)
		o.mustBeTogether(carrier, alice)
	})
}

func TestRace_TheTargetFailsInEveryState(t *testing.T) { // S14: the caller comes back
	for name, fails := range map[string]func(o *company, bob *phone.Phone){
		"it rejects":                func(_ *company, bob *phone.Phone) { bob.Answers("INVITE", 486, "") },
		"it declines":               func(_ *company, bob *phone.Phone) { bob.Answers("INVITE", 603, "") },
		"nobody answers":            func(o *company, _ *phone.Phone) { o.pass(directRings - time.Second) },
		"it answers and hangs up":   func(o *company, bob *phone.Phone) { o.answers(bob); bob.Hears("ACK"); bob.Asks("BYE") },
		"it answers without audio":  func(o *company, bob *phone.Phone) { o.up[bob] = bob.CallID; bob.Answers("INVITE", 200, "") },
		"it is taken off the rules": func(o *company, _ *phone.Phone) { o.x.Reload(Config{MaxCalls: 50}, only(queue.Group{})) },
	} {
		t.Run(name, func(t *testing.T) {
			live(t, only(queue.Group{}, "102"), func(w *town) {
				carrier, alice, bob := w.phone("carrier"), w.phone("101"), w.phone("102")
				w.talk(carrier, alice)
				o := w.company(carrier, alice, bob)
				asksFor(alice, "102")()
				o.settles(time.Second)
				o.forgets()
				fails(o, bob)
				o.settles(2 * time.Second)
				if o.times(alice, "INVITE") != 1 {
					o.t.Fatalf("alice must be rung again; %s", o.tells())
				}
				o.answers(alice)
				o.settles(6 * time.Second) // her old leg is hung up meanwhile
				o.mustBeTogether(carrier, alice)
			})
		})
	}
}

func TestRace_TheTargetsPhoneNeverSaysAnything(t *testing.T) {
	live(t, only(queue.Group{}, "102"), func(w *town) {
		carrier, alice := w.phone("carrier"), w.phone("101")
		w.phone("102") // is deaf
		w.talk(carrier, alice)
		o := w.company(carrier, alice)
		asksFor(alice, "102")()
		o.settles(5 * time.Second)
		if !o.has(alice, "INVITE") {
			o.t.Fatalf("alice must be rung again after 4 s; %s", o.tells())
		}
		o.answers(alice)
		o.settles(6 * time.Second)
		o.mustBeTogether(carrier, alice)
	})
}

func TestRace_TheTransferorIsEngagedWhenTheCallerComesBack(t *testing.T) {
	rules := only(queue.Group{IfMissed: queue.Destination{Kind: queue.ToHold}}, "102", "103")
	rules.Groups[0].Agents = []queue.AgentID{"101", "103"}
	live(t, rules, func(w *town) {
		carrier, alice, bob, carol := w.phone("carrier"), w.phone("101"), w.phone("102"), w.phone("103")
		w.talk(carrier, alice)
		o := w.company(carrier, alice, bob, carol)
		asksFor(alice, "102")()
		o.settles(time.Second)
		hangsUpAtOnce(alice)()
		o.settles(time.Second)
		alice.CallsProven("103", "101", password) // as bob rings
		o.settles(time.Second)
		o.answers(carol)
		o.settles(time.Second)
		o.forgets()
		bob.Answers("INVITE", 486, "")
		o.settles(2 * time.Second)
		if o.has(alice, "INVITE") || o.has(carol, "INVITE") {
			o.t.Fatalf("both talk; %s", o.tells())
		}
		hangsUpAtOnce(carol)() // the caller waits at the head of the line
		o.settles(time.Second)
		rings := alice
		if o.has(carol, "INVITE") {
			rings = carol
		}
		o.answers(rings)
		o.settles(time.Second)
		o.mustBeTogether(carrier, rings)
	})
}

func TestRace_TheTransferorIsRemovedWhileTheTargetRings(t *testing.T) {
	rules := only(queue.Group{}, "102", "103")
	live(t, rules, func(w *town) {
		carrier, alice, bob, carol := w.phone("carrier"), w.phone("101"), w.phone("102"), w.phone("103")
		w.talk(carrier, alice)
		o := w.company(carrier, alice, bob, carol)
		asksFor(alice, "102")()
		o.settles(time.Second)
		hangsUpAtOnce(alice)()
		o.settles(time.Second)
		others := rulesOf(queue.Group{}, "103")
		others.Users = append(others.Users, queue.User{Extension: "102", Name: "Bob"})
		w.x.Reload(Config{MaxCalls: 50}, others)
		bob.Answers("INVITE", 486, "")
		o.settles(time.Second)
		if !o.has(carol, "INVITE") {
			o.t.Fatalf("the group of origin must ring; %s", o.tells())
		}
		o.answers(carol)
		o.settles(time.Second)
		o.mustBeTogether(carrier, carol)
	})
}

func TestRace_AKeyAndAnAnswer(t *testing.T) {
	rules := only(queue.Group{Keys: map[string]queue.Destination{"2": {Kind: queue.ToUser, Name: "102"}}}, "102")
	inBothOrders(t, rules, func(w *town, both func(a, b func())) {
		carrier, alice, bob := w.phone("carrier"), w.phone("101"), w.phone("102")
		waits(carrier)
		rung(alice)
		o := w.company(carrier, alice, bob)
		press := func() {
			info := carrier.Request("INFO", carrier.Seq+1, []string{"Content-Type: application/dtmf-relay"}, "Signal=2\r\n")
			carrier.Seq++
			carrier.Put(info)
		}
		both(press, func() { o.answers(alice) })
		o.settles(2 * time.Second)
		if o.has(bob, "INVITE") {
			if !o.has(alice, "BYE") {
				o.t.Errorf("alice has answered a call that has gone; %s", o.tells())
			}
			o.answers(bob)
			o.settles(time.Second)
			o.mustBeTogether(carrier, bob)
			return
		}
		o.mustBeTogether(carrier, alice)
	})
}

func TestRace_TheServerIsShutDownAsACallIsTransferred(t *testing.T) {
	inBothOrders(t, only(queue.Group{}, "102"), func(w *town, both func(a, b func())) {
		carrier, alice, bob := w.phone("carrier"), w.phone("101"), w.phone("102")
		w.talk(carrier, alice)
		o := w.company(carrier, alice, bob)
		both(asksFor(alice, "102"), func() { w.x.in.Put(cut{}) })
		o.over()
		if !o.has(carrier, "BYE") || o.has(bob, "INVITE") && !o.has(bob, "CANCEL") {
			o.t.Errorf("everybody must be told; %s", o.tells())
		}
	})
}
