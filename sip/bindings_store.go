package sip

import (
	"math"
	"net/netip"
	"strings"
	"time"

	"ringtide/sip/internal/wire"
)

// Registration is a contact of a user as store keeps it.
type Registration struct {
	User      string
	Contact   string // URI as registered
	Instance  string // +sip.instance, "" if none
	CallID    string
	CSeq      uint32
	UserAgent string
	Transport string
	Local     string // our socket of the flow, ADDR:PORT
	Source    string // where REGISTER came from, ADDR:PORT
	Path      string
	Expires   time.Time // wall clock
}

// Registrations is where contacts survive a restart. Calls come from one goroutine, outside the path of messages.
type Registrations interface {
	LoadRegistrations() ([]Registration, error)
	// SaveRegistrations replaces all contacts of the users named in changed by those in list.
	SaveRegistrations(changed []string, list []Registration) error
}

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
// that cannot be read are left out. UDP devices can be called at once; a connection is gone, so its device is unreachable
// until it registers again, but its address counts as one with a user.
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
		if flow.Stream() {
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
	if f.Stream() {
		f.Conn = math.MaxUint64 // one that is no more: nobody listens at the port it came from
	}
	f.Remote, err = netip.ParseAddrPort(stored.Source)
	return f, err
}
