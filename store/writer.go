package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	sqlite3 "modernc.org/sqlite/lib"
)

// job is a transaction that somebody waits for.
type job struct {
	do    func(*sql.Conn) error
	reply chan<- error // buffered
}

// writer is the one goroutine that writes to the database.
type writer struct {
	*Store
	db      *sql.DB
	fold    *fold  // nil: not connected
	pending []item // oldest first
	pause   time.Duration
	last    time.Time // end of the last transaction
	opened  time.Time
	swept   time.Time // when old events were last removed
}

func newWriter(s *Store) *writer { return &writer{Store: s, opened: time.Now()} }

func (w *writer) run() {
	defer close(w.done)
	defer w.disconnect()
	for w.wait() {
		w.attempt()
	}
	w.finish()
}

// wait returns when there is something to do, at least an hour after the last time, and false when the store closes. Two
// transactions are groupTime apart; after a failure the pause grows to a second.
func (w *writer) wait() bool {
	if len(w.pending) == 0 && w.rescue.count.Load() == 0 {
		sweep := time.NewTimer(sweepEvery)
		defer sweep.Stop()
		select {
		case <-w.wake:
		case <-sweep.C:
		case j := <-w.jobs:
			j.reply <- w.transaction(j.do)
		case <-w.stop:
			return false
		}
	}
	rest := time.NewTimer(time.Until(w.last.Add(max(groupTime, w.pause))))
	defer rest.Stop()
	for {
		select {
		case <-rest.C:
			return true
		case j := <-w.jobs:
			j.reply <- w.transaction(j.do)
		case <-w.stop:
			return false
		}
	}
}

// attempt writes all that waits, or notes why it could not.
func (w *writer) attempt() {
	err := w.writeAll()
	if err == nil && time.Since(w.swept) >= sweepEvery {
		w.swept = time.Now()
		err = w.sweep()
	}
	w.last = time.Now()
	if err == nil {
		w.pause = 0
		w.ail(trouble{})
		return
	}
	w.pause = min(max(2*w.pause, groupTime), time.Second)
	w.ail(trouble{since: w.last, words: inWords(err)})
	if code(err) == sqlite3.SQLITE_FULL {
		w.journal.giveWay()
	}
	if len(w.pending) > inMemory {
		w.saveOldest(len(w.pending) - inMemory)
	}
}

// writeAll empties the emergency file, which has the older events, then the memory.
func (w *writer) writeAll() error {
	w.pending = append(w.pending, w.takeIncoming()...)
	if w.rescue.count.Load() > 0 {
		if err := w.rescue.each(groupSize, w.commit); err != nil {
			return err
		}
		if err := w.rescue.remove(); err != nil {
			return err
		}
	}
	for len(w.pending) > 0 {
		n := min(len(w.pending), groupSize)
		if err := w.commit(w.pending[:n]); err != nil {
			return err
		}
		w.forget(n)
	}
	return nil
}

// forget drops the oldest pending events: they are safe elsewhere.
func (w *writer) forget(n int) {
	clear(w.pending[:n])
	if w.pending = w.pending[n:]; len(w.pending) == 0 {
		w.pending = nil
	}
	w.waiting.Add(int64(-n))
}

// saveOldest moves events to the emergency file. If that fails too they stay in memory.
func (w *writer) saveOldest(n int) {
	if err := w.rescue.append(w.pending[:n]); err != nil {
		w.log.Error("events could not be put aside", "events", n, "err", err)
		return
	}
	w.forget(n)
}

func (w *writer) commit(items []item) error {
	return w.transaction(func(*sql.Conn) error {
		for i := range items {
			if err := w.fold.apply(&items[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// transaction does all of do, durably, or nothing.
func (w *writer) transaction(do func(*sql.Conn) error) (err error) {
	w.begun.Store(time.Now().UnixNano())
	defer w.begun.Store(0)
	if err := w.connect(); err != nil {
		return err
	}
	ctx := context.Background()
	defer func() {
		if err != nil && code(err) != sqlite3.SQLITE_BUSY && code(err) != sqlite3.SQLITE_FULL {
			w.disconnect() // a connection that failed otherwise is not trusted again
		}
	}()
	if _, err := w.fold.conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	err = do(w.fold.conn)
	if err == nil {
		_, err = w.fold.conn.ExecContext(ctx, "COMMIT")
	}
	if err != nil {
		// A full disk may have rolled back already.
		_, _ = w.fold.conn.ExecContext(ctx, "ROLLBACK")
	}
	return err
}

func (w *writer) connect() error {
	if w.fold != nil {
		return nil
	}
	db, err := connectWriter(w.conf.database())
	if err != nil {
		return err
	}
	conn, err := db.Conn(context.Background())
	if err != nil {
		return errors.Join(err, db.Close())
	}
	w.db, w.fold = db, &fold{conn: conn, prepared: map[string]*sql.Stmt{}, log: w.log}
	return nil
}

func (w *writer) disconnect() {
	if w.fold == nil {
		return
	}
	for _, s := range w.fold.prepared {
		_ = s.Close()
	}
	_ = w.fold.conn.Close()
	if err := w.db.Close(); err != nil {
		w.log.Error("close records", "err", err)
	}
	w.db, w.fold = nil, nil
}

// finish writes the rest, patiently, and puts aside what the disk does not take.
func (w *writer) finish() {
	limit := time.Now().Add(patience)
	for {
		w.attempt()
		if len(w.pending) == 0 && w.rescue.count.Load() == 0 {
			return
		}
		if !time.Now().Before(limit) {
			break
		}
		<-time.After(w.pause)
	}
	if len(w.pending) > 0 {
		w.saveOldest(len(w.pending))
	}
}

// do has the writer run a transaction and waits for it. It is false work to call it from the writer.
func (s *Store) do(work func(*sql.Conn) error) error {
	reply := make(chan error, 1)
	select {
	case s.jobs <- job{work, reply}:
	case <-s.stop:
		return errors.New("records are closed")
	}
	select {
	case err := <-reply:
		return err
	case <-s.done:
		return errors.New("records are closed")
	}
}
