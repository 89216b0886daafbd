package voicemail

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Greeting is the path of the mailbox's own greeting; "": it has none.
func (s *Shelf) Greeting(mailbox string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.greetings[mailbox]
}

// GreetingDraft is a greeting being recorded. It ends with Keep or Discard; a further one is ignored.
type GreetingDraft struct {
	shelf         *Shelf
	mailbox, path string
	end           sync.Once
}

// NewGreeting begins a greeting of a mailbox. It does not wait for the disk.
func (s *Shelf) NewGreeting(mailbox string) *GreetingDraft {
	return &GreetingDraft{shelf: s, mailbox: mailbox, path: filepath.Join(s.drafts(), newID(time.Now())+".wav")}
}

// Path is the file to record into. Its folder exists, the file does not.
func (d *GreetingDraft) Path() string { return d.path }

// Keep makes the draft the mailbox's greeting, durable and in effect when it returns. The recording must be over. It
// waits for the disk. After an error the greeting is what it was.
func (d *GreetingDraft) Keep() (err error) {
	d.end.Do(func() {
		if err = d.keep(); err != nil {
			err = fmt.Errorf("keep greeting of mailbox %s: %w", d.mailbox, err)
			_ = os.Remove(d.path) // what fails here, the next start does
		}
	})
	return err
}

func (d *GreetingDraft) keep() error {
	if _, err := repairWAV(d.path); err != nil {
		return err
	}
	d.shelf.disk.Lock()
	defer d.shelf.disk.Unlock()
	path := d.shelf.greetingFile(d.mailbox)
	if err := os.Rename(d.path, path); err != nil {
		return err
	}
	d.shelf.greets(d.mailbox, path)
	return syncFolder(d.shelf.ownGreetings())
}

// Discard throws the draft away. It waits for the disk.
func (d *GreetingDraft) Discard() {
	d.end.Do(func() { _ = os.Remove(d.path) }) // what fails here, the next start does
}

// RemoveGreeting brings the built-in greeting back. It waits for the disk.
func (s *Shelf) RemoveGreeting(mailbox string) error {
	s.disk.Lock()
	defer s.disk.Unlock()
	if err := removeIfThere(s.greetingFile(mailbox)); err != nil {
		return fmt.Errorf("remove greeting of mailbox %s: %w", mailbox, err)
	}
	s.greets(mailbox, "")
	if err := syncFolder(s.ownGreetings()); err != nil {
		return fmt.Errorf("remove greeting of mailbox %s: %w", mailbox, err)
	}
	return nil
}

func (s *Shelf) greetingFile(mailbox string) string {
	return filepath.Join(s.ownGreetings(), safeName(mailbox)+".wav")
}

// greets notes which file greets from now on.
func (s *Shelf) greets(mailbox, path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if path == "" {
		delete(s.greetings, mailbox)
	} else {
		s.greetings[mailbox] = path
	}
}
