package sip

import (
	"slices"
	"sync"

	"ringtide/sip/internal/wire"
)

const (
	subscriptionsOfUser = 50    // of more, the one that was silent for longest makes room
	subscriptionsInAll  = 20000 // more are refused
)

// subscriptions knows who watches what. Its lock comes before that of a subscription.
type subscriptions struct {
	mu     sync.Mutex
	closed bool
	ours   map[dialogKey]*subscription
	about  map[subject][]*subscription
	users  map[string][]*subscription // by who watches, the one that was silent for longest first
}

func newSubscriptions() *subscriptions {
	return &subscriptions{ours: map[dialogKey]*subscription{}, about: map[subject][]*subscription{}, users: map[string][]*subscription{}}
}

// add takes in a subscription and returns 0, or the code of the refusal. Those returned have to make room for it: left are
// of the phone that subscribes anew, which has forgotten them, the others are of other phones.
func (t *subscriptions) add(u *subscription) (left, others []*subscription, code int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	own := t.users[u.user]
	switch {
	case t.closed:
		return nil, nil, 503
	case slices.ContainsFunc(own, func(v *subscription) bool { return v.merge == u.merge }):
		return nil, nil, 482 // it came twice, by different ways (RFC 3261 section 8.2.2.2)
	case len(t.ours) >= subscriptionsInAll:
		return nil, nil, 503
	}
	for _, v := range own {
		if v.subject == u.subject && v.samePhone(u) {
			left = append(left, v)
		}
	}
	if n := len(own) - len(left) - subscriptionsOfUser + 1; n > 0 {
		for _, v := range own {
			if len(others) < n && !slices.Contains(left, v) {
				others = append(others, v)
			}
		}
	}
	t.ours[u.key] = u
	t.about[u.subject] = append(t.about[u.subject], u)
	t.users[u.user] = append(own, u)
	return left, others, 0
}

func (t *subscriptions) remove(u *subscription) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.ours, u.key)
	takeOut(t.about, u.subject, u)
	takeOut(t.users, u.user, u)
}

func takeOut[K comparable](lists map[K][]*subscription, k K, u *subscription) {
	rest := slices.DeleteFunc(lists[k], func(v *subscription) bool { return v == u })
	if lists[k] = rest; len(rest) == 0 {
		delete(lists, k)
	}
}

// heard notes a sign of life.
func (t *subscriptions) heard(u *subscription) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ours[u.key] == u {
		takeOut(t.users, u.user, u)
		t.users[u.user] = append(t.users[u.user], u)
	}
}

// find returns the subscription a request from the peer belongs to, by Call-ID and both tags, or nil.
func (t *subscriptions) find(req *wire.Request) *subscription {
	t.mu.Lock()
	defer t.mu.Unlock()
	u := t.ours[dialogKey{wire.Get(req, "Call-ID"), tagOf(req.To().Params)}]
	if u == nil || !u.peer.usesTag(tagOf(req.From().Params), req.Method) {
		return nil
	}
	return u
}

// of returns those who watch a subject.
func (t *subscriptions) of(about subject) []*subscription {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.about[about])
}

func (t *subscriptions) count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.ours)
}

// keepOnly ends the subscriptions of users that are no longer configured.
func (t *subscriptions) keepOnly(known func(user string) bool) {
	t.mu.Lock()
	var ended []*subscription
	for user, list := range t.users {
		if !known(user) {
			ended = append(ended, list...)
		}
	}
	t.mu.Unlock()
	for _, u := range ended {
		u.end(noResource)
	}
}

// close drops all without a word: phones find out when they refresh.
func (t *subscriptions) close() {
	t.mu.Lock()
	t.closed = true
	all := make([]*subscription, 0, len(t.ours))
	for _, u := range t.ours {
		all = append(all, u)
	}
	t.mu.Unlock()
	for _, u := range all {
		u.drop()
	}
}
