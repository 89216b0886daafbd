package store

import (
	"fmt"
	"time"
)

// slow is how long a transaction may take before the disk is called ill.
const slow = 2 * time.Second

// Stats counts for the metrics.
type Stats struct {
	Waiting        int64 // events in memory
	Emergency      int64 // events in the emergency file
	Dropped        int64 // events lost because memory and emergency file were full
	JournalDropped int64 // facts that are not in the journal because the disk lagged
}

// Stats tells how the records are doing.
func (s *Store) Stats() Stats {
	return Stats{
		Waiting:        s.waiting.Load(),
		Emergency:      s.rescue.count.Load(),
		Dropped:        s.dropped.Load(),
		JournalDropped: s.journal.dropped.Load(),
	}
}

// Healthy is nil, or what keeps records from being written now. A journal that lags is no trouble.
func (s *Store) Healthy() error {
	s.mu.Lock()
	t := s.trouble
	s.mu.Unlock()
	if begun := s.begun.Load(); t.since.IsZero() && begun != 0 && time.Since(time.Unix(0, begun)) > slow {
		t = trouble{time.Unix(0, begun), "the disk does not answer"}
	}
	if t.since.IsZero() {
		return nil
	}
	n := s.Stats()
	where := fmt.Sprintf("%d events wait in memory", n.Waiting)
	if n.Emergency > 0 {
		where += fmt.Sprintf(", %d in %s", n.Emergency, s.rescue.path)
	}
	if n.Dropped > 0 {
		where += fmt.Sprintf(", %d are lost", n.Dropped)
	}
	return fmt.Errorf("records are not written since %s: %s; %s", t.since.Format(time.TimeOnly), t.words, where)
}

// ail notes that the records cannot be written; a zero since, that they can again.
func (s *Store) ail(t trouble) {
	s.mu.Lock()
	before := s.trouble
	if !before.since.IsZero() && !t.since.IsZero() {
		t.since = before.since
	}
	s.trouble = t
	s.mu.Unlock()
	switch {
	case before.since.IsZero() && !t.since.IsZero():
		s.log.Error("records are not written; calls go on", "why", t.words)
	case !before.since.IsZero() && t.since.IsZero():
		s.log.Info("records are written again", "after", time.Since(before.since).Round(time.Millisecond))
	}
}
