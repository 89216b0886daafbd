package voicemail

import (
	"os"
	"strings"
	"syscall"
	"testing"
)

// greet records a greeting of so many bytes of sound.
func greet(t *testing.T, s *Shelf, mailbox string, bytes int) error {
	t.Helper()
	d := s.NewGreeting(mailbox)
	must(t, os.WriteFile(d.Path(), wav(0, bytes), 0o600))
	return d.Keep()
}

func TestGreetingIsReplacedAsAWhole(t *testing.T) {
	c := Config{Path: t.TempDir()}
	s := mustShelf(t, c)
	if s.Greeting("101") != "" {
		t.Error("a greeting from nowhere")
	}
	for _, bytes := range []int{16000, 32000} {
		must(t, greet(t, s, "101", bytes))
		sound, err := os.ReadFile(s.Greeting("101"))
		must(t, err)
		if len(sound) != 44+bytes || mustShelf(t, c).Greeting("101") != s.Greeting("101") {
			t.Errorf("%d bytes greet", len(sound))
		}
	}
	s.NewGreeting("101").Discard()
	if left := files(t, s.drafts()); len(left) != 0 {
		t.Errorf("drafts left: %v", left)
	}
	must(t, s.RemoveGreeting("101"))
	must(t, s.RemoveGreeting("101"))
	if s.Greeting("101") != "" || mustShelf(t, c).Greeting("101") != "" {
		t.Error("it still greets")
	}
}

func TestGreetingThatCannotBeKeptChangesNothing(t *testing.T) {
	s := mustShelf(t, Config{Path: t.TempDir()})
	must(t, greet(t, s, "101", 16000))
	d := s.NewGreeting("101")
	if err := d.Keep(); err == nil || !strings.Contains(err.Error(), "keep greeting of mailbox 101") {
		t.Errorf("a greeting without sound: %v", err)
	}
	if s.Greeting("101") == "" || len(files(t, s.drafts())) != 0 {
		t.Error("the old one is gone, or the draft is left")
	}
}

func TestGreetingOfACrashIsForgotten(t *testing.T) {
	c := Config{Path: t.TempDir()}
	d := mustShelf(t, c).NewGreeting("101")
	must(t, os.WriteFile(d.Path(), wav(0, 48000), 0o600))
	if s := mustShelf(t, c); s.Greeting("101") != "" || len(files(t, s.drafts())) != 0 || len(s.Messages()) != 0 {
		t.Error("something is left of it")
	}
}

func TestGreetingPutThereByTheOperator(t *testing.T) {
	c := Config{Path: t.TempDir()}
	own := mustShelf(t, c).greetingFile("sales")
	must(t, os.WriteFile(own, wav(0, 0), 0o600))
	if got := mustShelf(t, c).Greeting("sales"); got != own {
		t.Errorf("%v", got)
	}
}

func TestGreetingFolderThatCannotBeWritten(t *testing.T) {
	path := t.TempDir()
	if err := syscall.Mount("tmpfs", path, "tmpfs", 0, "size=1m"); err != nil {
		t.Skip("a read-only disk needs the right to mount:", err)
	}
	defer syscall.Unmount(path, 0)
	s := mustShelf(t, Config{Path: path})
	must(t, greet(t, s, "101", 16000))
	must(t, syscall.Mount("tmpfs", path, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""))
	if s.RemoveGreeting("101") == nil || s.Greeting("101") == "" {
		t.Error("removed from a disk that cannot be written")
	}
}
