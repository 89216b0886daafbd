package store

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ringtide/queue"
)

func openFails(t *testing.T, c Config, want string) {
	t.Helper()
	s, err := Open(c, slog.New(slog.DiscardHandler))
	if err == nil {
		s.Close()
		t.Fatalf("opened; want %q", want)
	}
	if !strings.Contains(err.Error(), want) {
		t.Errorf("%v; want %q", err, want)
	}
}

// used makes records with some calls in a folder.
func used(t *testing.T) Config {
	t.Helper()
	c := Config{filepath.Join(t.TempDir(), "data & ?more%41#")}
	s := mustOpen(t, c)
	s.Write(noon, manyCalls(200))
	s.settle()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDamagedDatabaseIsRefusedAndLeftAlone(t *testing.T) {
	for name, damage := range map[string]func(*testing.T, string){
		"empty":     func(t *testing.T, path string) { must(t, os.Truncate(path, 0)) },
		"cut off":   func(t *testing.T, path string) { must(t, os.Truncate(path, 40_000)) },
		"no header": func(t *testing.T, path string) { scribble(t, path, 0, 100) },
		"a page":    func(t *testing.T, path string) { scribble(t, path, 8192, 4096) },
		"gone, with its log there": func(t *testing.T, path string) {
			must(t, os.Rename(path, path+"-wal"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := used(t)
			damage(t, c.database())
			before, _ := os.ReadFile(c.database())
			openFails(t, c, "are damaged")
			openFails(t, c, "restore a backup")
			if after, _ := os.ReadFile(c.database()); string(after) != string(before) {
				t.Error("the file was changed")
			}
			must(t, os.WriteFile(c.backup(), nil, 0o600))
			openFails(t, c, "restore "+c.backup())
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func scribble(t *testing.T, path string, at, n int64) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	must(t, err)
	_, err = f.WriteAt([]byte(strings.Repeat("scribble", int(n/8+1)))[:n], at)
	must(t, errors.Join(err, f.Close()))
}

func TestNewerDatabaseIsRefused(t *testing.T) {
	c := used(t)
	db, err := connectWriter(c.database())
	must(t, err)
	_, err = db.Exec("PRAGMA user_version = 999")
	must(t, errors.Join(err, db.Close()))
	openFails(t, c, "newer version (schema 999")
}

func TestOneServerAtATime(t *testing.T) {
	c := used(t)
	s := mustOpen(t, c)
	openFails(t, c, "another server (process ")
	must(t, s.Close())
	must(t, s.Close()) // again: nothing
	mustOpen(t, c)
}

func TestLockedDatabaseAtTheStartIsNotCalledDamaged(t *testing.T) {
	c := used(t)
	db, err := connectWriter(c.database())
	must(t, err)
	defer db.Close()
	_, err = db.Exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE")
	must(t, err)
	openFails(t, c, "another program has locked the database")
}

func TestHalfMadeDatabaseIsMadeAnew(t *testing.T) {
	c := Config{t.TempDir()}
	must(t, os.WriteFile(c.database()+".new", []byte("half"), 0o600))
	s := mustOpen(t, c)
	info, err := os.Stat(c.database())
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	s.Write(noon, manyCalls(1))
	complete(t, s, 1)
}

func TestWriteAfterTheEndIsCounted(t *testing.T) {
	s := mustOpen(t, Config{t.TempDir()})
	must(t, s.Close())
	s.Write(noon, manyCalls(1))
	if n := s.Stats().Dropped; n != 12 {
		t.Errorf("dropped %d", n)
	}
	if err := s.SaveRegistrations([]string{"101"}, nil); err == nil || !strings.Contains(err.Error(), "records are closed") {
		t.Error(err)
	}
}

func TestReaderReadsBesideTheServerAndAfterIt(t *testing.T) {
	c := Config{t.TempDir()}
	if _, err := OpenReader(c); err == nil || !strings.Contains(err.Error(), "there are none in") {
		t.Error(err)
	}
	s := mustOpen(t, c)
	read := func() int {
		r, err := OpenReader(c)
		must(t, err)
		defer r.Close()
		list, err := r.Calls(t.Context(), Filter{})
		must(t, err)
		if _, err := r.db.Exec("DELETE FROM calls"); err == nil {
			t.Error("a reader deletes")
		}
		return len(list)
	}
	s.Write(noon, manyCalls(2))
	s.settle()
	if n := read(); n != 2 {
		t.Errorf("%d calls beside the server", n)
	}
	must(t, s.Close())
	if _, err := os.Stat(c.database() + "-wal"); !os.IsNotExist(err) {
		t.Errorf("a stop leaves a log behind: %v", err)
	}
	if n := read(); n != 2 {
		t.Errorf("%d calls after it", n)
	}
}

func TestOpenCallsAreInterrupted(t *testing.T) {
	begun := func(id queue.CallID, n int) []queue.Event { return answeredCall(id, queue.AttemptID(10*n))[:n] }
	direct := queue.Event{Type: queue.EvCallArrived, Call: "own", Number: "+49170222", User: "101"}
	c := Config{t.TempDir()}
	s := mustOpen(t, c)
	writeApart(s, noon, begun("waiting", 4)...)
	writeApart(s, noon, begun("talking", 9)...)
	writeApart(s, noon, append(missedCall("listed", "+491")[:6], direct)...)
	s.settle()
	last := noon.Add(30 * 1e9)
	s.Write(last, []queue.Event{{Type: queue.EvAgentIdle}})
	s.settle()
	must(t, s.Close()) // a stop that ends no call is as good as a crash

	again := mustOpen(t, c)
	again.settle()
	list, err := again.Calls(t.Context(), Filter{})
	must(t, err)
	got := map[string]string{}
	for _, c := range list {
		got[c.ID] = c.Disposition + " " + c.Cause + " " + c.Waited.String() + " " + c.Talked.String()
		if !c.Ended.Equal(last) {
			t.Errorf("%s ended %v, want the last sign of life %v", c.ID, c.Ended, last)
		}
	}
	for id, want := range map[string]string{
		"waiting": "missed interrupted 30s 0s",
		"talking": "answered interrupted 8s 22s",
		"listed":  "missed interrupted 30s 0s",
		"own":     "ended interrupted 24s 0s",
	} {
		if got[id] != want {
			t.Errorf("%s: got %s, want %s", id, got[id], want)
		}
	}
	missed, err := again.Missed(t.Context(), Filter{})
	must(t, err)
	reasons := map[string]string{}
	for _, m := range missed {
		reasons[m.Call] = m.Reason
	}
	if len(reasons) != 2 || reasons["waiting"] != "interrupted" || reasons["listed"] != "abandoned" {
		t.Errorf("missed: %v", reasons)
	}
	must(t, again.Close())
	third := mustOpen(t, c)
	third.settle()
	if n, err := third.Events(t.Context(), 0, 1000); err != nil || len(n) != 26 { // 21 written, 4 ends and 1 missed
		t.Errorf("%d events, %v: a further start must not end them again", len(n), err)
	}
}

func TestOpenCallsInTheEmergencyFileAreInterrupted(t *testing.T) {
	c := Config{t.TempDir()}
	s := mustOpen(t, c)
	must(t, s.Close())
	rescue := emergency{path: c.emergency()}
	var items []item
	for _, e := range append(append(answeredCall("done", 1), answeredCall("talking", 11)[:9]...), missedCall("waiting", "+491")[:2]...) {
		items = append(items, item{int64(len(items) + 1), noon, e})
	}
	must(t, rescue.append(items))
	again := mustOpen(t, c)
	again.settle()
	var got string
	must(t, again.db.QueryRow(`SELECT group_concat(id || ' ' || disposition || ' ' || cause, ', ') FROM (SELECT * FROM calls ORDER BY seq)`).Scan(&got))
	if want := "done answered normal, talking answered interrupted, waiting missed interrupted"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
