package store

import (
	"context"
	"database/sql"
	"fmt"

	"ringtide/sip"
)

var _ sip.Registrations = (*Store)(nil)

// LoadRegistrations returns the contacts of all users, each user's in the order they were saved in. Expired ones are
// among them.
func (r *Reader) LoadRegistrations() ([]sip.Registration, error) {
	var list []sip.Registration
	err := each(context.Background(), r.db, `SELECT user, contact, instance, call_id, cseq, user_agent, transport, local, source, path, expires
		FROM registrations ORDER BY user, place`, func(g *sip.Registration) []any {
		return []any{&g.User, &g.Contact, &g.Instance, &g.CallID, &g.CSeq, &g.UserAgent, &g.Transport, &g.Local, &g.Source, &g.Path, moment{&g.Expires}}
	}, &list)
	if err != nil {
		return nil, fmt.Errorf("load registrations: %w", err)
	}
	return list, nil
}

// SaveRegistrations replaces all contacts of the users named in changed by those in list. It waits for the disk; after an
// error nothing has changed, and the caller repeats.
func (s *Store) SaveRegistrations(changed []string, list []sip.Registration) error {
	err := s.do(func(conn *sql.Conn) error {
		ctx := context.Background()
		for _, user := range changed {
			if _, err := conn.ExecContext(ctx, `DELETE FROM registrations WHERE user = ?`, user); err != nil {
				return err
			}
		}
		for i, g := range list {
			_, err := conn.ExecContext(ctx, `INSERT OR REPLACE INTO registrations (user, contact, instance, call_id, cseq, user_agent, transport,
				local, source, path, expires, place) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
				g.User, g.Contact, g.Instance, g.CallID, int64(g.CSeq), g.UserAgent, g.Transport, g.Local, g.Source, g.Path, g.Expires.UnixMilli(), i)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("save registrations: %s", inWords(err))
	}
	return nil
}
