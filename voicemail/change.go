package voicemail

import (
	"errors"
	"fmt"
	"os"
)

// Mark makes a message old, or new again, durably: it waits for the disk. A message that is not there any more, because
// another owner of the mailbox has removed it, is no error.
func (s *Shelf) Mark(mailbox, id string, heard bool) error {
	changed, err := s.mark(mailbox, id, heard)
	if err != nil {
		return fmt.Errorf("mark message %s of mailbox %s: %w", id, mailbox, err)
	}
	if changed {
		s.conf.Changed(mailbox)
	}
	return nil
}

func (s *Shelf) mark(mailbox, id string, heard bool) (changed bool, err error) {
	s.disk.Lock()
	defer s.disk.Unlock()
	m, there := s.look(mailbox, id)
	if !there || m.Heard == heard {
		return false, nil
	}
	m.Heard = heard
	if err := writeSidecar(sidecar(s.File(mailbox, id)), m); err != nil {
		return false, err
	}
	if err := syncFolder(s.box(mailbox)); err != nil {
		return false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.index.find(mailbox, id).Heard = heard // only who holds s.disk removes
	return true, nil
}

func (s *Shelf) look(mailbox, id string) (m Message, there bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.index.find(mailbox, id); e != nil {
		return e.Message, true
	}
	return m, false
}

// Delete removes a message; one that is not there is no error. It waits for the disk.
func (s *Shelf) Delete(mailbox, id string) error {
	removed, err := s.remove(mailbox, id)
	if removed {
		s.conf.Changed(mailbox)
	}
	if err != nil {
		return fmt.Errorf("delete message %s of mailbox %s: %w", id, mailbox, err)
	}
	return nil
}

// remove takes the sound away first: a sidecar alone is no message, and the next start removes it.
func (s *Shelf) remove(mailbox, id string) (removed bool, err error) {
	s.disk.Lock()
	defer s.disk.Unlock()
	if _, there := s.look(mailbox, id); !there {
		return false, nil
	}
	sound := s.File(mailbox, id)
	if err := removeIfThere(sound); err != nil {
		return false, err
	}
	s.mu.Lock()
	s.index.remove(mailbox, id)
	s.mu.Unlock()
	err = removeIfThere(sidecar(sound))
	if e := syncFolder(s.box(mailbox)); !errors.Is(e, os.ErrNotExist) {
		err = errors.Join(err, e)
	}
	return true, err
}
