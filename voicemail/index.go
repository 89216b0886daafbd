package voicemail

import (
	"fmt"
	"slices"
	"strings"
)

// index is what the shelf knows of its messages without asking the disk.
type index struct {
	boxes map[string]*contents
	bytes int64 // of all messages, and of drafts at their longest
}

// contents of a mailbox.
type contents struct {
	messages []entry // oldest first
	drafts   int     // places taken by messages being recorded
}

type entry struct {
	Message
	bytes int64 // of the sound
}

func (x *index) box(mailbox string) *contents {
	if x.boxes[mailbox] == nil {
		x.boxes[mailbox] = &contents{}
	}
	return x.boxes[mailbox]
}

// add puts a message in its place by age.
func (x *index) add(e entry) {
	b := x.box(e.Mailbox)
	at, _ := slices.BinarySearchFunc(b.messages, e, func(a, b entry) int {
		if order := a.At.Compare(b.At); order != 0 {
			return order
		}
		return strings.Compare(a.ID, b.ID)
	})
	b.messages = slices.Insert(b.messages, at, e)
	x.bytes += e.bytes
}

// find is the message, or nil.
func (x *index) find(mailbox, id string) *entry {
	if b := x.boxes[mailbox]; b != nil {
		for i := range b.messages {
			if b.messages[i].ID == id {
				return &b.messages[i]
			}
		}
	}
	return nil
}

func (x *index) remove(mailbox, id string) {
	b := x.box(mailbox)
	b.messages = slices.DeleteFunc(b.messages, func(e entry) bool {
		if e.ID == id {
			x.bytes -= e.bytes
		}
		return e.ID == id
	})
}

// Messages lists what is on the shelf, oldest first.
func (s *Shelf) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Message
	for _, b := range s.index.boxes {
		for _, e := range b.messages {
			all = append(all, e.Message)
		}
	}
	slices.SortFunc(all, func(a, b Message) int {
		if order := a.At.Compare(b.At); order != 0 {
			return order
		}
		return strings.Compare(a.ID, b.ID)
	})
	return all
}

// List tells the messages of a mailbox, oldest first. It does not wait for the disk.
func (s *Shelf) List(mailbox string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []Message
	if b := s.index.boxes[mailbox]; b != nil {
		for _, e := range b.messages {
			list = append(list, e.Message)
		}
	}
	return list
}

// Waiting counts the messages of a mailbox that nobody has heard yet, and the others. It does not wait for the disk.
func (s *Shelf) Waiting(mailbox string) (fresh, old int) {
	for _, m := range s.List(mailbox) {
		if m.Heard {
			old++
		} else {
			fresh++
		}
	}
	return fresh, old
}

// Count is the number of messages in a mailbox, those being recorded included.
func (s *Shelf) Count(mailbox string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count(mailbox)
}

func (s *Shelf) count(mailbox string) int {
	if b := s.index.boxes[mailbox]; b != nil {
		return len(b.messages) + b.drafts
	}
	return 0
}

func (s *Shelf) full(mailbox string) bool {
	return s.count(mailbox) >= s.conf.MaxMessages || s.index.bytes+s.conf.longest() > s.conf.MaxBytes
}

// reserve takes a place in a mailbox, so that two callers at once cannot both take the last one.
func (s *Shelf) reserve(mailbox string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.full(mailbox) {
		return fmt.Errorf("mailbox %s: %w", mailbox, ErrFull)
	}
	s.index.box(mailbox).drafts++
	s.index.bytes += s.conf.longest()
	return nil
}

// release gives the place back; kept is the message that took it for good, if one did.
func (s *Shelf) release(mailbox string, kept *entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.index.box(mailbox).drafts--
	s.index.bytes -= s.conf.longest()
	if kept != nil {
		s.index.add(*kept)
	}
}
