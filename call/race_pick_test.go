package call

import (
	"testing"
	"time"

	"ringtide/internal/phone"
	"ringtide/queue"
)

// Races of pick-ups: the actor of the call that rings decides who was first.

// colleagues are agents of one group whose calls may be picked up; only 101 is rung.
func colleagues() queue.Rules {
	r := only(queue.Group{Intercept: true}, "102", "103")
	r.Groups[0].Agents = []queue.AgentID{"101", "102", "103"}
	return r
}

// reaches dials a code with which a call is picked up, proven but not waited for.
func reaches(p *phone.Phone, user, code string) func() {
	p.Calls(code)
	no := p.Hears("SIP/2.0 401")
	p.AcksRefusal(no)
	p.Challenged(no)
	p.FarTag = ""
	p.Seq++
	proof := p.Proof(user, password, "INVITE", p.Target, nil)
	return func() {
		p.Invite = p.Request("INVITE", p.Seq, []string{"Content-Type: application/sdp", proof}, p.SDP)
		p.Put(p.Invite)
	}
}

func TestRace_APickUpAndAnAnswer(t *testing.T) {
	inBothOrders(t, colleagues(), func(w *town, both func(a, b func())) {
		carrier, alice, bob := w.phone("carrier"), w.phone("101"), w.phone("102")
		waits(carrier)
		rung(alice)
		reach := reaches(bob, "102", "*8")
		o := w.company(carrier, alice, bob)
		both(reach, func() { o.answers(alice) })
		o.settles(2 * time.Second)
		winner := alice
		switch {
		case o.has(bob, "200"):
			winner = bob
			if !o.has(alice, "BYE") {
				o.t.Errorf("alice was too late; %s", o.tells())
			}
		case !o.has(bob, "404"):
			o.t.Errorf("bob was too late; %s", o.tells())
		}
		o.mustBeTogether(carrier, winner)
	})
}

func TestRace_TwoPickUps(t *testing.T) {
	for _, code := range []string{"*8", "*8101", "*8600"} {
		t.Run(code, func(t *testing.T) {
			inBothOrders(t, colleagues(), func(w *town, both func(a, b func())) {
				carrier, alice, bob, carol := w.phone("carrier"), w.phone("101"), w.phone("102"), w.phone("103")
				waits(carrier)
				rung(alice)
				one, two := reaches(bob, "102", code), reaches(carol, "103", code)
				o := w.company(carrier, alice, bob, carol)
				both(one, two)
				o.settles(2 * time.Second)
				if o.times(bob, "200")+o.times(carol, "200") != 1 || o.times(bob, "404")+o.times(carol, "404") != 1 || !o.has(alice, "CANCEL:elsewhere") {
					o.t.Fatalf("exactly one has it, and the phone stops; %s", o.tells())
				}
				winner := bob
				if o.has(carol, "200") {
					winner = carol
				}
				o.mustBeTogether(carrier, winner)
			})
		})
	}
}

func TestRace_TheCallerLeavesAsItIsPickedUp(t *testing.T) {
	inBothOrders(t, colleagues(), func(w *town, both func(a, b func())) {
		carrier, alice, bob := w.phone("carrier"), w.phone("101"), w.phone("102")
		waits(carrier)
		rung(alice)
		reach := reaches(bob, "102", "*8")
		o := w.company(carrier, alice, bob)
		both(reach, hangsUpAtOnce(carrier))
		o.settles(2 * time.Second)
		if !o.has(bob, "404") && !(o.has(bob, "200") && o.has(bob, "BYE")) || !o.has(alice, "CANCEL") {
			o.t.Errorf("bob and alice must be told; %s", o.tells())
		}
		if n := w.x.Live(); n != 0 {
			o.t.Errorf("%d calls live", n)
		}
	})
}

func TestRace_TheTakerChangesItsMind(t *testing.T) {
	live(t, colleagues(), func(w *town) {
		carrier, alice, bob, carol := w.phone("carrier"), w.phone("101"), w.phone("102"), w.phone("103")
		waits(carrier)
		rung(alice)
		reach := reaches(bob, "102", "*8")
		o := w.company(carrier, alice, bob, carol)
		reach()
		bob.Cancels()
		o.settles(2 * time.Second)
		if o.together(carrier, bob) { // too late for a CANCEL
			o.ends(bob)
			return
		}
		o.somebodyIsRung(carrier, alice, carol)
	})
}

// somebodyIsRung, or rings still, and takes the call.
func (o *company) somebodyIsRung(carrier, first, next *phone.Phone) {
	o.t.Helper()
	rings := first
	if o.has(next, "INVITE") {
		rings = next
	} else if o.has(first, "CANCEL") && !o.has(first, "INVITE") {
		o.t.Fatalf("somebody must be rung; %s", o.tells())
	}
	o.answers(rings)
	o.settles(time.Second)
	o.mustBeTogether(carrier, rings)
}

func TestRace_TheTakerHangsUpAtOnce(t *testing.T) { // an empty answer is none: the others are rung anew
	live(t, colleagues(), func(w *town) {
		carrier, alice, bob, carol := w.phone("carrier"), w.phone("101"), w.phone("102"), w.phone("103")
		waits(carrier)
		rung(alice)
		reach := reaches(bob, "102", "*8")
		reach()
		bob.Hears("SIP/2.0 200")
		bob.Acks()
		o := w.company(carrier, alice, bob, carol)
		hangsUpAtOnce(bob)()
		o.settles(2 * time.Second)
		o.somebodyIsRung(carrier, alice, carol)
	})
}

func TestRace_ThePhoneThatRingsFailsAsItIsPickedUp(t *testing.T) {
	rules := colleagues()
	rules.Groups[0].Agents = []queue.AgentID{"101", "103", "102"} // who is rung next is somebody else
	for _, code := range []int{486, 603, 480} {
		inBothOrders(t, rules, func(w *town, both func(a, b func())) {
			carrier, alice, bob, carol := w.phone("carrier"), w.phone("101"), w.phone("102"), w.phone("103")
			waits(carrier)
			rung(alice)
			reach := reaches(bob, "102", "*8")
			o := w.company(carrier, alice, bob, carol)
			both(reach, func() { alice.Answers("INVITE", code, "") })
			o.settles(2 * time.Second)
			o.mustBeTogether(carrier, bob)
		})
	}
}

// TestRace_AColleaguePicksUpWhatIsBeingJoined: alice consults bob, whose phone rings, and hands the caller over as carol
// reaches for the call.
func TestRace_AColleaguePicksUpWhatIsBeingJoined(t *testing.T) {
	inBothOrders(t, colleagues(), func(w *town, both func(a, b func())) {
		s := w.consulted(false)
		reach := reaches(s.carol, "103", "*8102")
		both(s.joins(), reach)
		s.settles(2 * time.Second)
		if s.has(s.alice, "491") { // carol was just being connected
			s.joins()()
			s.settles(2 * time.Second)
		}
		takes := s.carol
		if s.has(s.carol, "404") {
			takes = s.bob
			s.answers(s.bob)
		} else if !s.has(s.bob, "CANCEL:elsewhere") {
			s.t.Errorf("bob's phone rings for nobody; %s", s.tells())
		}
		s.settles(6 * time.Second)
		s.mustBeTogether(s.carrier, takes)
	})
}

func TestRace_ACallIsTransferredByWhoHasPickedItUp(t *testing.T) {
	inBothOrders(t, colleagues(), func(w *town, both func(a, b func())) {
		carrier, alice, bob, carol := w.phone("carrier"), w.phone("101"), w.phone("102"), w.phone("103")
		waits(carrier)
		rung(alice)
		reaches(bob, "102", "*8")()
		o := w.company(carrier, alice, bob, carol)
		o.settles(2 * time.Second)
		both(asksFor(bob, "103"), hangsUpAtOnce(bob))
		o.settles(2 * time.Second)
		if !o.has(carol, "INVITE") { // he hung up first: that ends the call
			o.over()
			return
		}
		o.answers(carol)
		o.settles(time.Second)
		o.mustBeTogether(carrier, carol)
	})
}
