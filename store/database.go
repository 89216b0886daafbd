package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	_ "modernc.org/sqlite" // registers the driver
)

// bigDatabase is the size in bytes above which the check of the whole file does not hold up the start any more.
const bigDatabase = 256 << 20

// connect opens a database file. query has further parameters of the connection. busy_timeout is short: who writes
// repeats, and who reads never waits for a writer (WAL).
func connect(path, query string) (*sql.DB, error) {
	where := url.URL{Path: path}
	return sql.Open("sqlite", "file:"+where.EscapedPath()+"?_pragma=busy_timeout(1000)"+query)
}

// connectWriter opens the one connection that writes. synchronous=FULL syncs the log at each commit: ten times a second
// at most, so durability against a power cut is cheap.
func connectWriter(path string) (*sql.DB, error) {
	db, err := connect(path, "&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err == nil {
		db.SetMaxOpenConns(1)
	}
	return db, err
}

// connectReaders opens connections that cannot write.
func connectReaders(path string) (*sql.DB, error) {
	db, err := connect(path, "&mode=ro&_pragma=query_only(1)")
	if err == nil {
		db.SetMaxOpenConns(4)
	}
	return db, err
}

// prepareDatabase makes the database or brings it up to date. A file that is there is never replaced.
func prepareDatabase(c Config) error {
	path := c.database()
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return createDatabase(c)
	case err != nil:
		return fmt.Errorf("open records: %w", err)
	case info.Size() == 0:
		return damaged(c, errors.New("the file is empty"))
	}
	db, err := connectWriter(path)
	if err != nil {
		return fmt.Errorf("open records %s: %w", path, err)
	}
	defer func() { _ = db.Close() }() // each migration is on the disk once it is committed
	if info.Size() < bigDatabase {
		err = check(db)
	}
	if err == nil {
		err = migrate(db)
	}
	switch {
	case err == nil:
		return nil
	case isDamage(err) || errors.Is(err, errDamaged):
		return damaged(c, err)
	}
	return fmt.Errorf("open records %s: %s", path, inWords(err))
}

// createDatabase makes it under another name first: a file of the right name is always complete, so that an empty one
// is known to be damaged.
func createDatabase(c Config) error {
	path := c.database()
	if info, err := os.Stat(path + "-wal"); err == nil && info.Size() > 0 {
		return damaged(c, errors.New("the file is gone, but its log "+info.Name()+" is there"))
	}
	temp := path + ".new"
	for _, old := range []string{temp, temp + "-wal", temp + "-shm"} {
		if err := os.Remove(old); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("make records: %w", err)
		}
	}
	f, err := os.OpenFile(temp, os.O_CREATE|os.O_EXCL, 0o600) // SQLite's other files take its mode
	if err != nil {
		return fmt.Errorf("make records: %w", err)
	}
	f.Close()
	db, err := connectWriter(temp)
	if err != nil {
		return fmt.Errorf("make records %s: %w", path, err)
	}
	if err := errors.Join(migrate(db), db.Close()); err != nil { // closing writes the log into the file
		return fmt.Errorf("make records %s: %w", path, err)
	}
	if err := os.Rename(temp, path); err != nil {
		return fmt.Errorf("make records: %w", err)
	}
	return syncFolder(c.Path)
}

func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

var errDamaged = errors.New("the check found damage")

// check reads the whole file.
func check(db *sql.DB) error {
	var found string
	if err := db.QueryRowContext(context.Background(), "PRAGMA quick_check(1)").Scan(&found); err != nil {
		return err
	}
	if found != "ok" {
		return fmt.Errorf("%w: %s", errDamaged, strings.Join(strings.Fields(found), " "))
	}
	return nil
}

// damaged is the refusal to go on with a database that cannot be trusted.
func damaged(c Config, cause error) error {
	advice := "restore a backup"
	if info, err := os.Stat(c.backup()); err == nil {
		advice = fmt.Sprintf("restore %s of %s", c.backup(), info.ModTime().Format(timeColumn))
	}
	return fmt.Errorf("records %s are damaged: %w; nothing was changed: keep a copy of the file with its -wal, then %s, save what "+
		"can be read with `sqlite3 ringtide.db .recover`, or move the file away to begin with no records", c.database(), cause, advice)
}
