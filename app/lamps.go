package app

import (
	"slices"
	"sync/atomic"

	"ringtide/queue"
)

// lamps joins mailboxes and phones: the lamp of a user shows the messages of its own mailbox and of those of all groups it
// answers for.
type lamps struct {
	waiting func(mailbox string) (fresh, old int)
	tell    func(user string) // its phones ask messages again
	owners  atomic.Pointer[owners]
}

// owners says whose mailboxes are whose. A mailbox has the name of its user or group.
type owners struct {
	boxes map[string][]string // by user
	users map[string][]string // by mailbox
}

func newLamps(r queue.Rules) *lamps {
	l := &lamps{tell: func(string) {}}
	l.owners.Store(ownersOf(r))
	return l
}

func ownersOf(r queue.Rules) *owners {
	o := &owners{boxes: map[string][]string{}, users: map[string][]string{}}
	own := func(user, mailbox string) {
		o.boxes[user] = append(o.boxes[user], mailbox)
		o.users[mailbox] = append(o.users[mailbox], user)
	}
	for _, u := range r.Users {
		own(string(u.Extension), string(u.Extension))
	}
	for _, g := range r.Groups {
		for _, agent := range g.Agents {
			own(string(agent), string(g.Name))
		}
	}
	return o
}

// messages counts what a user has not heard yet, and what it has.
func (l *lamps) messages(user string) (fresh, old int) {
	for _, mailbox := range l.owners.Load().boxes[user] {
		f, o := l.waiting(mailbox)
		fresh, old = fresh+f, old+o
	}
	return fresh, old
}

// changed has all who own a mailbox told. It does not block.
func (l *lamps) changed(mailbox string) {
	for _, user := range l.owners.Load().users[mailbox] {
		l.tell(user)
	}
}

// reload has those told whose mailboxes are others now.
func (l *lamps) reload(r queue.Rules) {
	now := ownersOf(r)
	was := l.owners.Swap(now)
	for user, boxes := range now.boxes {
		if !slices.Equal(boxes, was.boxes[user]) {
			l.tell(user)
		}
	}
}
