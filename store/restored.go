package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"ringtide/queue"
	"ringtide/voicemail"
)

// crashMargin is added to the number of the last attempt: a crash may have taken the records of the last ones, and a
// number must never come twice. A group of 1,000 phones that all ring takes that many for one call.
const crashMargin = 10_000

// Restored is what the engine must know of the last run. It waits, for five seconds at most, until what that run left in
// the emergency file is in the database.
func (s *Store) Restored() (queue.Restored, error) {
	r := queue.Restored{}
	s.settle()
	var last sql.NullInt64
	if err := s.db.QueryRow(`SELECT max(attempt) FROM attempts`).Scan(&last); err != nil {
		return r, fmt.Errorf("restore attempts: %w", err)
	}
	if last.Valid {
		r.LastAttempt = queue.AttemptID(last.Int64) + crashMargin
	}
	ctx := context.Background()
	err := errors.Join(
		each(ctx, s.db, `SELECT grp, agent, attempt FROM stamps ORDER BY grp, agent`, func(t *queue.Stamp) []any {
			return []any{&t.Group, &t.Agent, &t.Attempt}
		}, &r.Stamps),
		each(ctx, s.db, `SELECT agent FROM agent_states WHERE logged_out ORDER BY agent`, self[queue.AgentID], &r.LoggedOut),
		each(ctx, s.db, `SELECT agent FROM agent_states WHERE paused ORDER BY agent`, self[queue.AgentID], &r.Paused),
	)
	if err != nil {
		return r, fmt.Errorf("restore stamps and states: %w", err)
	}
	return r, nil
}

// Adopt gives a row to each of these messages that has none: the process ended between keeping the sound and writing
// the record. Call it once, after Open, with all that is on the shelf.
func (s *Store) Adopt(messages []voicemail.Message) error {
	s.settle()
	var known []string
	if err := each(context.Background(), s.db, `SELECT id FROM messages`, self[string], &known); err != nil {
		return fmt.Errorf("look for voicemail without record: %w", err)
	}
	have := make(map[string]bool, len(known))
	for _, id := range known {
		have[id] = true
	}
	for _, m := range messages {
		if !have[m.ID] {
			s.Write(m.At, []queue.Event{{Type: queue.EvVoicemailLeft, Call: queue.CallID(m.Call), Mailbox: queue.Mailbox(m.Mailbox),
				Message: m.ID, Length: m.Length, From: queue.Party{Number: m.From}}})
		}
	}
	return nil
}

// settle waits until nothing waits to be written, or for as long as patience goes.
func (s *Store) settle() {
	limit := time.NewTimer(patience)
	defer limit.Stop()
	look := time.NewTicker(groupTime / 10)
	defer look.Stop()
	for s.waiting.Load() > 0 || s.rescue.count.Load() > 0 {
		select {
		case <-look.C:
		case <-limit.C:
			return
		}
	}
}
