package store

import (
	"testing"
	"time"

	"ringtide/queue"
)

// TestJoinedVisitGoesOnInTheOtherCall: alice has consulted a group, and connected her caller while a phone rang there.
func TestJoinedVisitGoesOnInTheOtherCall(t *testing.T) {
	s := told(t, append(answeredCall("c1", 1)[:9],
		queue.Event{Type: queue.EvCallArrived, Call: "c2", Number: "601", User: "102", From: queue.Party{Number: "102"}},
		queue.Event{Type: queue.EvCallQueued, Call: "c2", Visit: 1, Group: "support"},
		queue.Event{Type: queue.EvAttemptStarted, Call: "c2", Visit: 1, Group: "support", Agent: "103", Attempt: 8},
		queue.Event{Type: queue.EvAttemptRejected, Call: "c2", Visit: 1, Group: "support", Agent: "103", Attempt: 8, Code: 486},
		queue.Event{Type: queue.EvAttemptStarted, Call: "c2", Visit: 1, Group: "support", Agent: "104", Attempt: 9},
		queue.Event{Type: queue.EvCallTransferred, Call: "c1", Visit: 1, Group: "sales", User: "102", Cause: "attended", To: "group:support"},
		queue.Event{Type: queue.EvCallOverflowed, Call: "c2", Visit: 1, Group: "support", Cause: "joined", To: "call:c1", Position: 1},
		queue.Event{Type: queue.EvCallQueued, Call: "c1", Visit: 2, Group: "support"},
		queue.Event{Type: queue.EvCallEnded, Call: "c2", Visit: 1, Cause: string(queue.CauseJoined), To: "call:c1"},
		queue.Event{Type: queue.EvAttemptAnswered, Call: "c1", Visit: 2, Group: "support", Agent: "104", Attempt: 9},
		queue.Event{Type: queue.EvCallAnswered, Call: "c1", Visit: 2, Group: "support", Agent: "104", Attempt: 9, Waited: 30 * time.Second},
		queue.Event{Type: queue.EvCallEnded, Call: "c1", Visit: 2, Cause: string(queue.CauseNormal), Talked: time.Minute})...)
	list, err := s.Calls(t.Context(), Filter{})
	if err != nil || len(list) != 2 {
		t.Fatalf("calls: %+v, %v", list, err)
	}
	kept, gone := list[0], list[1]
	if kept.ID != "c1" {
		kept, gone = gone, kept
	}
	if kept.Disposition != "answered" || kept.AnsweredBy != "102" || len(kept.Visits) != 2 || kept.Visits[1].Outcome != "answered" ||
		len(kept.Visits[1].Attempts) != 1 || kept.Visits[1].Attempts[0].Agent != "104" {
		t.Errorf("the call that stays: %+v", kept)
	}
	if gone.Disposition != "ended" || gone.Cause != "joined" || len(gone.Visits) != 1 || gone.Visits[0].Next != "call:c1" ||
		gone.Visits[0].Outcome != "overflowed" || len(gone.Visits[0].Attempts) != 1 || gone.Visits[0].Attempts[0].Agent != "103" {
		t.Errorf("the call that went: %+v", gone)
	}
	if got := missedStates(t, s); got != "" {
		t.Errorf("missed: %s", got)
	}
}

// TestTransferToAnEmptyAnswerStaysAnswered: the phone that got the transferred call dropped it without a sound.
func TestTransferToAnEmptyAnswerStaysAnswered(t *testing.T) {
	c := oneCall(t, told(t, append(answeredCall("c1", 1)[:9],
		queue.Event{Type: queue.EvCallTransferred, Call: "c1", Visit: 1, User: "102", Cause: "blind", To: "user:103"},
		queue.Event{Type: queue.EvAttemptStarted, Call: "c1", Visit: 1, Agent: "103", Attempt: 8},
		queue.Event{Type: queue.EvAttemptAnswered, Call: "c1", Visit: 1, Agent: "103", Attempt: 8},
		queue.Event{Type: queue.EvCallAnswered, Call: "c1", Visit: 1, Agent: "103", Attempt: 8},
		queue.Event{Type: queue.EvAttemptNoAnswer, Call: "c1", Visit: 1, Agent: "103", Attempt: 8, Cause: "empty"},
		queue.Event{Type: queue.EvCallReturned, Call: "c1", Visit: 1},
		queue.Event{Type: queue.EvCallEnded, Call: "c1", Visit: 1, Cause: string(queue.CauseAbandoned)})...))
	if c.Disposition != "answered" || c.AnsweredBy != "102" || c.Visits[0].Outcome != "answered" {
		t.Errorf("call: %+v", c)
	}
}

func TestCallerLeftByAKey(t *testing.T) {
	c := oneCall(t, told(t,
		queue.Event{Type: queue.EvCallArrived, Call: "c1", Number: "+4930111", Trunk: "carrier"},
		queue.Event{Type: queue.EvCallQueued, Call: "c1", Visit: 1, Group: "sales"},
		queue.Event{Type: queue.EvCallExited, Call: "c1", Visit: 1, Group: "sales", Cause: "1", To: "voicemail:sales", Waited: time.Second, Position: 2}))
	v := c.Visits[0]
	if v.Outcome != "exited" || v.Cause != "1" || v.Next != "voicemail:sales" || v.Position != 2 || v.Ended.IsZero() {
		t.Errorf("visit: %+v", v)
	}
}

func TestPickedUpCallIsTheTakers(t *testing.T) {
	s := told(t,
		queue.Event{Type: queue.EvCallArrived, Call: "c1", Number: "+4930111", Trunk: "carrier"},
		queue.Event{Type: queue.EvCallQueued, Call: "c1", Visit: 1, Group: "sales"},
		queue.Event{Type: queue.EvAttemptStarted, Call: "c1", Visit: 1, Group: "sales", Agent: "101", Attempt: 1},
		queue.Event{Type: queue.EvAttemptStarted, Call: "c1", Visit: 1, Group: "sales", Agent: "102", Attempt: 2},
		queue.Event{Type: queue.EvAttemptAnswered, Call: "c1", Visit: 1, Group: "sales", Agent: "102", Attempt: 2},
		queue.Event{Type: queue.EvCallIntercepted, Call: "c1", Visit: 1, Group: "sales", Agent: "102", Attempt: 2},
		queue.Event{Type: queue.EvAttemptWithdrawn, Call: "c1", Visit: 1, Group: "sales", Agent: "101", Attempt: 1, Cause: "elsewhere"},
		queue.Event{Type: queue.EvCallAnswered, Call: "c1", Visit: 1, Group: "sales", Agent: "102", Attempt: 2})
	if c := oneCall(t, s); c.AnsweredBy != "102" || c.Visits[0].Outcome != "answered" || len(c.Visits[0].Attempts) != 2 {
		t.Errorf("call: %+v", c)
	}
	if got := missedStates(t, s); got != "" {
		t.Errorf("missed: %s", got)
	}
}

// TestInterruptedAfterATransfer: a joined call is nobody's missed call, and who was transferred had been answered.
func TestInterruptedAfterATransfer(t *testing.T) {
	c := Config{t.TempDir()}
	rescue := emergency{path: c.emergency()}
	must(t, mustOpen(t, c).Close())
	var items []item
	for _, e := range append(answeredCall("moved", 1)[:9],
		queue.Event{Type: queue.EvCallTransferred, Call: "moved", Visit: 1, User: "102", Cause: "blind", To: "user:103"},
		queue.Event{Type: queue.EvCallAnswered, Call: "moved", Visit: 1, Agent: "103", Attempt: 8},
		queue.Event{Type: queue.EvCallReturned, Call: "moved", Visit: 1},
		queue.Event{Type: queue.EvCallArrived, Call: "joined", Number: "601", User: "102"},
		queue.Event{Type: queue.EvCallQueued, Call: "joined", Visit: 1, Group: "support"},
		queue.Event{Type: queue.EvCallOverflowed, Call: "joined", Visit: 1, Group: "support", Cause: "joined", To: "call:moved"}) {
		items = append(items, item{int64(len(items) + 1), noon, e})
	}
	must(t, rescue.append(items))
	s := mustOpen(t, c)
	s.settle()
	var got string
	must(t, s.db.QueryRow(`SELECT group_concat(id || ' ' || disposition || ' ' || cause, ', ') FROM (SELECT * FROM calls ORDER BY seq)`).Scan(&got))
	if want := "moved answered interrupted, joined ended interrupted"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
