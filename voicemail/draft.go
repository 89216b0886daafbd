package voicemail

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Draft is a message being recorded. It ends with Keep or Discard; a further one is ignored.
type Draft struct {
	shelf     *Shelf
	message   Message
	described chan struct{} // closed when the sidecar is written, or could not be
	end       sync.Once
}

// New reserves a place for the message m, whose id it makes, and returns where to record it, or ErrFull. It does not wait
// for the disk: what a recovery must know about the draft is written meanwhile.
func (s *Shelf) New(m Message) (*Draft, error) {
	if err := s.reserve(m.Mailbox); err != nil {
		return nil, err
	}
	m.ID, m.At = newID(m.At), m.At.UTC()
	d := &Draft{shelf: s, message: m, described: make(chan struct{})}
	go func() {
		defer close(d.described)
		_ = writeSidecar(sidecar(d.Path()), d.message) // a failure shows again in Keep
	}()
	return d, nil
}

// newID is unique for ever and sorts by time.
func newID(at time.Time) string { return at.UTC().Format("20060102-150405-") + rand.Text()[:10] }

// Path is the file to record into. Its folder exists, the file does not.
func (d *Draft) Path() string { return filepath.Join(d.shelf.drafts(), d.message.ID+".wav") }

// Keep makes the draft a message, durable when it returns, and returns its id. The recording must be over. It waits for
// the disk, so a call's actor runs it beside itself. After an error nothing is kept.
func (d *Draft) Keep(length time.Duration) (id string, err error) {
	err = errors.New("the draft has ended already")
	d.end.Do(func() {
		<-d.described
		var kept *entry
		if kept, err = d.keep(length); err != nil {
			d.remove()
		}
		d.shelf.release(d.message.Mailbox, kept)
	})
	if err != nil {
		return "", fmt.Errorf("keep message for mailbox %s: %w", d.message.Mailbox, err)
	}
	d.shelf.conf.Changed(d.message.Mailbox)
	return d.message.ID, nil
}

func (d *Draft) keep(length time.Duration) (*entry, error) {
	if _, err := repairWAV(d.Path()); err != nil {
		return nil, err
	}
	info, err := os.Stat(d.Path())
	if err != nil {
		return nil, err
	}
	d.message.Length = length
	if err := writeSidecar(sidecar(d.Path()), d.message); err != nil {
		return nil, err
	}
	if err := d.shelf.publish(d.Path(), d.message.Mailbox); err != nil {
		return nil, err
	}
	return &entry{d.message, info.Size()}, nil
}

// Discard throws the draft away. It does not wait for the disk.
func (d *Draft) Discard() {
	d.end.Do(func() {
		d.shelf.release(d.message.Mailbox, nil)
		go func() {
			<-d.described
			d.remove()
		}()
	})
}

// remove takes the files away, wherever they have come to; what fails here, the next start does.
func (d *Draft) remove() {
	for _, sound := range []string{d.Path(), d.shelf.File(d.message.Mailbox, d.message.ID)} {
		_ = os.Remove(sound)
		_ = os.Remove(sidecar(sound))
	}
}

// publish moves a draft into its mailbox: the sound first, so that a sidecar among the messages always has its sound.
// Both files must be on the disk already.
func (s *Shelf) publish(sound, mailbox string) error {
	box := s.box(mailbox)
	if err := os.MkdirAll(box, 0o700); err != nil {
		return err
	}
	for _, file := range []string{sound, sidecar(sound)} {
		if err := os.Rename(file, filepath.Join(box, filepath.Base(file))); err != nil {
			return err
		}
	}
	return errors.Join(syncFolder(box), syncFolder(s.messages()), syncFolder(s.drafts()))
}

// writeSidecar replaces the file as a whole and waits until it is on the disk.
func writeSidecar(path string, m Message) error {
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	temp := path + ".new"
	f, err := os.OpenFile(temp, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		_ = os.Remove(temp)
		return err
	}
	return os.Rename(temp, path)
}

func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
