package voicemail

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// crashed leaves a draft behind as a killed process does: described, and with these bytes of sound in it.
func crashed(t *testing.T, c Config, sound []byte) *Draft {
	t.Helper()
	d := mustDraft(t, mustShelf(t, c), "sales")
	<-d.described
	if sound != nil {
		must(t, os.WriteFile(d.Path(), sound, 0o600))
	}
	return d
}

func TestDraftsOfACrash(t *testing.T) {
	long := wav(0, 48000)
	for name, test := range map[string]struct {
		sound []byte
		want  time.Duration // 0: gone
	}{
		"spoken for three seconds":      {long, 3 * time.Second},
		"header of an earlier moment":   {wav(16000, 48000), 3 * time.Second},
		"header that promises too much": {wav(1<<31, 48000), 3 * time.Second},
		"half a sample at the end":      {append(long[:len(long):len(long)], 7), 3 * time.Second},
		"too short":                     {wav(0, 8000), 0},
		"header only":                   {wav(0, 0), 0},
		"torn header":                   {long[:30], 0},
		"an empty file":                 {[]byte{}, 0},
		"no file":                       {nil, 0},
		"no sound at all":               {make([]byte, 100), 0},
	} {
		t.Run(name, func(t *testing.T) {
			c := Config{Path: t.TempDir()}
			d := crashed(t, c, test.sound)
			for range 2 { // a second start changes nothing
				s := mustShelf(t, c)
				list := s.Messages()
				if test.want == 0 && len(list) != 0 || test.want > 0 && (len(list) != 1 || list[0].Length != test.want || list[0].ID != d.message.ID ||
					list[0].From != "+49170222" || s.Count("sales") != 1) {
					t.Fatalf("messages: %+v", list)
				}
				if left := files(t, s.drafts()); len(left) != 0 {
					t.Fatalf("drafts left: %v", left)
				}
			}
		})
	}
}

func TestCrashBetweenTheTwoMoves(t *testing.T) {
	c := Config{Path: t.TempDir()}
	d := crashed(t, c, wav(0, 32000))
	box := d.shelf.box("sales")
	must(t, os.MkdirAll(box, 0o700))
	must(t, os.Rename(d.Path(), filepath.Join(box, d.message.ID+".wav")))
	list := mustShelf(t, c).Messages()
	if len(list) != 1 || list[0].Call != "c1" {
		t.Errorf("%+v", list)
	}
}

func TestSoundWithoutSidecarIsAMessage(t *testing.T) {
	c := Config{Path: t.TempDir()}
	s := mustShelf(t, c)
	box := s.box("a/b")
	must(t, os.MkdirAll(box, 0o700))
	must(t, os.WriteFile(filepath.Join(box, "m1.wav"), wav(0, 32000), 0o600))
	must(t, os.WriteFile(filepath.Join(box, "m1.json"), []byte("{torn"), 0o600))
	list := mustShelf(t, c).Messages()
	if len(list) != 1 || list[0].ID != "m1" || list[0].Mailbox != "a/b" || list[0].Length != 2*time.Second || list[0].At.IsZero() {
		t.Errorf("%+v", list)
	}
}

func TestDraftThatCannotBeSavedWaitsForTheNextStart(t *testing.T) {
	c := Config{Path: t.TempDir()}
	d := crashed(t, c, wav(0, 32000))
	box := d.shelf.box("sales")
	must(t, os.WriteFile(box, nil, 0o600)) // no folder can be made there
	s, err := OpenShelf(c)
	must(t, err)
	if s.Unsaved() == nil || len(files(t, s.drafts())) != 2 {
		t.Errorf("%v, drafts %v", s.Unsaved(), files(t, s.drafts()))
	}
	must(t, os.Remove(box))
	if list := mustShelf(t, c).Messages(); len(list) != 1 {
		t.Errorf("%+v", list)
	}
}
