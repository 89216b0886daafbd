package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"ringtide/queue"
)

// openCall is a call that has no end in the log.
type openCall struct {
	id       queue.CallID
	started  time.Time
	answered time.Time // zero: not
	listed   bool      // as missed
	wanted   bool      // somebody would miss it: it came over a trunk, or went to a group
	moved    bool      // a conversation of it was transferred: it stays answered
}

// closeInterrupted writes the ends of calls that the last run left open, as events like any other, dated at that run's
// last sign of life. It continues the numbers of the log. It only reads: a full disk does not keep the server from
// starting.
func (s *Store) closeInterrupted() error {
	l := logEnd{calls: map[queue.CallID]*openCall{}}
	if err := l.readDatabase(s.db); err != nil {
		return fmt.Errorf("look for interrupted calls: %w", err)
	}
	err := s.rescue.each(groupSize, func(items []item) error {
		s.rescue.count.Add(int64(len(items)))
		l.readItems(items)
		return nil
	})
	if err != nil {
		return err
	}
	s.lastSeq = l.seq
	for _, id := range l.order {
		if c := l.calls[id]; c != nil {
			s.Write(l.at, c.interrupted(l.at))
		}
	}
	return nil
}

// interrupted is how the call ends at the time given.
func (c *openCall) interrupted(at time.Time) []queue.Event {
	end := queue.Event{Type: queue.EvCallEnded, Call: c.id, Cause: string(queue.CauseInterrupt)}
	if !c.answered.IsZero() {
		end.Waited, end.Talked = c.answered.Sub(c.started), at.Sub(c.answered)
		return []queue.Event{end}
	}
	end.Waited = at.Sub(c.started)
	if c.listed || !c.wanted {
		return []queue.Event{end}
	}
	missed := queue.Event{Type: queue.EvCallMissed, Call: c.id, Cause: end.Cause, Waited: end.Waited}
	return []queue.Event{missed, end}
}

// logEnd is what the end of the log tells: its last number and time, and the calls left open.
type logEnd struct {
	seq   int64
	at    time.Time
	calls map[queue.CallID]*openCall
	order []queue.CallID // as they arrived
}

func (l *logEnd) readDatabase(db *sql.DB) error {
	err := db.QueryRow(`SELECT seq, at FROM events ORDER BY seq DESC LIMIT 1`).Scan(&l.seq, moment{&l.at})
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return eachRow(context.Background(), db, `SELECT id, started, answered,
			trunk <> '' OR EXISTS (SELECT 1 FROM visits WHERE call = id AND cause <> 'joined'), disposition = 'missed'
		FROM calls WHERE ended IS NULL ORDER BY seq`, func(c *openCall) []any {
		return []any{&c.id, moment{&c.started}, moment{&c.answered}, &c.wanted, &c.listed}
	}, func(c openCall) {
		l.calls[c.id] = &c
		l.order = append(l.order, c.id)
	})
}

// readItems goes on with events that are not in the database yet.
func (l *logEnd) readItems(items []item) {
	for _, i := range items {
		if i.Seq <= l.seq {
			continue
		}
		l.seq, l.at = i.Seq, i.At
		if i.Event.Type == queue.EvCallArrived {
			l.calls[i.Event.Call] = &openCall{id: i.Event.Call, started: i.At, wanted: i.Event.Trunk != ""}
			l.order = append(l.order, i.Event.Call)
		}
		c := l.calls[i.Event.Call]
		if c == nil {
			continue
		}
		switch i.Event.Type {
		case queue.EvCallQueued:
			c.wanted = true
		case queue.EvCallOverflowed:
			c.wanted = c.wanted && i.Event.Cause != string(queue.CauseJoined) // its visit goes on in another call
		case queue.EvCallAnswered:
			if c.answered.IsZero() {
				c.answered = i.At
			}
		case queue.EvCallTransferred:
			c.moved = true
		case queue.EvCallReturned:
			if !c.moved {
				c.answered = time.Time{}
			}
		case queue.EvCallMissed:
			c.listed = true
		case queue.EvCallEnded:
			delete(l.calls, c.id)
		}
	}
}
