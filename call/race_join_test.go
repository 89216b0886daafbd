package call

import (
	"testing"
	"time"

	"ringtide/internal/phone"
	"ringtide/queue"
)

// Races of attended transfers: what happens at the moment in which two calls become one.

// consultation is a scene in which the caller is on hold and alice calls bob from her other line.
type consultation struct {
	*company
	carrier, alice, line, bob, carol *phone.Phone
}

// consulted begins such a scene; bob answers, or his phone rings only.
func (w *town) consulted(bobAnswers bool) consultation {
	w.t.Helper()
	s := consultation{carrier: w.phone("carrier"), alice: w.phone("101"), bob: w.phone("102"), carol: w.phone("103")}
	w.talk(s.carrier, s.alice)
	s.line = w.consults(s.alice, "102")
	rung(s.bob)
	s.line.Hears("SIP/2.0 180")
	s.company = w.company(s.carrier, s.alice, s.line, s.bob, s.carol)
	if bobAnswers {
		s.answers(s.bob)
		s.settles(2 * time.Second)
		s.forgets()
	}
	return s
}

// joins is alice's REFER that brings the two together.
func (s consultation) joins() func() { return asksFor(s.alice, replacing(s.line)) }

// keepsTheCaller ends a scene in which bob has gone: either alice was refused and still holds the caller, or he comes back.
func (s consultation) keepsTheCaller() {
	s.t.Helper()
	if s.has(s.alice, "202") {
		if !s.has(s.alice, "INVITE") {
			s.t.Fatalf("the caller must come back to alice; %s", s.tells())
		}
		s.answers(s.alice)
		s.settles(6 * time.Second)
	}
	s.mustBeTogether(s.carrier, s.alice)
}

// race runs a consultation in both orders of two things.
func raceOfJoin(t *testing.T, bobAnswers bool, scene func(s consultation, both func(a, b func()))) {
	inBothOrders(t, only(queue.Group{}, "102", "103"), func(w *town, both func(a, b func())) {
		scene(w.consulted(bobAnswers), both)
	})
}

func TestRace_TheCallerLeavesAsCallsAreJoined(t *testing.T) {
	raceOfJoin(t, true, func(s consultation, both func(a, b func())) {
		both(s.joins(), hangsUpAtOnce(s.carrier))
		s.settles(2 * time.Second)
		if !s.has(s.bob, "BYE") { // he was faster: alice and bob talk on
			s.mustBeTogether(s.line, s.bob)
			return
		}
		if !s.has(s.line, "BYE") || !s.has(s.alice, "BYE") {
			s.t.Errorf("nobody must be left alone; %s", s.tells())
		}
		s.over()
	})
}

func TestRace_TheConsultedHangsUpAsCallsAreJoined(t *testing.T) {
	raceOfJoin(t, true, func(s consultation, both func(a, b func())) {
		both(s.joins(), hangsUpAtOnce(s.bob))
		s.settles(2 * time.Second)
		if s.x.Live() == 0 { // joined, and then he hung up
			s.over()
			return
		}
		s.keepsTheCaller()
	})
}

func TestRace_TheConsultedAnswersAsCallsAreJoined(t *testing.T) {
	raceOfJoin(t, false, func(s consultation, both func(a, b func())) {
		both(s.joins(), func() { s.answers(s.bob) })
		s.settles(2 * time.Second)
		if s.has(s.alice, "491") { // he was just being connected
			s.joins()()
			s.settles(2 * time.Second)
		}
		if !s.has(s.alice, "202") || !s.has(s.alice, "NOTIFY:200") {
			s.t.Errorf("either way the transfer succeeds; %s", s.tells())
		}
		s.settles(6 * time.Second)
		s.mustBeTogether(s.carrier, s.bob)
	})
}

func TestRace_TheConsultedRejectsAsCallsAreJoined(t *testing.T) {
	raceOfJoin(t, false, func(s consultation, both func(a, b func())) {
		both(s.joins(), func() { s.bob.Answers("INVITE", 486, "") })
		s.settles(2 * time.Second)
		if s.has(s.line, "200") { // bob was faster: alice's line is with his mailbox
			s.line.Asks("BYE")
			s.settles(time.Second)
		}
		s.keepsTheCaller()
	})
}

func TestRace_TheCancelOfTheConsultationCrossesTheTransfer(t *testing.T) {
	raceOfJoin(t, false, func(s consultation, both func(a, b func())) {
		both(s.joins(), func() { s.line.Cancels() })
		s.settles(2 * time.Second)
		if s.has(s.bob, "CANCEL") {
			s.keepsTheCaller()
			return
		}
		s.answers(s.bob) // it was joined
		s.settles(6 * time.Second)
		s.mustBeTogether(s.carrier, s.bob)
	})
}

func TestRace_TheConsultationHangsUpAsItIsHandedOver(t *testing.T) { // some phones do not wait for the 202
	raceOfJoin(t, true, func(s consultation, both func(a, b func())) {
		both(s.joins(), hangsUpAtOnce(s.line))
		s.settles(2 * time.Second)
		if s.together(s.carrier, s.bob) {
			s.ends(s.carrier)
			return
		}
		s.keepsTheCaller()
	})
}

func TestRace_TheTransferorHangsUpBothAsCallsAreJoined(t *testing.T) {
	live(t, only(queue.Group{}, "102", "103"), func(w *town) {
		s := w.consulted(true)
		s.joins()()
		hangsUpAtOnce(s.alice)()
		s.settles(2 * time.Second)
		s.mustBeTogether(s.carrier, s.bob)
	})
}

func TestRace_TheConsultedTransfersAsCallsAreJoined(t *testing.T) {
	raceOfJoin(t, true, func(s consultation, both func(a, b func())) {
		both(s.joins(), asksFor(s.bob, "103"))
		s.settles(2 * time.Second)
		if !s.has(s.carol, "INVITE") { // alice was faster
			s.settles(6 * time.Second)
			s.mustBeTogether(s.carrier, s.bob)
			return
		}
		s.answers(s.carol)
		s.settles(6 * time.Second)
		if s.has(s.alice, "202") { // and then bob
			s.mustBeTogether(s.carrier, s.carol)
			return
		}
		s.line.Asks("BYE") // bob was faster: alice talks with carol, and holds the caller
		s.settles(time.Second)
		s.mustBeTogether(s.carrier, s.alice)
	})
}

func TestRace_BothLinesAreHandedOver(t *testing.T) { // the phone asks on each for the other
	raceOfJoin(t, true, func(s consultation, both func(a, b func())) {
		both(s.joins(), asksFor(s.line, replacing(s.alice)))
		s.settles(6 * time.Second)
		if s.has(s.alice, "202") == s.has(s.line, "202") {
			s.t.Errorf("exactly one is accepted; %s", s.tells())
		}
		s.mustBeTogether(s.carrier, s.bob)
	})
}

func TestRace_TheHolderTransfersToThePlaceOfTheOther(t *testing.T) { // REFER on the consultation
	live(t, only(queue.Group{}, "102", "103"), func(w *town) {
		s := w.consulted(true)
		asksFor(s.line, replacing(s.alice))()
		s.settles(6 * time.Second)
		if !s.has(s.line, "NOTIFY:200") || !s.has(s.alice, "BYE") {
			s.t.Errorf("the transfer succeeds; %s", s.tells())
		}
		s.mustBeTogether(s.carrier, s.bob)
	})
}

func TestRace_TheLinesHangUpWithoutCompleting(t *testing.T) {
	for name, talks := range map[string]bool{"bob talks": true, "bob's phone rings": false} {
		leaves := func(s consultation) func() {
			if talks {
				return hangsUpAtOnce(s.line)
			}
			return func() { s.line.Cancels() }
		}
		t.Run(name+", at once", func(t *testing.T) {
			raceOfJoin(t, talks, func(s consultation, both func(a, b func())) {
				both(hangsUpAtOnce(s.alice), leaves(s))
				s.settles(2 * time.Second)
				if !s.has(s.bob, "BYE") && !s.has(s.bob, "CANCEL") {
					s.t.Errorf("bob is left alone; %s", s.tells())
				}
				if s.x.Live() == 0 { // the consultation was over, and with it the reason to keep the caller
					s.over()
					return
				}
				s.comesBack()
			})
		})
		t.Run(name+", the caller's first", func(t *testing.T) {
			live(t, only(queue.Group{}, "102", "103"), func(w *town) {
				s := w.consulted(talks)
				hangsUpAtOnce(s.alice)()
				s.settles(2 * time.Second)
				if !s.has(s.bob, "BYE") && !s.has(s.bob, "CANCEL") || !s.has(s.line, "BYE") && !s.has(s.line, "480") {
					s.t.Errorf("the consultation must end; %s", s.tells())
				}
				s.comesBack()
			})
		})
		t.Run(name+", the consultation first", func(t *testing.T) {
			live(t, only(queue.Group{}, "102", "103"), func(w *town) {
				s := w.consulted(talks)
				leaves(s)()
				s.settles(2 * time.Second)
				s.mustBeTogether(s.carrier, s.alice)
			})
		})
	}
}

// comesBack: the caller rings at alice's phone, who takes him.
func (s consultation) comesBack() {
	s.t.Helper()
	if !s.has(s.alice, "INVITE") {
		s.t.Fatalf("the caller must come back to alice; %s", s.tells())
	}
	s.answers(s.alice)
	s.settles(2 * time.Second)
	s.mustBeTogether(s.carrier, s.alice)
}

func TestRace_TheCallerLeavesInTheLineThatItsAgentHasKeptForIt(t *testing.T) {
	rules := only(queue.Group{}, "102", "103")
	rules.Groups = append(rules.Groups, queue.Group{Name: "help", Title: "Help", Extension: "601", Agents: []queue.AgentID{"102"},
		Distribution: queue.Evenly, Ring: 10 * time.Second, IfMissed: queue.Destination{Kind: queue.ToHold},
		IfNobody: queue.Destination{Kind: queue.ToHold}, NobodyAfter: time.Minute})
	for name, event := range map[string]func(s consultation) func(){
		"the caller leaves": func(s consultation) func() { return hangsUpAtOnce(s.carrier) },
		"an agent is free":  func(s consultation) func() { return func() { s.x.Tell(queue.Resumed{Agent: "102"}) } },
		"the line hangs up": func(s consultation) func() { return hangsUpAtOnce(s.line) },
		"the group is gone": func(s consultation) func() {
			return func() { s.x.Reload(Config{MaxCalls: 50}, only(queue.Group{}, "102", "103")) }
		},
		"alice hangs up too": func(s consultation) func() { return hangsUpAtOnce(s.alice) },
	} {
		t.Run(name, func(t *testing.T) {
			inBothOrders(t, rules, func(w *town, both func(a, b func())) {
				s := consultation{carrier: w.phone("carrier"), alice: w.phone("101"), bob: w.phone("102")}
				w.x.Tell(queue.Paused{Agent: "102"})
				w.talk(s.carrier, s.alice)
				s.line = w.consults(s.alice, "601")
				s.company = w.company(s.carrier, s.alice, s.line, s.bob)
				s.settles(2 * time.Second)
				both(s.joins(), event(s))
				s.settles(2 * time.Second)
				w.x.Tell(queue.Resumed{Agent: "102"})
				s.settles(2 * time.Second)
				s.leavesNobody()
			})
		})
	}
}

// leavesNobody answers whatever rings until the caller talks or has hung up, then ends the scene.
func (s consultation) leavesNobody() {
	s.t.Helper()
	for range 10 {
		s.settles(time.Second)
		switch {
		case s.has(s.alice, "403") && !s.has(s.line, "BYE"): // the line has gone: a mailbox listens to alice
			s.heard[s.line] += "BYE "
			s.line.Asks("BYE")
		case s.x.Live() == 0:
			s.over()
			return
		case s.together(s.carrier, s.bob), s.together(s.carrier, s.alice):
			s.ends(s.carrier)
			return
		case s.together(s.line, s.bob):
			s.ends(s.line)
			return
		case s.has(s.bob, "INVITE") && s.up[s.bob] == "":
			s.answers(s.bob)
		case s.has(s.alice, "INVITE") && s.up[s.alice] == "":
			s.answers(s.alice)
		case s.has(s.carrier, "BYE"):
			s.t.Fatalf("the caller is dropped; %s", s.tells())
		default:
			s.ends(s.carrier) // he waits, or leaves a message
			return
		}
	}
	s.t.Errorf("it does not end; %s", s.tells())
}

func TestRace_TheServerIsShutDownAsCallsAreJoined(t *testing.T) {
	raceOfJoin(t, true, func(s consultation, both func(a, b func())) {
		both(s.joins(), func() { s.x.in.Put(cut{}) })
		s.settles(2 * time.Second)
		for _, p := range []*phone.Phone{s.carrier, s.line, s.bob} {
			if !s.has(p, "BYE") {
				s.t.Errorf("%s must be told; %s", p.Addr(), s.tells())
			}
		}
		s.over()
	})
}
