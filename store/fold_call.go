package store

import "ringtide/queue"

func (f *fold) callArrived(seq, at int64, e *queue.Event) error {
	err := f.run(`INSERT OR IGNORE INTO calls (id, seq, started, number, caller_number, caller_name, trunk, user)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, e.Call, seq, at, e.Number, e.From.Number, e.From.Name, e.Trunk, e.User)
	if err != nil || e.User == "" {
		return err
	}
	return f.calledBack(e)
}

// calledBack marks missed calls of a number that a user's call goes to: as dialled, and as it is tried outside, where it
// may be written otherwise. The first condition on state is for the index.
func (f *fold) calledBack(e *queue.Event) error {
	if e.Number == "" {
		return nil
	}
	return f.run(`UPDATE missed SET state = 'called_back' WHERE caller_number = ? AND state <> 'closed' AND state = 'new'
		AND EXISTS (SELECT 1 FROM calls WHERE id = ? AND user <> '')`, e.Number, e.Call)
}

func (f *fold) leaveLine(at int64, e *queue.Event) error {
	return f.run(`UPDATE visits SET ended = ?, outcome = ?, cause = ?, next = ?, waited = ?, position = ?
		WHERE call = ? AND visit = ? AND ended IS NULL`,
		at, outcome(e), e.Cause, e.To, millis(e.Waited), e.Position, e.Call, e.Visit)
}

func (f *fold) callAnswered(at int64, e *queue.Event) error {
	by := e.Number
	if e.Agent != "" {
		by = string(e.Agent)
	}
	if e.Visit > 0 {
		if err := f.leaveLine(at, e); err != nil {
			return err
		}
	}
	err := f.run(`UPDATE calls SET disposition = 'answered', answered = ?, answered_by = ?, waited = ?
		WHERE id = ? AND answered IS NULL`, at, by, millis(e.Waited), e.Call)
	if err != nil {
		return err
	}
	return f.run(`UPDATE missed SET state = 'closed', closed = ?1, closed_by = ?2
		WHERE state <> 'closed' AND caller_number <> '' AND call <> ?2 AND caller_number IN (
			SELECT caller_number FROM calls WHERE id = ?2 UNION ALL SELECT number FROM calls WHERE id = ?2 UNION ALL SELECT ?3)`,
		at, e.Call, e.Number)
}

// callReturned takes back an answer that was none. What was said before a transfer was said all the same.
func (f *fold) callReturned(e *queue.Event) error {
	err := f.run(`UPDATE visits SET ended = NULL, outcome = '', cause = '' WHERE call = ? AND visit = ? AND grp = ? AND outcome = 'answered'`,
		e.Call, e.Visit, e.Group)
	if err != nil {
		return err
	}
	taken, err := f.exec(`UPDATE calls SET disposition = '', answered = NULL, answered_by = ''
		WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM attempts WHERE call = ?1 AND outcome = 'answered')`, e.Call)
	if err != nil || taken == 0 {
		return err
	}
	return f.run(`UPDATE missed SET state = 'new', closed = NULL, closed_by = '' WHERE closed_by = ? AND closed_by <> ''`, e.Call)
}

func (f *fold) callMissed(at int64, e *queue.Event) error {
	err := f.run(`UPDATE calls SET disposition = 'missed' WHERE id = ? AND disposition = ''`, e.Call)
	if err != nil {
		return err
	}
	return f.run(`INSERT OR IGNORE INTO missed (call, at, number, caller_number, caller_name, path, waited, position, reason)
		SELECT id, ?, number, caller_number, caller_name,
			(SELECT coalesce(group_concat(grp, ' > '), '') FROM (SELECT grp FROM visits WHERE call = id ORDER BY visit)), ?, ?, ?
		FROM calls WHERE id = ?`, at, millis(e.Waited), e.Position, e.Cause, e.Call)
}

func (f *fold) callEnded(at int64, e *queue.Event) error {
	err := f.run(`UPDATE calls SET ended = ?, cause = ?, waited = ?, talked = ?, disposition = iif(disposition = '', 'ended', disposition)
		WHERE id = ? AND ended IS NULL`, at, e.Cause, millis(e.Waited), millis(e.Talked), e.Call)
	if err != nil {
		return err
	}
	return f.run(`UPDATE visits SET ended = ?, outcome = 'ended' WHERE call = ? AND ended IS NULL`, at, e.Call)
}

func (f *fold) messageLeft(at int64, e *queue.Event) error {
	return f.run(`INSERT OR IGNORE INTO messages (id, mailbox, call, at, length, caller_number, caller_name)
		SELECT ?1, ?2, ?3, ?4, ?5,
			coalesce(nullif(?6, ''), (SELECT caller_number FROM calls WHERE id = ?3), ''),
			coalesce(nullif(?7, ''), (SELECT caller_name FROM calls WHERE id = ?3), '')
		WHERE ?1 <> ''`,
		e.Message, e.Mailbox, e.Call, at, millis(e.Length), e.From.Number, e.From.Name)
}
