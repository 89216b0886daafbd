package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"ringtide/queue"
)

// Filter picks records. Zero fields pick all.
type Filter struct {
	Since, Until time.Time // begun (missed: missed) at Since or later, and before Until
	Number       string    // called, or calling
	Group        string    // was in this group
	Agent        string    // this agent was rung
	State        string    // of missed calls: new, called_back, closed
	Call         string    // id of one call
	Limit        int       // 0: 100; 10,000 at most
}

const (
	callColumns = `SELECT id, started, number, caller_number, caller_name, trunk, user, disposition, cause, answered, answered_by,
		waited, talked, ended FROM calls t`
	missedColumns = `SELECT call, at, number, caller_number, caller_name, path, waited, position, reason, state, closed, closed_by
		FROM missed t`
)

// Calls lists calls, the newest first, those that still live included.
func (r *Reader) Calls(ctx context.Context, f Filter) ([]Call, error) {
	query, args := f.query(callColumns, "id", "started")
	var list []Call
	err := each(ctx, r.db, query, func(c *Call) []any {
		return []any{&c.ID, moment{&c.Started}, &c.Number, &c.CallerNumber, &c.CallerName, &c.Trunk, &c.User, &c.Disposition, &c.Cause,
			moment{&c.Answered}, &c.AnsweredBy, &c.Waited, &c.Talked, moment{&c.Ended}}
	}, &list, args...)
	if err == nil {
		err = r.addTries(ctx, len(list), func(i int) (string, *Tries) { return list[i].ID, &list[i].Tries })
	}
	if err != nil {
		return nil, fmt.Errorf("list calls: %w", err)
	}
	return list, nil
}

// Missed lists missed calls, the newest first.
func (r *Reader) Missed(ctx context.Context, f Filter) ([]Missed, error) {
	query, args := f.query(missedColumns, "call", "at")
	var list []Missed
	err := each(ctx, r.db, query, func(m *Missed) []any {
		return []any{&m.Call, moment{&m.At}, &m.Number, &m.CallerNumber, &m.CallerName, &m.Path, &m.Waited, &m.Position, &m.Reason, &m.State,
			moment{&m.Closed}, &m.ClosedBy}
	}, &list, args...)
	if err == nil {
		err = r.addTries(ctx, len(list), func(i int) (string, *Tries) { return list[i].Call, &list[i].Tries })
	}
	if err != nil {
		return nil, fmt.Errorf("list missed calls: %w", err)
	}
	return list, nil
}

// query puts the conditions after the columns. Values only ever come as parameters.
func (f Filter) query(columns, id, at string) (string, []any) {
	query, args := columns+" WHERE 1", []any(nil)
	add := func(wanted bool, condition string, values ...any) {
		if wanted {
			query += " AND " + condition
			args = append(args, values...)
		}
	}
	add(!f.Since.IsZero(), at+" >= ?", f.Since.UnixMilli())
	add(!f.Until.IsZero(), at+" < ?", f.Until.UnixMilli())
	add(f.Number != "", "(number = ? OR caller_number = ?)", f.Number, f.Number)
	add(f.Group != "", "EXISTS (SELECT 1 FROM visits v WHERE v.call = t."+id+" AND v.grp = ?)", f.Group)
	add(f.Agent != "", "EXISTS (SELECT 1 FROM attempts a WHERE a.call = t."+id+" AND a.agent = ?)", f.Agent)
	add(f.State != "" && id == "call", "state = ?", f.State)
	add(f.Call != "", id+" = ?", f.Call)
	limit := min(f.Limit, 10_000)
	if limit <= 0 {
		limit = 100
	}
	return query + " ORDER BY " + at + " DESC, " + id + " DESC LIMIT ?", append(args, limit)
}

// addTries reads the visits and attempts of n calls at once; at tells a call's id and where its tries go.
func (r *Reader) addTries(ctx context.Context, n int, at func(int) (string, *Tries)) error {
	ids, tries := make([]string, n), make(map[string]*Tries, n)
	for i := range n {
		id, t := at(i)
		ids[i], tries[id] = id, t
	}
	list, err := json.Marshal(ids)
	if err != nil {
		return err
	}
	type visit struct {
		call string
		Visit
	}
	err = eachRow(ctx, r.db, `SELECT call, visit, grp, entered, ended, outcome, cause, next, waited, position FROM visits
		WHERE call IN (SELECT value FROM json_each(?)) ORDER BY call, visit`, func(v *visit) []any {
		return []any{&v.call, &v.Visit.Visit, &v.Group, moment{&v.Entered}, moment{&v.Ended}, &v.Outcome, &v.Cause, &v.Next, &v.Waited, &v.Position}
	}, func(v visit) { tries[v.call].Visits = append(tries[v.call].Visits, v.Visit) }, string(list))
	if err != nil {
		return err
	}
	type attempt struct {
		call  string
		visit int
		Attempt
	}
	return eachRow(ctx, r.db, `SELECT call, visit, attempt, grp, agent, number, started, ringing, ended, outcome, cause, code FROM attempts
		WHERE call IN (SELECT value FROM json_each(?)) ORDER BY attempt`, func(a *attempt) []any {
		return []any{&a.call, &a.visit, &a.Attempt.Attempt, &a.Group, &a.Agent, &a.Number, moment{&a.Started}, moment{&a.Ringing}, moment{&a.Ended},
			&a.Outcome, &a.Cause, &a.Code}
	}, func(a attempt) { tries[a.call].add(a.visit, a.Attempt) }, string(list))
}

// add puts an attempt under its visit.
func (t *Tries) add(visit int, a Attempt) {
	for i := range t.Visits {
		if t.Visits[i].Visit == visit {
			t.Visits[i].Attempts = append(t.Visits[i].Attempts, a)
			return
		}
	}
	t.Attempts = append(t.Attempts, a)
}

// LoggedEvent is an event with its place in the log.
type LoggedEvent struct {
	Seq   int64 // counts up for ever
	At    time.Time
	Event queue.Event
}

// Events lists the log after a number, oldest first: limit events at most, 1-10,000.
func (r *Reader) Events(ctx context.Context, after int64, limit int) ([]LoggedEvent, error) {
	type row struct {
		LoggedEvent
		kind, call, data string
	}
	var list []LoggedEvent
	var broken error
	err := eachRow(ctx, r.db, `SELECT seq, at, type, call, data FROM events WHERE seq > ? ORDER BY seq LIMIT ?`, func(e *row) []any {
		return []any{&e.Seq, moment{&e.At}, &e.kind, &e.call, &e.data}
	}, func(e row) {
		if err := json.Unmarshal([]byte(e.data), &e.Event); err != nil && broken == nil {
			broken = fmt.Errorf("event %d: %w", e.Seq, err)
		}
		e.Event.Type, e.Event.Call = queue.EventType(e.kind), queue.CallID(e.call)
		list = append(list, e.LoggedEvent)
	}, after, min(max(limit, 1), 10_000))
	if err == nil {
		err = broken
	}
	if err != nil {
		return nil, fmt.Errorf("list events: %w", err)
	}
	return list, nil
}
