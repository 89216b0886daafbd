package call

import (
	"testing"
	"time"

	"ringtide/internal/inbox"
	"ringtide/internal/phone"
	"ringtide/queue"
)

// A bug of ours in one of two calls that are becoming one costs these two and no leg. The hand-over is begun by hand, so that
// the fault comes at every moment of it.
func TestRace_AFaultInAHandOverLosesNoLeg(t *testing.T) {
	bug := dialogEvent{} // of no leg: that is not foreseen
	for name, order := range map[string]func(keep, gone *Call, expect, give any){
		"in the keeper, before":     func(keep, gone *Call, expect, give any) { puts(keep, bug, expect); puts(gone, give) },
		"in the keeper, on the way": func(keep, gone *Call, expect, give any) { puts(keep, expect, bug); puts(gone, give) },
		"in the giver, before":      func(keep, gone *Call, expect, give any) { puts(keep, expect); puts(gone, bug, give) },
		"in the giver, on the way":  func(keep, gone *Call, expect, give any) { puts(keep, expect); puts(gone, give, bug) },
		"in both":                   func(keep, gone *Call, expect, give any) { puts(keep, expect, bug); puts(gone, give, bug) },
	} {
		for what, answers := range map[string]bool{"who talks": true, "who is rung": false} {
			t.Run(name+", "+what, func(t *testing.T) {
				live(t, only(queue.Group{}, "102", "103"), func(w *town) {
					s := w.consulted(answers)
					keep, gone := w.calls()
					w.atOnce(func() { order(keep, gone, expect{queue.ByTarget}, give{to: keep, part: queue.ByCaller}) })
					s.settles(5 * time.Second)
					s.cut()
				})
			})
		}
		t.Run(name+", who has called", func(t *testing.T) {
			live(t, only(queue.Group{}, "102", "103"), func(w *town) {
				s := w.consulted(true)
				keep, gone := w.calls()
				w.atOnce(func() { order(keep, gone, expect{queue.ByTarget}, give{to: keep, part: queue.ByTarget, as: 7}) })
				s.settles(5 * time.Second)
				s.cut()
			})
		})
	}
}

func TestRace_AFaultAsACallIsPickedUp(t *testing.T) {
	inBothOrders(t, colleagues(), func(w *town, both func(a, b func())) {
		carrier, alice, bob := w.phone("carrier"), w.phone("101"), w.phone("102")
		waits(carrier)
		rung(alice)
		keep := w.onlyCall()
		reach := reaches(bob, "102", "*8")
		o := w.company(carrier, alice, bob)
		both(reach, func() { puts(keep, dialogEvent{}) })
		o.settles(5 * time.Second)
		if !o.has(carrier, "BYE") || !o.has(alice, "CANCEL") || !o.has(bob, "404") && !o.has(bob, "480") && !o.has(bob, "BYE") {
			o.t.Errorf("everybody must be told; %s", o.tells())
		}
	})
}

// atOnce does something while the exchange is kept busy, as if it were done by it: it takes no fact meanwhile.
func (w *town) atOnce(do func()) {
	busy := make(chan string)
	w.x.in.Put(query{reply: busy})
	do()
	<-busy
}

func puts(c *Call, messages ...any) {
	for _, m := range messages {
		c.in.Put(m)
	}
}

// calls are the two that live, in order of arrival.
func (w *town) calls() (first, second *Call) {
	for id, c := range w.x.calls {
		if id == queue.CallID(w.x.prefix+"-1") {
			first = c
		} else {
			second = c
		}
	}
	return first, second
}

// cut ends what is left and looks whether every phone knows that its call is over.
func (s consultation) cut() {
	s.t.Helper()
	s.x.in.Put(cut{})
	s.settles(5 * time.Second)
	for _, p := range []*phone.Phone{s.carrier, s.alice, s.line, s.bob} {
		if !s.has(p, "BYE") && !s.has(p, "CANCEL") && !s.has(p, "480") && !s.has(p, "CANCEL:elsewhere") && !s.has(p, "503") && !s.has(p, "404") && !s.has(p, "487") {
			s.t.Errorf("%s was not told; %s", p.Addr(), s.tells())
		}
	}
	if s.panics == 0 {
		s.t.Error("no fault was met")
	}
}

// A parcel that cannot be unpacked costs the keeper; the giver, who waits until it is taken, can end.
func TestAFaultInUnpackingLetsTheGiverEnd(t *testing.T) {
	giver, keeper := &Call{in: inbox.New[any]()}, &Call{expecting: 1}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("no fault")
			}
		}()
		keeper.adopts(parcel{from: giver, attempts: []*attempt{{legs: []*leg{nil}}}})
	}()
	if got := giver.in.Take(); len(got) != 1 || got[0] != (taken{}) || keeper.expecting != 0 {
		t.Errorf("the giver hears %v, the keeper expects %d", got, keeper.expecting)
	}
}
