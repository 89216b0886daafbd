package sip

import (
	"fmt"
	"log/slog"
	"sync"
	"time"
)

const (
	writeBehind = 500 * time.Millisecond // changes are collected for so long
	writeAgain  = 5 * time.Second        // after the store failed
	sayAgain    = time.Minute            // a failing store is logged so often
)

// scribe writes registrations behind: one goroutine brings what changed to the store, so that no message waits for a disk.
// A failing store is tried again; nothing is lost from memory.
type scribe struct {
	store  Registrations
	copies func(users []string) []Registration
	log    *slog.Logger
	wake   chan struct{}
	quit   chan struct{}
	done   chan struct{}

	mu      sync.Mutex
	changed map[string]bool
}

func newScribe(store Registrations, copies func([]string) []Registration, log *slog.Logger) *scribe {
	w := &scribe{
		store: store, copies: copies, log: log, changed: map[string]bool{},
		wake: make(chan struct{}, 1), quit: make(chan struct{}), done: make(chan struct{}),
	}
	go w.run()
	return w
}

// note has the registrations of a user written soon.
func (w *scribe) note(user string) {
	w.mu.Lock()
	w.changed[user] = true
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default: // it is awake
	}
}

func (w *scribe) run() {
	defer close(w.done)
	var said time.Time
	for {
		select {
		case <-w.quit:
			return
		case <-w.wake:
		}
		wait := writeBehind
		for wait > 0 {
			select {
			case <-w.quit:
				return
			case <-time.After(wait):
			}
			wait = 0
			if err := w.write(); err != nil {
				if wait = writeAgain; time.Since(said) >= sayAgain {
					said = time.Now()
					w.log.Error("registrations are not written: they would be lost by a restart now", "err", err)
				}
			}
		}
	}
}

// write brings all changes to the store; after an error they count as changes still.
func (w *scribe) write() error {
	w.mu.Lock()
	users := make([]string, 0, len(w.changed))
	for user := range w.changed {
		users = append(users, user)
	}
	w.changed = map[string]bool{}
	w.mu.Unlock()
	if len(users) == 0 {
		return nil
	}
	err := w.store.SaveRegistrations(users, w.copies(users))
	if err != nil {
		w.mu.Lock()
		for _, user := range users {
			w.changed[user] = true
		}
		w.mu.Unlock()
		return fmt.Errorf("write registrations of %d users: %w", len(users), err)
	}
	return nil
}

// close writes what is left and ends.
func (w *scribe) close() {
	close(w.quit)
	<-w.done
	if err := w.write(); err != nil {
		w.log.Error("registrations are lost", "err", err)
	}
}
