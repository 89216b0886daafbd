package store

import (
	"context"
	"database/sql"
	"log/slog"
	"strings"

	"ringtide/queue"
)

// fold puts events into the log and the tables. It belongs to one connection.
type fold struct {
	conn     *sql.Conn
	prepared map[string]*sql.Stmt
	log      *slog.Logger
}

// apply adds one event inside the running transaction. An event whose number is in the log already changes nothing.
func (f *fold) apply(i *item) error {
	e, at := &i.Event, i.At.UnixMilli()
	added, err := f.exec(`INSERT OR IGNORE INTO events (seq, at, type, call, data) VALUES (?, ?, ?, ?, ?)`,
		i.Seq, at, string(e.Type), string(e.Call), data(e))
	if err != nil || added == 0 {
		return err
	}
	return f.tables(i.Seq, at, e)
}

// tables changes the tables as the event says. Types that only the log keeps are not named.
func (f *fold) tables(seq, at int64, e *queue.Event) error {
	switch e.Type {
	case queue.EvCallArrived:
		return f.callArrived(seq, at, e)
	case queue.EvCallBlocked:
		return f.run(`UPDATE calls SET disposition = 'blocked' WHERE id = ?`, e.Call)
	case queue.EvCallQueued:
		return f.run(`INSERT OR IGNORE INTO visits (call, visit, grp, entered) VALUES (?, ?, ?, ?)`, e.Call, e.Visit, e.Group, at)
	case queue.EvCallOverflowed, queue.EvCallExited, queue.EvCallVoicemail, queue.EvCallAbandoned:
		return f.leaveLine(at, e)
	case queue.EvCallAnswered:
		return f.callAnswered(at, e)
	case queue.EvCallReturned:
		return f.callReturned(e)
	case queue.EvCallMissed:
		return f.callMissed(at, e)
	case queue.EvCallEnded:
		return f.callEnded(at, e)

	case queue.EvAttemptStarted:
		return f.attemptStarted(at, e)
	case queue.EvAttemptRinging:
		return f.run(`UPDATE attempts SET ringing = ? WHERE attempt = ?`, at, e.Attempt)
	case queue.EvAttemptAnswered, queue.EvAttemptRejected, queue.EvAttemptNoAnswer, queue.EvAttemptUnreachable,
		queue.EvAttemptWithdrawn:
		return f.attemptEnded(at, e)

	case queue.EvAgentLoggedIn:
		return f.agentChose("logged_out", e.Agent, false)
	case queue.EvAgentLoggedOut:
		return f.agentChose("logged_out", e.Agent, true)
	case queue.EvAgentResumed:
		return f.agentChose("paused", e.Agent, false)
	case queue.EvAgentPaused:
		return f.agentChose("paused", e.Agent, true)

	case queue.EvVoicemailLeft:
		return f.messageLeft(at, e)
	}
	return nil
}

// outcome is how a visit or an attempt ended, in the word of the event's type: "call.overflowed", "attempt.no_answer".
func outcome(e *queue.Event) string {
	_, word, _ := strings.Cut(string(e.Type), ".")
	return word
}

func (f *fold) run(query string, args ...any) error {
	_, err := f.exec(query, args...)
	return err
}

// exec runs a statement, prepared at its first use, and returns how many rows it changed. A statement that these values
// can never satisfy is logged and left out: one strange event must not hold up all that follow.
func (f *fold) exec(query string, args ...any) (changed int64, err error) {
	s := f.prepared[query]
	if s == nil {
		if s, err = f.conn.PrepareContext(context.Background(), query); err != nil {
			return 0, err
		}
		f.prepared[query] = s
	}
	for i, a := range args {
		args[i] = plain(a)
	}
	result, err := s.ExecContext(context.Background(), args...)
	if isRefusal(err) {
		f.log.Error("an event does not fit the records", "query", query, "args", args, "err", err)
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// plain makes a driver's value of the engine's ids without reflection.
func plain(a any) any {
	switch a := a.(type) {
	case queue.CallID:
		return string(a)
	case queue.GroupID:
		return string(a)
	case queue.AgentID:
		return string(a)
	case queue.TrunkID:
		return string(a)
	case queue.Mailbox:
		return string(a)
	case queue.AttemptID:
		return int64(a)
	case int:
		return int64(a)
	}
	return a
}
