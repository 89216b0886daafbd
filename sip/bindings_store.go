package sip

import (
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"time"

	"ringtide/sip/internal/wire"
)

// copies returns the registrations of users as the store keeps them.
func (r *registrar) copies(users []string) (list []Registration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	// The wall clock may have been set since they were made: what counts is the time left.
	now := time.Now()
	wall := now.Round(0)
	for _, user := range users {
		for _, b := range r.users[user] {
			list = append(list, b.registration(wall.Add(b.expires.Sub(now))))
		}
	}
	return list
}

// all returns all registrations, by user and rank.
func (r *registrar) all() []Registration {
	r.mu.Lock()
	users := make([]string, 0, len(r.users))
	for user := range r.users {
		users = append(users, user)
	}
	r.mu.Unlock()
	return r.copies(users)
}

func (b *binding) registration(expires time.Time) Registration {
	return Registration{
		User: b.user, Contact: b.uri.String(), Instance: b.instance, CallID: b.callID, CSeq: b.cseq, UserAgent: b.userAgent,
		Transport: b.flow.Transport, Local: b.flow.Local.String(), Source: b.flow.Remote.String(),
		Path: strings.Join(b.path, ","), Expires: expires,
	}
}

// restore takes over what the store kept, before anything is served. Expired ones, those of users who are gone and those
// that cannot be read are left out. UDP devices can be called at once; a TCP connection is gone, so its device is
// unreachable until it registers again, but its address counts as one with a user.
func (r *registrar) restore(list []Registration, known func(user string) bool) {
	r.mu.Lock()
	defer r.unlock()
	limits := limitsOf(r.config())
	for _, stored := range list {
		left := min(time.Until(stored.Expires), limits.most)
		flow, err := flowOf(stored)
		uri, uriErr := wire.ParseURI(stored.Contact)
		if err != nil || uriErr != nil || left <= 0 || !known(stored.User) || len(r.users[stored.User]) >= limits.contacts {
			continue
		}
		path := wire.List(stored.Path)
		b := r.put(nil, stored.User,
			&wanted{uri: uri, instance: stored.Instance, q: 1000, expires: left},
			&asked{callID: stored.CallID, cseq: stored.CSeq, userAgent: stored.UserAgent, path: path, direct: len(path) == 0, flow: flow})
		if flow.Transport != "udp" {
			b.reachable = false
			stop(b.test)
		}
		r.report(stored.User, false)
	}
}

func flowOf(stored Registration) (f wire.Flow, err error) {
	f.Transport = stored.Transport
	if f.Local, err = netip.ParseAddrPort(stored.Local); err != nil {
		return f, err
	}
	f.Remote, err = netip.ParseAddrPort(stored.Source)
	return f, err
}

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
