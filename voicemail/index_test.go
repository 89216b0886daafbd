package voicemail

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// lamp notes for whom Changed was called and what Waiting told then.
type lamp struct {
	mu    sync.Mutex
	shelf *Shelf
	seen  []string
}

func (l *lamp) changed(mailbox string) {
	fresh, old := l.shelf.Waiting(mailbox)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seen = append(l.seen, mailbox+" "+string(rune('0'+fresh))+"/"+string(rune('0'+old)))
}

// leftOne leaves a message of one second and returns its id.
func leftOne(t *testing.T, s *Shelf, mailbox string) string {
	t.Helper()
	d := mustDraft(t, s, mailbox)
	record(t, d, 1)
	id, err := d.Keep(time.Second)
	must(t, err)
	return id
}

func TestLampFollowsTheMessages(t *testing.T) {
	l := &lamp{}
	c := Config{Path: t.TempDir(), Changed: l.changed}
	s := mustShelf(t, c)
	l.shelf = s
	one := leftOne(t, s, "101")
	leftOne(t, s, "101")
	must(t, s.Mark("101", one, true))
	must(t, s.Mark("101", one, true)) // nothing new
	must(t, s.Mark("101", one, false))
	must(t, s.Mark("101", one, true))
	must(t, s.Delete("101", one))
	must(t, s.Delete("101", one))
	must(t, s.Mark("101", one, true))
	must(t, s.Mark("nobody", one, true))
	if got, want := strings.Join(l.seen, ", "), "101 1/0, 101 2/0, 101 1/1, 101 2/0, 101 1/1, 101 1/0"; got != want {
		t.Errorf("the lamp showed %s, want %s", got, want)
	}
	if fresh, old := mustShelf(t, c).Waiting("101"); fresh != 1 || old != 0 {
		t.Errorf("after a restart %d new, %d old", fresh, old)
	}
}

func TestHeardOutlivesARestart(t *testing.T) {
	c := Config{Path: t.TempDir()}
	s := mustShelf(t, c)
	one, two := leftOne(t, s, "101"), leftOne(t, s, "101")
	must(t, s.Mark("101", one, true))
	again := mustShelf(t, c)
	for _, m := range again.List("101") {
		if m.Heard != (m.ID == one) {
			t.Errorf("%s heard: %v", m.ID, m.Heard)
		}
	}
	must(t, again.Mark("101", two, true))
	if fresh, old := again.Waiting("101"); fresh != 0 || old != 2 {
		t.Errorf("%d new, %d old", fresh, old)
	}
}

func TestBytesOfAllMailboxesAreLimited(t *testing.T) {
	c := Config{Path: t.TempDir(), MaxLength: 10 * time.Second}.withDefaults()
	c.MaxBytes = 2*c.longest() + 3000
	synctest.Test(t, func(t *testing.T) {
		s := mustShelf(t, c)
		one, two := mustDraft(t, s, "101"), mustDraft(t, s, "102")
		if _, err := s.New(Message{Mailbox: "103", At: noon}); !errors.Is(err, ErrFull) {
			t.Errorf("a third one: %v", err)
		}
		if got := s.NewMessage("103", false).Step(Began{}); got[0].String() != "say mailbox-full" {
			t.Errorf("a third caller hears %v", got)
		}
		record(t, one, 1)
		_, err := one.Keep(time.Second) // what it did not need is free
		must(t, err)
		two.Discard()
		mustDraft(t, s, "103").Discard() // there is room
		synctest.Wait()
		if again := mustShelf(t, c); again.index.bytes != 16044 || s.index.bytes != 16044 {
			t.Errorf("%d bytes counted, %d after a restart", s.index.bytes, again.index.bytes)
		}
	})
}

func TestOwnersAtOnceInOneMailbox(t *testing.T) {
	c := Config{Path: t.TempDir()}
	s := mustShelf(t, c)
	var ids []string
	for range 8 {
		ids = append(ids, leftOne(t, s, "sales"))
	}
	var owners sync.WaitGroup
	for owner := range 4 {
		owners.Go(func() {
			for i, id := range ids {
				if err := s.Mark("sales", id, owner%2 == 0); err != nil {
					t.Error(err)
				}
				if i%2 == 0 {
					if err := s.Delete("sales", id); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	owners.Wait()
	if n := len(files(t, s.messages())); n != 8 || s.Count("sales") != 4 || mustShelf(t, c).Count("sales") != 4 {
		t.Errorf("%d files, %d messages", n, s.Count("sales"))
	}
}

func TestRemainsOfACrashAreRemoved(t *testing.T) {
	c := Config{Path: t.TempDir()}
	s := mustShelf(t, c)
	one, two := leftOne(t, s, "101"), leftOne(t, s, "101")
	must(t, os.Remove(s.File("101", one))) // between the two removals
	must(t, os.WriteFile(sidecar(s.File("101", two))+".new", []byte("{to"), 0o600))
	again := mustShelf(t, c)
	if list := again.List("101"); len(list) != 1 || list[0].ID != two || len(files(t, s.messages())) != 2 {
		t.Errorf("%v, files %v", list, files(t, s.messages()))
	}
}

func TestMessageMovedToAnotherFolderBelongsThere(t *testing.T) {
	c := Config{Path: t.TempDir()}
	s := mustShelf(t, c)
	id := leftOne(t, s, "101")
	must(t, os.Rename(filepath.Join(s.messages(), "101"), filepath.Join(s.messages(), "102")))
	again := mustShelf(t, c)
	must(t, again.Mark("102", id, true))
	if _, old := mustShelf(t, c).Waiting("102"); old != 1 {
		t.Errorf("%d old messages", old)
	}
}
