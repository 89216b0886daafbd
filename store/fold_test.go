package store

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"ringtide/queue"
)

// told writes events a second apart and returns the store when they are in the database.
func told(t *testing.T, events ...queue.Event) *Store {
	t.Helper()
	s := mustOpen(t, Config{t.TempDir()})
	writeApart(s, noon, events...)
	s.settle()
	return s
}

func oneCall(t *testing.T, s *Store) Call {
	t.Helper()
	list, err := s.Calls(t.Context(), Filter{})
	if err != nil || len(list) != 1 {
		t.Fatalf("calls: %+v, %v; want one", list, err)
	}
	return list[0]
}

func missedStates(t *testing.T, s *Store) string {
	t.Helper()
	list, err := s.Missed(t.Context(), Filter{})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, m := range list {
		fmt.Fprintf(&b, "%s:%s:%s ", m.Call, m.State, m.ClosedBy)
	}
	return strings.TrimSpace(b.String())
}

func TestAnsweredCallHasItsAttemptsUnderItsVisit(t *testing.T) {
	c := oneCall(t, told(t, answeredCall("c1", 7)...))
	if c.Disposition != "answered" || c.Cause != "normal" || c.AnsweredBy != "102" || c.CallerNumber != "+49170222" || c.CallerName != "Eve" ||
		c.Number != "+4930111" || c.Trunk != "carrier" || c.Talked != Span(65*time.Second) || c.Waited != Span(21*time.Second) {
		t.Errorf("call: %+v", c)
	}
	if !c.Started.Equal(noon) || !c.Answered.Equal(noon.Add(8*time.Second)) || !c.Ended.Equal(noon.Add(9*time.Second)) {
		t.Errorf("times: %v %v %v", c.Started, c.Answered, c.Ended)
	}
	if len(c.Attempts) != 0 || len(c.Visits) != 1 || len(c.Visits[0].Attempts) != 2 {
		t.Fatalf("tries: %+v", c.Tries)
	}
	v := c.Visits[0]
	if v.Group != "sales" || v.Outcome != "answered" || v.Attempts[0].Outcome != "no_answer" || v.Attempts[1].Outcome != "answered" ||
		!v.Attempts[1].Ringing.Equal(noon.Add(6*time.Second)) {
		t.Errorf("visit: %+v", v)
	}
}

func TestDirectCallHasItsAttemptsItself(t *testing.T) {
	c := oneCall(t, told(t,
		queue.Event{Type: queue.EvCallArrived, Call: "c1", Number: "102", User: "101", From: queue.Party{Number: "101"}},
		queue.Event{Type: queue.EvAttemptStarted, Call: "c1", Agent: "102", Attempt: 3},
		queue.Event{Type: queue.EvAttemptRejected, Call: "c1", Agent: "102", Attempt: 3, Code: 486},
		queue.Event{Type: queue.EvCallEnded, Call: "c1", Cause: string(queue.CauseRefused)}))
	if len(c.Visits) != 0 || len(c.Attempts) != 1 || c.Attempts[0].Code != 486 || c.Disposition != "ended" || c.User != "101" {
		t.Errorf("call: %+v", c)
	}
}

func missedCall(id queue.CallID, from string) []queue.Event {
	return []queue.Event{
		{Type: queue.EvCallArrived, Call: id, Number: "+4930111", Trunk: "carrier", From: queue.Party{Number: from}},
		{Type: queue.EvCallQueued, Call: id, Visit: 1, Group: "sales"},
		{Type: queue.EvCallOverflowed, Call: id, Visit: 1, Group: "sales", Cause: "nobody", To: "group:support", Waited: time.Second},
		{Type: queue.EvCallQueued, Call: id, Visit: 2, Group: "support"},
		{Type: queue.EvCallAbandoned, Call: id, Visit: 2, Group: "support", Waited: 9 * time.Second, Position: 2},
		{Type: queue.EvCallMissed, Call: id, Cause: string(queue.CauseAbandoned), Waited: 9 * time.Second, Position: 2},
		{Type: queue.EvCallEnded, Call: id, Cause: string(queue.CauseAbandoned), Waited: 9 * time.Second},
	}
}

func TestMissedCallTellsItsWay(t *testing.T) {
	s := told(t, missedCall("c1", "+49170222")...)
	list, err := s.Missed(t.Context(), Filter{State: "new", Group: "support", Number: "+49170222"})
	if err != nil || len(list) != 1 {
		t.Fatalf("missed: %+v, %v", list, err)
	}
	m := list[0]
	if m.Path != "sales > support" || m.Reason != "abandoned" || m.Position != 2 || m.Waited != Span(9*time.Second) || m.Number != "+4930111" ||
		!m.At.Equal(noon.Add(5*time.Second)) {
		t.Errorf("missed: %+v", m)
	}
	if len(m.Visits) != 2 || m.Visits[0].Outcome != "overflowed" || m.Visits[0].Next != "group:support" || m.Visits[1].Outcome != "abandoned" {
		t.Errorf("visits: %+v", m.Visits)
	}
	if c := oneCall(t, s); c.Disposition != "missed" {
		t.Errorf("call: %+v", c)
	}
}

func TestLaterCallClosesMissedOne(t *testing.T) {
	answered := queue.Event{Type: queue.EvCallAnswered, Call: "c2", Agent: "101"}
	out := []queue.Event{
		{Type: queue.EvCallArrived, Call: "c2", Number: "+49170222", User: "101", From: queue.Party{Number: "101"}},
		{Type: queue.EvAttemptStarted, Call: "c2", Number: "+49170222", Attempt: 9},
	}
	dialledOtherwise := []queue.Event{
		{Type: queue.EvCallArrived, Call: "c2", Number: "00170222", User: "101", From: queue.Party{Number: "101"}},
		{Type: queue.EvAttemptStarted, Call: "c2", Number: "+49170222", Attempt: 9},
	}
	in := []queue.Event{{Type: queue.EvCallArrived, Call: "c2", Number: "+4930111", Trunk: "carrier", From: queue.Party{Number: "+49170222"}}}
	withheld := []queue.Event{{Type: queue.EvCallArrived, Call: "c2", Number: "+4930111", Trunk: "carrier"}, answered}
	outAnswered := queue.Event{Type: queue.EvCallAnswered, Call: "c2", Number: "+49170222", Attempt: 9}
	for name, test := range map[string]struct {
		caller string
		later  []queue.Event
		want   string
	}{
		"called back, nobody there":     {"+49170222", out, "c1:called_back:"},
		"called back, written else":     {"+49170222", dialledOtherwise, "c1:called_back:"},
		"called back and answered":      {"+49170222", append(out, outAnswered), "c1:closed:c2"},
		"written else and answered":     {"+49170222", append(dialledOtherwise, outAnswered), "c1:closed:c2"},
		"calls again, still waiting":    {"+49170222", in, "c1:new:"},
		"calls again and is answered":   {"+49170222", append(in, answered), "c1:closed:c2"},
		"the answer was none after all": {"+49170222", append(in, answered, queue.Event{Type: queue.EvCallReturned, Call: "c2"}), "c1:new:"},
		"withheld numbers do not match": {"", withheld, "c1:new:"},
		"somebody else":                 {"+49999", append(in, answered), "c1:new:"},
	} {
		t.Run(name, func(t *testing.T) {
			s := told(t, append(missedCall("c1", test.caller), test.later...)...)
			if got := missedStates(t, s); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestEmptyAnswerIsTakenBack(t *testing.T) {
	s := told(t, append(answeredCall("c1", 7)[:9],
		queue.Event{Type: queue.EvAttemptNoAnswer, Call: "c1", Visit: 1, Group: "sales", Attempt: 8, Cause: "empty"},
		queue.Event{Type: queue.EvCallReturned, Call: "c1", Visit: 1, Group: "sales"})...)
	c := oneCall(t, s)
	if c.Disposition != "" || !c.Answered.IsZero() || c.AnsweredBy != "" {
		t.Errorf("call: %+v", c)
	}
	if v := c.Visits[0]; v.Outcome != "" || !v.Ended.IsZero() || v.Attempts[1].Outcome != "no_answer" || v.Attempts[1].Cause != "empty" {
		t.Errorf("visit: %+v", v)
	}
}

func TestMessageIsRecorded(t *testing.T) {
	s := told(t,
		queue.Event{Type: queue.EvCallArrived, Call: "c1", Trunk: "carrier", From: queue.Party{Number: "+49170222", Name: "Eve"}},
		queue.Event{Type: queue.EvVoicemailLeft, Call: "c1", Mailbox: "sales", Message: "m1", Length: 4 * time.Second},
		queue.Event{Type: queue.EvVoicemailLeft, Call: "c1", Mailbox: "sales", Message: "m1", Length: 4 * time.Second})
	var got string
	err := s.db.QueryRow(`SELECT group_concat(id || mailbox || call || caller_number || caller_name || length || state) FROM messages`).Scan(&got)
	if want := "m1salesc1+49170222Eve4000new"; err != nil || got != want {
		t.Errorf("messages: %s, %v; want %s", got, err, want)
	}
}

func TestBlockedCallSaysSo(t *testing.T) {
	c := oneCall(t, told(t,
		queue.Event{Type: queue.EvCallArrived, Call: "c1", Trunk: "carrier"},
		queue.Event{Type: queue.EvCallBlocked, Call: "c1"},
		queue.Event{Type: queue.EvCallEnded, Call: "c1", Cause: "blocked"}))
	if c.Disposition != "blocked" {
		t.Errorf("call: %+v", c)
	}
}

func TestEventsComeBackAsWritten(t *testing.T) {
	events := append(answeredCall("c1", 7), missedCall("c2", "\"quoted\"\x01 Zoë\\")...)
	s := told(t, events...)
	var got []queue.Event
	for after := int64(0); ; {
		list, err := s.Events(t.Context(), after, 5)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 0 {
			break
		}
		for _, e := range list {
			if e.Seq != after+1 || !e.At.Equal(noon.Add(time.Duration(after)*time.Second)) {
				t.Errorf("event %d at %v follows %d", e.Seq, e.At, after)
			}
			after, got = e.Seq, append(got, e.Event)
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(events) {
		t.Errorf("got  %v\nwant %v", got, events)
	}
}

// TestDataIsJSONOfTheEvent keeps the hand-written encoder complete.
func TestDataIsJSONOfTheEvent(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var want, got queue.Event
		fill(random, &want)
		want.Type, want.Call = "", ""
		if err := json.Unmarshal([]byte(data(&want)), &got); err != nil || got != want {
			t.Fatalf("%s\n%+v, %v\nwant %+v", data(&want), got, err, want)
		}
	}
}

func TestStrangeEventDoesNotHoldUpOthers(t *testing.T) {
	s := told(t, queue.Event{Type: "made.up"}, queue.Event{Type: queue.EvAttemptStarted, Attempt: 1 << 63}, queue.Event{Type: queue.EvCallArrived, Call: "c1"})
	oneCall(t, s)
}

func TestOldEventsGo(t *testing.T) {
	s := mustOpen(t, Config{t.TempDir()})
	s.settle()
	old := time.Now().Add(-keepEvents - time.Hour)
	writeApart(s, old, answeredCall("old", 1)...)
	writeApart(s, time.Now(), answeredCall("new", 3)...)
	s.settle()
	w := newWriter(s)
	defer w.disconnect()
	if err := w.sweep(); err != nil {
		t.Fatal(err)
	}
	list, err := s.Events(t.Context(), 0, 100)
	if err != nil || len(list) != 12 || list[0].Event.Call != "new" {
		t.Errorf("%d events, first %+v, %v", len(list), list, err)
	}
	if calls, _ := s.Calls(t.Context(), Filter{}); len(calls) != 2 {
		t.Errorf("%d calls, want both kept", len(calls))
	}
}

func TestClockThatJumps(t *testing.T) {
	const year = 365 * 24 * time.Hour
	if jumped(year, year+time.Hour) || !jumped(time.Hour, 10*year) || !jumped(time.Hour, -year) {
		t.Error("an hour of summer time is no jump, years are")
	}
}
