package store

import (
	"strings"
	"testing"
	"time"

	"ringtide/queue"
)

// TestReplay runs an engine as the exchange does, and an engine loaded from the journal's image after it: fact by fact it
// must order the same. The records must tell the same story.
func TestReplay(t *testing.T) {
	c := Config{t.TempDir()}
	s := mustOpen(t, c)
	engine := queue.New(queue.Rules{
		Users:   []queue.User{{Extension: "101", Name: "Alice"}, {Extension: "102", Name: "Bob"}},
		Trunks:  []queue.Trunk{{Name: "carrier", Country: "49"}},
		Numbers: []queue.Number{{Pattern: "4930111", To: queue.Destination{Kind: queue.ToGroup, Name: "sales"}}},
		Groups: []queue.Group{{Name: "sales", Agents: []queue.AgentID{"101", "102"}, Distribution: queue.Evenly, Ring: 20 * time.Second,
			IfMissed: queue.Destination{Kind: queue.ToVoicemail, Name: "sales"}, IfNobody: queue.Destination{Kind: queue.ToVoicemail, Name: "sales"}}},
	}, 1)
	now := time.Now()
	for _, f := range []queue.Fact{
		queue.Restored{},
		queue.DevicesReachable{User: "101", N: 1},
		queue.DevicesReachable{User: "102", N: 1},
		queue.CallArrived{Call: "c1", Trunk: "carrier", Caller: queue.Party{Number: "+49170222", Name: "Eve"}, Dialled: "+4930111"},
		queue.AttemptRinging{Call: "c1", Attempt: 1},
		queue.AttemptFailed{Call: "c1", Attempt: 1, Why: queue.Rejected, Code: 486},
		queue.AttemptRinging{Call: "c1", Attempt: 2},
		queue.AttemptAnswered{Call: "c1", Attempt: 2},
		queue.AgentLegs{Agent: "102", N: 1},
		queue.Connected{Call: "c1", Attempt: 2},
		queue.TalkEnded{Call: "c1", Attempt: 2, By: queue.ByCaller},
		queue.AgentLegs{Agent: "102", N: 0},
		queue.CallEnded{Call: "c1"},
		queue.CallArrived{Call: "c2", Trunk: "carrier", Caller: queue.Party{Number: "+49170333"}, Dialled: "+4930111"},
		queue.CallerLeft{Call: "c2"},
		queue.AttemptFailed{Call: "c2", Attempt: 3, Why: queue.Gone},
		queue.CallEnded{Call: "c2"},
	} {
		now = now.Add(time.Second)
		orders := engine.Step(now, f)
		var events []queue.Event
		for _, o := range orders {
			if r, ok := o.(queue.Record); ok {
				events = append(events, r.Event)
			}
		}
		s.Write(now, events)
		if s.Journal(now, f, orders) {
			s.JournalImage(now, engine.Image())
		}
	}
	s.settle()
	calls, err := s.Calls(t.Context(), Filter{})
	must(t, err)
	if len(calls) != 2 || calls[1].AnsweredBy != "102" || calls[1].Cause != "normal" || calls[1].Talked != Span(time.Second) ||
		len(calls[1].Visits) != 1 || len(calls[1].Visits[0].Attempts) != 2 || calls[1].Visits[0].Attempts[0].Code != 486 ||
		calls[0].Disposition != "missed" || calls[0].Visits[0].Outcome != "abandoned" {
		t.Errorf("calls: %+v", calls)
	}
	missed, err := s.Missed(t.Context(), Filter{})
	must(t, err)
	if len(missed) != 1 || missed[0].Call != "c2" || missed[0].Reason != "abandoned" || missed[0].Path != "sales" {
		t.Errorf("missed: %+v", missed)
	}
	must(t, s.Close())
	j, err := OpenJournal(c)
	must(t, err)
	compared := 0
	for r, err := range j.Replay() {
		must(t, err)
		if !r.Same() || r.Gap {
			t.Fatalf("%v\ngot  %v\nwant %v", r.Fact, r.Today, r.Orders)
		}
		if r.Compared {
			compared++
		}
	}
	if compared != 16 {
		t.Errorf("%d facts compared", compared)
	}
}

// TestReplayAcrossAGap drops a fact: what follows until the next image proves nothing if the image follows at once.
func TestReplayAcrossAGap(t *testing.T) {
	c := Config{t.TempDir()}
	j, end := mustJournal(t, c, segmentSize)
	rules := queue.Rules{Users: []queue.User{{Extension: "101"}}, Groups: []queue.Group{{Name: "sales", Agents: []queue.AgentID{"101"}}}}
	engine := queue.New(rules, 1)
	step := func(f queue.Fact, kept bool) {
		e := entry{at: noon, fact: f, orders: engine.Step(noon, f)}
		if !kept {
			j.wantImage.Store(true) // as a drop does
			return
		}
		if j.put(e) {
			image := engine.Image()
			j.put(entry{at: noon, image: &image})
		}
	}
	step(queue.Restored{}, true)
	step(queue.Paused{Agent: "101"}, false)
	step(queue.Resumed{Agent: "101"}, true)
	step(queue.LoggedOut{Agent: "101"}, true)
	end()
	read, err := OpenJournal(c)
	must(t, err)
	var told []string
	for r, err := range read.Replay() {
		must(t, err)
		told = append(told, r.Story(""))
		if !r.Same() {
			t.Errorf("%s", r.Story(""))
		}
	}
	if len(told) != 5 || !strings.Contains(told[2], "not compared") || !strings.Contains(told[4], "logged_out") {
		t.Errorf("%q", told)
	}
}
