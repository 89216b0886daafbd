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
	Call    string        `json:"call,omitempty"`  // id of the call it was left in
	From    string        `json:"from,omitempty"`  // caller's number; "" if withheld
	User    string        `json:"user,omitempty"`  // extension of the user who left it and has proven to be that user
	At      time.Time     `json:"at"`              // when its recording began
	Length  time.Duration `json:"length"`          // nanoseconds
	Heard   bool          `json:"heard,omitempty"` // an owner has heard it: it is old
}

// ErrFull: the mailbox, or the shelf, takes no more messages.
var ErrFull = errors.New("mailbox is full")

// Shelf is the folder of messages. Its methods are safe from any goroutine.
//
//	PATH/drafts/ID.wav, ID.json          being recorded
//	PATH/messages/MAILBOX/ID.wav, ID.json
//	PATH/greetings/MAILBOX.wav           recorded by phone, or put there by the operator and read at start
type Shelf struct {
	conf    Config
	unsaved error

	disk  sync.Mutex // who changes files that are there already
	mu    sync.Mutex // index and greetings; never held while the disk is waited for
	index index
	// greetings has the path of each mailbox's own greeting.
	greetings map[string]string
}

// OpenShelf makes the folder if it is missing, repairs what a crash left behind and reads what is known of the messages.
// A draft that is long enough becomes a message; Messages tells them all, and Unsaved what could not be repaired.
func OpenShelf(c Config) (*Shelf, error) {
	s := &Shelf{conf: c.withDefaults()}
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
	if s.index, err = s.scan(); err != nil {
		return nil, err
	}
	return s, nil
}

// NewMessage begins a message into a mailbox: the machine knows whether the mailbox is full, and whether the owner can
// log in from here.
func (s *Shelf) NewMessage(mailbox string, login bool) *Leaving {
	s.mu.Lock()
	defer s.mu.Unlock()
	return NewMessage(s.conf, mailbox, s.full(mailbox), login)
}

// NewOwner begins a visit of an owner of mailboxes.
func (s *Shelf) NewOwner(v Visit) *Owner { return NewOwner(s.conf, v) }

// Unsaved is why recordings of the last run could not be made messages; nil if all were. They stay for the next start.
func (s *Shelf) Unsaved() error { return s.unsaved }

// File is the path of a message's sound.
func (s *Shelf) File(mailbox, id string) string {
	return filepath.Join(s.box(mailbox), safeName(id)+".wav")
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
