package store

import (
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"ringtide/queue"
)

// mustOpen opens records that are closed with the test, and waits until the last run's are in the database.
func mustOpen(t testing.TB, c Config) *Store {
	t.Helper()
	s, err := Open(c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// answeredCall is a usual call: one agent does not answer, the next one does.
func answeredCall(id queue.CallID, attempt queue.AttemptID) []queue.Event {
	return []queue.Event{
		{Type: queue.EvCallArrived, Call: id, Number: "+4930111", Trunk: "carrier", From: queue.Party{Number: "+49170222", Name: "Eve"}},
		{Type: queue.EvCallQueued, Call: id, Visit: 1, Group: "sales"},
		{Type: queue.EvAttemptStarted, Call: id, Visit: 1, Group: "sales", Agent: "101", Attempt: attempt},
		{Type: queue.EvAttemptRinging, Call: id, Visit: 1, Group: "sales", Agent: "101", Attempt: attempt},
		{Type: queue.EvAttemptNoAnswer, Call: id, Visit: 1, Group: "sales", Agent: "101", Attempt: attempt},
		{Type: queue.EvAttemptStarted, Call: id, Visit: 1, Group: "sales", Agent: "102", Attempt: attempt + 1},
		{Type: queue.EvAttemptRinging, Call: id, Visit: 1, Group: "sales", Agent: "102", Attempt: attempt + 1},
		{Type: queue.EvAttemptAnswered, Call: id, Visit: 1, Group: "sales", Agent: "102", Attempt: attempt + 1},
		{Type: queue.EvCallAnswered, Call: id, Visit: 1, Group: "sales", Agent: "102", Attempt: attempt + 1, Waited: 21 * time.Second},
		{Type: queue.EvCallEnded, Call: id, Cause: string(queue.CauseNormal), Waited: 21 * time.Second, Talked: 65 * time.Second},
		{Type: queue.EvAgentWrapUp, Agent: "102", Group: "sales"},
		{Type: queue.EvAgentIdle, Agent: "102"},
	}
}

// writeApart writes each event a second after the one before.
func writeApart(s *Store, at time.Time, events ...queue.Event) {
	for i, e := range events {
		s.Write(at.Add(time.Duration(i)*time.Second), []queue.Event{e})
	}
}

func TestWritesWithinATenthOfASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := mustOpen(t, Config{t.TempDir()})
		s.Write(noon, answeredCall("c1", 1))
		<-time.After(groupTime)
		synctest.Wait()
		list, err := s.Calls(t.Context(), Filter{})
		if err != nil || len(list) != 1 || list[0].Disposition != "answered" {
			t.Errorf("calls: %+v, %v", list, err)
		}
		if n := s.waiting.Load(); n != 0 {
			t.Errorf("%d events wait", n)
		}
	})
}
