package store

import "ringtide/queue"

func (f *fold) attemptStarted(at int64, e *queue.Event) error {
	err := f.run(`INSERT OR IGNORE INTO attempts (attempt, call, visit, grp, agent, number, started) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		e.Attempt, e.Call, e.Visit, e.Group, e.Agent, e.Number, at)
	if err != nil {
		return err
	}
	if e.Number != "" {
		return f.calledBack(e)
	}
	if e.Group == "" || e.Agent == "" {
		return nil
	}
	return f.run(`INSERT INTO stamps (grp, agent, attempt) VALUES (?, ?, ?)
		ON CONFLICT DO UPDATE SET attempt = max(attempt, excluded.attempt)`, e.Group, e.Agent, e.Attempt)
}

// attemptEnded takes the last word: an answer that proved empty is followed by no_answer. An attempt that was handed over
// to another call meanwhile is that call's.
func (f *fold) attemptEnded(at int64, e *queue.Event) error {
	return f.run(`UPDATE attempts SET ended = ?, outcome = ?, cause = ?, code = ?, visit = iif(call = ?5, visit, ?6), call = ?5
		WHERE attempt = ?7`, at, outcome(e), e.Cause, e.Code, e.Call, e.Visit, e.Attempt)
}

// agentChose keeps one of the two things that a user chooses; column is a name of ours.
func (f *fold) agentChose(column string, agent queue.AgentID, chosen bool) error {
	value := 0
	if chosen {
		value = 1
	}
	return f.run(`INSERT INTO agent_states (agent, `+column+`) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET `+column+` = ?2`,
		agent, value)
}
