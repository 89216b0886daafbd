package voicemail

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Message is a message that is safe on the disk.
type Message struct {
	ID      string        `json:"id"`
	Mailbox string        `json:"mailbox"`
	Call    string        `json:"call,omitempty"` // id of the call it was left in
	From    string        `json:"from,omitempty"` // caller's number; "" if withheld
	At      time.Time     `json:"at"`             // when its recording began
	Length  time.Duration `json:"length"`         // nanoseconds
}

// ErrFull: the mailbox takes no more messages.
var ErrFull = errors.New("mailbox is full")

// Shelf is the folder of messages. Its methods are safe from any goroutine.
//
//	PATH/drafts/ID.wav, ID.json          being recorded
//	PATH/messages/MAILBOX/ID.wav, ID.json
//	PATH/greetings/MAILBOX.wav           put there by the operator, read at start
type Shelf struct {
	conf Config
	// greetings has the path of each mailbox's own greeting.
	greetings map[string]string
	unsaved   error

	mu   sync.Mutex
	used map[string]int // messages and drafts of each mailbox
}

// OpenShelf makes the folder if it is missing, repairs what a crash left behind and counts the messages. A draft that is
// long enough becomes a message; Messages tells them all, and Unsaved what could not be repaired.
func OpenShelf(c Config) (*Shelf, error) {
	s := &Shelf{conf: c.withDefaults(), used: map[string]int{}}
	for _, folder := range []string{s.drafts(), s.messages(), s.ownGreetings()} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, fmt.Errorf("make the folder of voicemail: %w", err)
		}
	}
	drafts, err := os.ReadDir(s.drafts())
	if err != nil {
		return nil, fmt.Errorf("recover voicemail: %w", err)
	}
	s.unsaved = s.recover(drafts)
	if s.greetings, err = findGreetings(s.ownGreetings()); err != nil {
		return nil, err
	}
	list, err := s.Messages()
	if err != nil {
		return nil, err
	}
	for _, m := range list {
		s.used[m.Mailbox]++
	}
	return s, nil
}

// NewMessage begins a message into a mailbox: the machine knows whether the mailbox is full.
func (s *Shelf) NewMessage(mailbox string) *Leaving {
	return NewMessage(s.conf, s.greetings[mailbox], s.Count(mailbox) >= s.conf.MaxMessages)
}

// Unsaved is why recordings of the last run could not be made messages; nil if all were. They stay for the next start.
func (s *Shelf) Unsaved() error { return s.unsaved }

// Count is the number of messages in a mailbox, those being recorded included.
func (s *Shelf) Count(mailbox string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.used[mailbox]
}

// File is the path of a message's sound.
func (s *Shelf) File(mailbox, id string) string {
	return filepath.Join(s.box(mailbox), safeName(id)+".wav")
}

// Delete removes a message; one that is not there is no error. It waits for the disk.
func (s *Shelf) Delete(mailbox, id string) error {
	sound := s.File(mailbox, id)
	if err := os.Remove(sound); errors.Is(err, os.ErrNotExist) {
		return nil
	} else if err != nil {
		return fmt.Errorf("delete message %s of mailbox %s: %w", id, mailbox, err)
	}
	s.release(mailbox)
	if err := removeIfThere(sidecar(sound)); err != nil {
		return fmt.Errorf("delete message %s of mailbox %s: %w", id, mailbox, err)
	}
	return nil
}

// reserve takes a place in a mailbox, so that two callers at once cannot both take the last one.
func (s *Shelf) reserve(mailbox string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.used[mailbox] >= s.conf.MaxMessages {
		return fmt.Errorf("mailbox %s: %w", mailbox, ErrFull)
	}
	s.used[mailbox]++
	return nil
}

func (s *Shelf) release(mailbox string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used[mailbox]--
}

func (s *Shelf) drafts() string            { return filepath.Join(s.conf.Path, "drafts") }
func (s *Shelf) ownGreetings() string      { return filepath.Join(s.conf.Path, "greetings") }
func (s *Shelf) messages() string          { return filepath.Join(s.conf.Path, "messages") }
func (s *Shelf) box(mailbox string) string { return filepath.Join(s.messages(), safeName(mailbox)) }

// safeName maps any text to a file name of its own: letters, digits, - and _ stay, so does a dot that is not the first
// character; every other byte becomes %XX.
func safeName(text string) string {
	var b strings.Builder
	for i := range len(text) {
		switch c := text[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == '.' && i > 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	if b.Len() == 0 {
		return "%"
	}
	return b.String()
}

func sidecar(sound string) string { return strings.TrimSuffix(sound, ".wav") + ".json" }

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
