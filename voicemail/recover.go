package voicemail

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// scan reads what is known of the messages, and removes what a crash has left of others: a sidecar without its sound, half
// a sidecar. A sound whose sidecar is lost is still a message: its mailbox and length are known.
func (s *Shelf) scan() (index, error) {
	x := index{boxes: map[string]*contents{}}
	found, err := filepath.Glob(filepath.Join(globSafe(s.messages()), "*", "*"))
	if err != nil {
		return x, fmt.Errorf("list messages: %w", err)
	}
	for _, path := range found {
		switch filepath.Ext(path) {
		case ".wav":
			m, err := readSidecar(sidecar(path))
			if err != nil {
				m = describe(path)
			}
			m.Mailbox = plainName(filepath.Base(filepath.Dir(path))) // where it lies is where it is
			if info, err := os.Stat(path); err == nil {
				x.add(entry{m, info.Size()})
			}
		case ".json":
			if _, err := os.Stat(strings.TrimSuffix(path, ".json") + ".wav"); errors.Is(err, os.ErrNotExist) {
				_ = os.Remove(path) // the next start tries again
			}
		case ".new":
			_ = os.Remove(path)
		}
	}
	return x, nil
}

// recover makes a message of every draft of the last run that is long enough. One that the disk refuses stays a draft;
// everything else goes.
func (s *Shelf) recover(drafts []os.DirEntry) (err error) {
	failed := map[string]bool{}
	for _, e := range drafts {
		name, ok := strings.CutSuffix(e.Name(), ".json")
		if !ok {
			continue
		}
		if e := s.recoverDraft(filepath.Join(s.drafts(), name+".wav")); e != nil {
			failed[name] = true
			err = errors.Join(err, fmt.Errorf("recover message %s: %w", name, e))
		}
	}
	for _, e := range drafts {
		if name, _, _ := strings.Cut(e.Name(), "."); !failed[name] {
			err = errors.Join(err, removeIfThere(filepath.Join(s.drafts(), e.Name())))
		}
	}
	return err
}

func (s *Shelf) recoverDraft(sound string) error {
	m, err := readSidecar(sidecar(sound))
	if err != nil {
		return nil // torn: the rest removes it
	}
	published := s.File(m.Mailbox, m.ID)
	if _, err := os.Stat(published); err == nil { // stopped between the two moves
		return os.Rename(sidecar(sound), sidecar(published))
	}
	length, err := repairWAV(sound)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, errNotWAV) {
		return nil
	}
	if err != nil {
		return err
	}
	if length < s.conf.MinLength {
		return nil
	}
	m.Length = length
	if err := writeSidecar(sidecar(sound), m); err != nil {
		return err
	}
	return s.publish(sound, m.Mailbox)
}

func readSidecar(path string) (m Message, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return m, err
	}
	if m.ID+".json" != filepath.Base(path) {
		return m, fmt.Errorf("%s is about another message", path)
	}
	return m, nil
}

// describe tells what the sound's file itself tells.
func describe(sound string) Message {
	m := Message{ID: strings.TrimSuffix(filepath.Base(sound), ".wav")}
	m.Length, _ = repairWAV(sound)
	if info, err := os.Stat(sound); err == nil {
		m.At = info.ModTime().UTC()
	}
	return m
}

// findGreetings lists the mailboxes' own greetings by mailbox.
func findGreetings(folder string) (map[string]string, error) {
	files, err := filepath.Glob(filepath.Join(globSafe(folder), "*.wav"))
	if err != nil {
		return nil, fmt.Errorf("list greetings: %w", err)
	}
	list := map[string]string{}
	for _, file := range files {
		list[plainName(strings.TrimSuffix(filepath.Base(file), ".wav"))] = file
	}
	return list, nil
}

// plainName undoes safeName.
func plainName(file string) string {
	if plain, err := url.PathUnescape(file); err == nil {
		return plain
	}
	return file
}

// globSafe takes the meaning from the characters that mean something in a pattern.
func globSafe(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}
