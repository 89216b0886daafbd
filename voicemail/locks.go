package voicemail

import (
	"sync"
	"time"
)

const (
	maxWrong  = 5                // wrong PINs for one mailbox from one source
	lockFor   = 15 * time.Minute // after them; and so long a wrong one is remembered
	maxTried  = 4096             // pairs of mailbox and source remembered
	checkedAt = 2                // PINs checked at once: each takes 19 MiB
)

// Locks guards the PINs of all mailboxes: after 5 wrong tries from a source, that source is locked out of that mailbox
// for 15 minutes, whatever it keys in, and does not learn of it. It is shared by all calls, so hanging up does not
// help. Its methods are safe from any goroutine, and of a nil *Locks: then no mailbox has a PIN.
type Locks struct {
	verify func(mailbox string) func(pin string) bool
	slots  chan struct{}

	mu    sync.Mutex
	tried map[pair]tries
}

type pair struct{ mailbox, source string }

type tries struct {
	wrong int // those being checked included
	until time.Time
}

// NewLocks makes locks for PINs that verify knows: it returns what checks one of the mailbox, or nil if that has none.
func NewLocks(verify func(mailbox string) func(pin string) bool) *Locks {
	return &Locks{verify: verify, slots: make(chan struct{}, checkedAt), tried: map[pair]tries{}}
}

// Has says whether the mailbox has a PIN.
func (l *Locks) Has(mailbox string) bool { return l != nil && l.verify(mailbox) != nil }

// Check says whether source may enter with this PIN. It takes tens of milliseconds, as long when source is locked out,
// and waits while others are checked.
func (l *Locks) Check(mailbox, source string, pin PIN) bool {
	if !l.Has(mailbox) {
		return false
	}
	admitted := l.admit(pair{mailbox, source}, time.Now())
	right := l.compare(mailbox, pin)
	if right && admitted {
		l.forgive(pair{mailbox, source})
	}
	return right && admitted
}

func (l *Locks) compare(mailbox string, pin PIN) bool {
	l.slots <- struct{}{}
	defer func() { <-l.slots }()
	check := l.verify(mailbox)
	return check != nil && check(string(pin))
}

// admit counts the try before it is known to be wrong, so that many calls at once have no more tries than one.
func (l *Locks) admit(p pair, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	t, known := l.tried[p]
	if known && !now.Before(t.until) {
		t = tries{}
	}
	if !known && len(l.tried) >= maxTried && !l.sweep(now) {
		return false
	}
	if t.wrong >= maxWrong {
		return false
	}
	l.tried[p] = tries{t.wrong + 1, now.Add(lockFor)}
	return true
}

// sweep forgets what is over and says whether there is room.
func (l *Locks) sweep(now time.Time) bool {
	for p, t := range l.tried {
		if !now.Before(t.until) {
			delete(l.tried, p)
		}
	}
	return len(l.tried) < maxTried
}

func (l *Locks) forgive(p pair) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.tried, p)
}
