package voicemail

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// wav is a recording of 16-bit mono sound at 8 kHz whose header says size, the bytes that follow having their own.
func wav(size uint32, bytes int) []byte {
	b := append([]byte("RIFF"), 0, 0, 0, 0)
	b = append(b, "WAVEfmt "...)
	b = binary.LittleEndian.AppendUint32(b, 16)
	b = binary.LittleEndian.AppendUint16(b, 1)
	b = binary.LittleEndian.AppendUint16(b, 1)
	b = binary.LittleEndian.AppendUint32(b, 8000)
	b = binary.LittleEndian.AppendUint32(b, 16000)
	b = binary.LittleEndian.AppendUint16(b, 2)
	b = binary.LittleEndian.AppendUint16(b, 16)
	b = append(b, "data"...)
	b = binary.LittleEndian.AppendUint32(b, size)
	return append(b, make([]byte, bytes)...)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func mustShelf(t *testing.T, c Config) *Shelf {
	t.Helper()
	s, err := OpenShelf(c)
	must(t, err)
	must(t, s.Unsaved())
	return s
}

func mustDraft(t *testing.T, s *Shelf, mailbox string) *Draft {
	t.Helper()
	d, err := s.New(Message{Mailbox: mailbox, Call: "c1", From: "+49170222", At: noon})
	must(t, err)
	return d
}

// record writes a recording of whole seconds, as a recorder leaves it that was not asked to end.
func record(t *testing.T, d *Draft, seconds int) {
	t.Helper()
	must(t, os.WriteFile(d.Path(), wav(0, 16000*seconds), 0o600))
}

// files lists what is in a folder and below, its empty folders left out.
func files(t *testing.T, folder string) (names []string) {
	t.Helper()
	must(t, filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			name, _ := filepath.Rel(folder, path)
			names = append(names, name)
		}
		return err
	}))
	return names
}

func TestKeptMessageIsThereAfterARestart(t *testing.T) {
	c := Config{Path: t.TempDir()}
	s := mustShelf(t, c)
	d := mustDraft(t, s, "sales")
	record(t, d, 4)
	id, err := d.Keep(4 * time.Second)
	must(t, err)
	again := mustShelf(t, c)
	list := again.Messages()
	want := Message{ID: id, Mailbox: "sales", Call: "c1", From: "+49170222", At: noon, Length: 4 * time.Second}
	if len(list) != 1 || list[0] != want || again.Count("sales") != 1 {
		t.Errorf("got %+v (count %d), want %+v", list, again.Count("sales"), want)
	}
	sound, err := os.ReadFile(again.File("sales", id))
	must(t, err)
	if size := binary.LittleEndian.Uint32(sound[40:]); int(size) != 64000 || binary.LittleEndian.Uint32(sound[4:]) != size+36 {
		t.Errorf("the header says %d", size)
	}
	if left := files(t, s.drafts()); len(left) != 0 {
		t.Errorf("drafts left: %v", left)
	}
	if _, err := d.Keep(4 * time.Second); err == nil {
		t.Error("kept twice")
	}
	must(t, again.Delete("sales", id))
	must(t, again.Delete("sales", id))
	if left := files(t, c.Path); len(left) != 0 || again.Count("sales") != 0 {
		t.Errorf("left: %v, count %d", left, again.Count("sales"))
	}
}

func TestDiscardedDraftLeavesNothing(t *testing.T) {
	c := Config{Path: t.TempDir(), MaxMessages: 1}
	synctest.Test(t, func(t *testing.T) {
		s := mustShelf(t, c)
		d := mustDraft(t, s, "sales")
		record(t, d, 4)
		d.Discard()
		d.Discard()
		if _, err := d.Keep(time.Second); err == nil {
			t.Error("kept after all")
		}
		mustDraft(t, s, "sales").Discard() // its place is free
		synctest.Wait()
		if left := files(t, c.Path); s.Count("sales") != 0 || len(left) != 0 {
			t.Errorf("count %d, left %v", s.Count("sales"), left)
		}
	})
}

func TestTwoAtOnceCannotBothHaveTheLastPlace(t *testing.T) {
	s := mustShelf(t, Config{Path: t.TempDir(), MaxMessages: 3})
	for range 2 {
		d := mustDraft(t, s, "sales")
		record(t, d, 1)
		_, err := d.Keep(time.Second)
		must(t, err)
	}
	var group sync.WaitGroup
	results := make(chan error, 8)
	for range cap(results) {
		group.Go(func() {
			d, err := s.New(Message{Mailbox: "sales", Call: "c1", At: noon})
			if err == nil {
				err = os.WriteFile(d.Path(), wav(0, 16000), 0o600)
				if _, keepErr := d.Keep(time.Second); keepErr != nil {
					err = keepErr
				}
			}
			results <- err
		})
	}
	group.Wait()
	close(results)
	kept, full := 0, 0
	for err := range results {
		switch {
		case err == nil:
			kept++
		case errors.Is(err, ErrFull):
			full++
		default:
			t.Error(err)
		}
	}
	if kept != 1 || full != 7 || s.Count("sales") != 3 {
		t.Errorf("%d kept, %d refused, count %d", kept, full, s.Count("sales"))
	}
	if got := s.NewMessage("sales", false).Step(Began{}); len(got) != 1 || got[0].String() != "say mailbox-full" {
		t.Errorf("a third caller hears %v", got)
	}
	if got := s.NewMessage("support", false).Step(Began{}); got[0] != (PlayGreeting{"support"}) {
		t.Errorf("another mailbox: %v", got)
	}
}

func TestMailboxFolderRemovedMeanwhile(t *testing.T) {
	s := mustShelf(t, Config{Path: t.TempDir()})
	d := mustDraft(t, s, "sales")
	record(t, d, 2)
	must(t, os.RemoveAll(s.messages()))
	id, err := d.Keep(2 * time.Second)
	must(t, err)
	if _, err := os.Stat(s.File("sales", id)); err != nil {
		t.Error(err)
	}
}

func TestWhatCannotBeKept(t *testing.T) {
	for name, spoil := range map[string]func(*testing.T, *Draft){
		"no file":  func(*testing.T, *Draft) {},
		"no sound": func(t *testing.T, d *Draft) { must(t, os.WriteFile(d.Path(), []byte("RIFF"), 0o600)) },
		"mailbox cannot be made": func(t *testing.T, d *Draft) {
			record(t, d, 2)
			must(t, os.WriteFile(d.shelf.box("sales"), nil, 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := mustShelf(t, Config{Path: t.TempDir()})
			d := mustDraft(t, s, "sales")
			spoil(t, d)
			id, err := d.Keep(2 * time.Second)
			if err == nil || id != "" || !strings.Contains(err.Error(), "keep message for mailbox sales") {
				t.Errorf("%q, %v", id, err)
			}
			if left := files(t, s.drafts()); len(left) != 0 || s.Count("sales") != 0 {
				t.Errorf("left: %v, count %d", left, s.Count("sales"))
			}
		})
	}
}

func TestFullDisk(t *testing.T) {
	path := t.TempDir()
	if err := syscall.Mount("tmpfs", path, "tmpfs", 0, "size=256k"); err != nil {
		t.Skip("a small disk needs the right to mount:", err)
	}
	defer syscall.Unmount(path, 0)
	s := mustShelf(t, Config{Path: path})
	d := mustDraft(t, s, "sales")
	record(t, d, 4)
	<-d.described
	_ = os.WriteFile(filepath.Join(path, "filler"), make([]byte, 1<<20), 0o600)
	if _, err := d.Keep(4 * time.Second); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("%v, want no space left", err)
	}
	if s.Count("sales") != 0 || len(files(t, s.drafts())) != 0 {
		t.Errorf("something is kept")
	}
	must(t, os.Remove(filepath.Join(path, "filler")))
	d = mustDraft(t, s, "sales")
	record(t, d, 4)
	_, err := d.Keep(4 * time.Second)
	must(t, err)
}

func TestNamesCannotLeadElsewhere(t *testing.T) {
	seen := map[string]string{}
	for _, name := range []string{"sales", "Sales", "../../etc/passwd", "..", ".", "", "a/b", "a%2Fb", "%", "ä b", "x.y", "\x00", "sales.wav"} {
		safe := safeName(name)
		if strings.ContainsAny(safe, "/\\\x00 ") || safe == "." || safe == ".." || safe == "" {
			t.Errorf("%q becomes %q", name, safe)
		}
		if other, taken := seen[safe]; taken {
			t.Errorf("%q and %q both become %q", name, other, safe)
		}
		seen[safe] = name
		if back := plainName(safe); name != "" && back != name {
			t.Errorf("%q comes back as %q", name, back)
		}
	}
}
