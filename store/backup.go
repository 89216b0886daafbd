package store

import (
	"context"
	"errors"
	"os"
	"time"
)

const (
	// backupEvery is the age at which the copy of the database is replaced; backupLook how often that is looked at.
	backupEvery = 24 * time.Hour
	backupLook  = time.Hour
	// backupLimit is the size in bytes of a database that is too big to be copied every day without being asked.
	backupLimit = 1 << 30
)

func (c Config) backup() string { return c.database() + ".backup" }

// keepBackups replaces the copy of the database once a day until ctx ends. Nobody who writes is held up by it.
func (s *Store) keepBackups(ctx context.Context) {
	defer close(s.backups)
	look := time.NewTicker(backupLook)
	defer look.Stop()
	for {
		select {
		case <-look.C:
		case <-ctx.Done():
			return
		}
		if err := s.backup(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("database not copied; the last copy is kept", "copy", s.conf.backup(), "why", inWords(err))
		}
	}
}

// backup makes a copy if the last one is too old. A copy appears whole, and only of a database that could be read to its
// end.
func (s *Store) backup(ctx context.Context) error {
	source, err := os.Stat(s.conf.database())
	if err != nil || source.Size() > backupLimit {
		return err
	}
	last, err := os.Stat(s.conf.backup())
	if err == nil && time.Since(last.ModTime()) < backupEvery {
		return nil
	}
	temp := s.conf.database() + ".copying"
	if err := os.Remove(temp); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	db, err := connect(s.conf.database(), "")
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }() // it only reads
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", temp); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	return errors.Join(os.Chmod(temp, 0o600), os.Rename(temp, s.conf.backup()), syncFolder(s.conf.Path))
}
