package store

import (
	"database/sql"
	"time"
)

const (
	// keepEvents is how long the event log is kept. The tables folded from it are kept for ever.
	keepEvents = 400 * 24 * time.Hour
	// sweepEvery is the time between two removals of old events; sweepSize how many go in one transaction.
	sweepEvery = time.Hour
	sweepSize  = 2000
)

// sweep removes events that are too old, in steps that leave the writer to others soon.
func (w *writer) sweep() error {
	now := time.Now()
	if jumped(now.Sub(w.opened), now.Round(0).Sub(w.opened.Round(0))) { // Round takes the monotonic reading away
		w.log.Warn("old events are kept: the clock has jumped since the start")
		return nil
	}
	limit := now.Add(-keepEvents).UnixMilli()
	for {
		removed, err := w.removeEvents(limit)
		if err != nil || removed < sweepSize || len(w.wake) > 0 {
			return err
		}
	}
}

// jumped tells that the wall clock was set by more than a day while so much time passed. A log must not go because
// somebody mistyped the year.
func jumped(passed, shown time.Duration) bool { return (shown - passed).Abs() > 24*time.Hour }

func (w *writer) removeEvents(limit int64) (removed int64, err error) {
	err = w.transaction(func(*sql.Conn) error {
		removed, err = w.fold.exec(`DELETE FROM events WHERE seq IN (SELECT seq FROM events ORDER BY seq LIMIT ?) AND at < ?`,
			sweepSize, limit)
		return err
	})
	return removed, err
}
