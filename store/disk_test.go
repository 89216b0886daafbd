package store

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"ringtide/queue"
)

// eventually waits for a fact.
func eventually(t *testing.T, fact func() bool) {
	t.Helper()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for limit := time.Now().Add(20 * time.Second); !fact(); <-look.C {
		if time.Now().After(limit) {
			t.Fatal("it does not come true")
		}
	}
}

func manyCalls(n int) (events []queue.Event) {
	for i := range n {
		events = append(events, answeredCall(queue.CallID(fmt.Sprintf("c%06d", i)), queue.AttemptID(2*i+1))...)
	}
	return events
}

// fillDatabase leaves no room in it, as a full disk does: SQLite reports both in the same way.
func fillDatabase(t *testing.T, s *Store) { limitPages(t, s, "1") }

func emptyDatabase(t *testing.T, s *Store) { limitPages(t, s, "1000000") }

func limitPages(t *testing.T, s *Store, pages string) {
	t.Helper()
	err := s.do(func(c *sql.Conn) error {
		var n int
		return c.QueryRowContext(context.Background(), "PRAGMA max_page_count = "+pages).Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// lockDatabase keeps everybody else from writing until the function it returns.
func lockDatabase(t *testing.T, c Config) (unlock func()) {
	t.Helper()
	db, err := connectWriter(c.database())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("BEGIN EXCLUSIVE"); err != nil {
		t.Fatal(err)
	}
	return func() {
		if _, err := db.Exec("COMMIT"); err != nil {
			t.Error(err)
		}
		db.Close()
	}
}

func complete(t *testing.T, s *Store, calls int) {
	t.Helper()
	eventually(t, func() bool { return s.waiting.Load() == 0 && s.rescue.count.Load() == 0 })
	var n, ended, events int
	err := s.db.QueryRow(`SELECT count(*), count(ended), (SELECT count(*) FROM events) FROM calls`).Scan(&n, &ended, &events)
	if err != nil || n != calls || ended != calls || events != 12*calls {
		t.Errorf("%d calls, %d ended, %d events, %v; want %d, all with 12", n, ended, events, err, calls)
	}
	eventually(t, func() bool { return s.Healthy() == nil })
}

func TestLockedDatabase(t *testing.T) {
	t.Parallel()
	c := Config{t.TempDir()}
	s := mustOpen(t, c)
	unlock := lockDatabase(t, c)
	s.Write(noon, manyCalls(850)) // more than memory is for
	eventually(t, func() bool { return s.rescue.count.Load() > 0 })
	err := s.Healthy()
	if err == nil || !strings.Contains(err.Error(), "another program has locked the database; 10000 events wait in memory, 200 in") {
		t.Errorf("healthy: %v", err)
	}
	unlock()
	complete(t, s, 850)
	if _, err := os.Stat(c.emergency()); !os.IsNotExist(err) {
		t.Errorf("the emergency file is still there: %v", err)
	}
}

func TestSlowDisk(t *testing.T) {
	s := mustOpen(t, Config{t.TempDir()})
	answer, asked := make(chan struct{}), make(chan error, 1)
	go func() {
		asked <- s.do(func(*sql.Conn) error { <-answer; return nil })
	}()
	eventually(t, func() bool { return s.begun.Load() > 0 })
	s.begun.Add(int64(-slow)) // time passes
	s.Write(noon, manyCalls(1))
	if err := s.Healthy(); err == nil || !strings.Contains(err.Error(), "the disk does not answer; 12 events wait in memory") {
		t.Error(err)
	}
	close(answer)
	if err := <-asked; err != nil {
		t.Error(err)
	}
	complete(t, s, 1)
}

func TestFullDatabase(t *testing.T) {
	s := mustOpen(t, Config{t.TempDir()})
	fillDatabase(t, s)
	s.Write(noon, manyCalls(300))
	eventually(t, func() bool { return s.Healthy() != nil })
	if err := s.Healthy(); !strings.Contains(err.Error(), "the disk is full; 3600 events wait in memory") {
		t.Error(err)
	}
	emptyDatabase(t, s)
	complete(t, s, 300)
}

func TestDiskThatStaysFullAtTheEnd(t *testing.T) {
	t.Parallel()
	c := Config{t.TempDir()}
	s := mustOpen(t, c)
	unlock := lockDatabase(t, c)
	s.Write(noon, manyCalls(10))
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	unlock()
	again := mustOpen(t, c)
	complete(t, again, 10)
	if r, err := again.Restored(); err != nil || r.LastAttempt != 20+crashMargin {
		t.Errorf("restored %+v, %v", r, err)
	}
}

func TestEventsCountOnceThoughTheEmergencyFileHasThemToo(t *testing.T) {
	c := Config{t.TempDir()}
	s := mustOpen(t, c)
	s.Write(noon, manyCalls(3))
	s.settle()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	// As after a crash between writing them and removing the file; the last line was cut off.
	rescue := emergency{path: c.emergency()}
	var items []item
	for i, e := range manyCalls(4) {
		items = append(items, item{int64(i + 1), noon, e})
	}
	if err := rescue.append(items); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(c.emergency(), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"Seq":49,"At`); err != nil {
		t.Fatal(err)
	}
	f.Close()
	complete(t, mustOpen(t, c), 4)
}

func TestMemoryHasAnEnd(t *testing.T) {
	c := Config{t.TempDir()}
	s := mustOpen(t, c)
	s.waiting.Store(inMemoryLast)
	s.Write(noon, manyCalls(1))
	if n := s.Stats().Dropped; n != 12 {
		t.Errorf("dropped %d", n)
	}
	s.waiting.Store(0)
}

// TestFullDisk has everything on one small disk: database, emergency file and journal.
func TestFullDisk(t *testing.T) {
	c := Config{t.TempDir()}
	if err := syscall.Mount("tmpfs", c.Path, "tmpfs", 0, "size=3m"); err != nil {
		t.Skip("a small disk needs the right to mount:", err)
	}
	defer syscall.Unmount(c.Path, syscall.MNT_DETACH)
	s := mustOpen(t, c)
	filler := filepath.Join(c.Path, "filler")
	_ = os.WriteFile(filler, make([]byte, 16<<20), 0o600) // as much as fits
	calls := manyCalls(300)
	for len(calls) > 0 {
		s.Write(noon, calls[:12])
		s.Journal(noon, queue.CallEnded{Call: calls[0].Call}, []queue.Order{queue.Record{Event: calls[0]}})
		calls = calls[12:]
	}
	eventually(t, func() bool { return s.Healthy() != nil && strings.Contains(s.Healthy().Error(), "full") })
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	complete(t, s, 300)
	if err := s.Close(); err != nil { // before the disk goes
		t.Error(err)
	}
}
