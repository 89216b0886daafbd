package store

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"ringtide/queue"
)

// BenchmarkCall is what the records and the journal of one queued call cost, at 100 calls a second, and what the
// process takes for itself meanwhile. It keeps that pace, so its own time says nothing; look at cpu-µs/call.
func BenchmarkCall(b *testing.B) {
	s := mustOpen(b, Config{b.TempDir()})
	attempt := queue.AttemptID(1)
	pace := time.NewTicker(groupTime)
	defer pace.Stop()
	before := processorTime(b)
	n := 0
	for b.Loop() {
		id := queue.CallID(fmt.Sprintf("20260301-090000-%06d", n))
		for _, e := range answeredCall(id, attempt) {
			s.Write(noon, []queue.Event{e})
			s.Journal(noon, queue.AttemptRinging{Call: id, Attempt: attempt}, []queue.Order{
				queue.Record{Event: e},
				queue.Ring{Call: id, Attempt: attempt, Agent: "101", Group: "sales", For: 20 * time.Second}})
		}
		attempt += 2
		if n++; n%10 == 0 {
			<-pace.C
		}
	}
	s.settle()
	b.ReportMetric(float64((processorTime(b)-before).Microseconds())/float64(n), "cpu-µs/call")
}

// processorTime is what the process has used, in user and system mode.
func processorTime(t testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
