package store

import (
	"fmt"
	"testing"
	"time"

	"ringtide/queue"
	"ringtide/voicemail"
)

func TestStampsAndChoicesSurvive(t *testing.T) {
	c := Config{t.TempDir()}
	s := mustOpen(t, c)
	if r, err := s.Restored(); err != nil || fmt.Sprint(r) != fmt.Sprint(queue.Restored{}) {
		t.Errorf("of a new database: %v, %v", r, err)
	}
	started := func(group queue.GroupID, agent queue.AgentID, n queue.AttemptID) queue.Event {
		return queue.Event{Type: queue.EvAttemptStarted, Call: "c1", Group: group, Agent: agent, Attempt: n}
	}
	chose := func(what queue.EventType, agent queue.AgentID) queue.Event {
		return queue.Event{Type: what, Agent: agent}
	}
	writeApart(s, noon,
		started("sales", "101", 5), started("sales", "102", 6), started("support", "101", 7), started("sales", "101", 8), started("", "103", 9),
		queue.Event{Type: queue.EvAttemptStarted, Call: "c1", Number: "+491", Attempt: 10},
		chose(queue.EvAgentLoggedOut, "101"), chose(queue.EvAgentPaused, "101"), chose(queue.EvAgentLoggedIn, "101"),
		chose(queue.EvAgentLoggedOut, "102"), chose(queue.EvAgentPaused, "103"), chose(queue.EvAgentResumed, "103"))
	s.settle()
	must(t, s.Close())
	r, err := mustOpen(t, c).Restored()
	want := queue.Restored{
		LastAttempt: 10 + crashMargin,
		Stamps:      []queue.Stamp{{Group: "sales", Agent: "101", Attempt: 8}, {Group: "sales", Agent: "102", Attempt: 6}, {Group: "support", Agent: "101", Attempt: 7}},
		LoggedOut:   []queue.AgentID{"102"},
		Paused:      []queue.AgentID{"101"},
	}
	if err != nil || fmt.Sprint(r) != fmt.Sprint(want) {
		t.Errorf("got  %v, %v\nwant %v", r, err, want)
	}
}

func TestMessagesWithoutRowGetOne(t *testing.T) {
	s := told(t,
		queue.Event{Type: queue.EvCallArrived, Call: "c1", Trunk: "carrier", From: queue.Party{Number: "+49170222", Name: "Eve"}},
		queue.Event{Type: queue.EvVoicemailLeft, Call: "c0", Mailbox: "sales", Message: "known", Length: time.Second})
	shelf := []voicemail.Message{
		{ID: "known", Mailbox: "sales", Call: "c0", At: noon, Length: time.Second},
		{ID: "orphan", Mailbox: "sales", Call: "c1", From: "+49170222", At: noon.Add(time.Minute), Length: 2 * time.Second},
	}
	for range 2 {
		must(t, s.Adopt(shelf))
		s.settle()
	}
	var got string
	must(t, s.db.QueryRow(`SELECT group_concat(id || ' ' || call || ' ' || caller_name || ' ' || length, ', ') FROM (SELECT * FROM messages ORDER BY at)`).Scan(&got))
	if want := "known c0  1000, orphan c1 Eve 2000"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if list, err := s.Events(t.Context(), 0, 100); err != nil || len(list) != 3 {
		t.Errorf("%d events, %v", len(list), err)
	}
}
