package sip

import (
	"net/netip"
	"sync"
	"time"
)

const (
	maxSources  = 65536           // addresses remembered at once
	strikesOut  = 20              // wrong passwords in a row that lead to a ban
	banTime     = 5 * time.Minute // how long it lasts, and how long a wrong password is remembered
	maxUserName = 32              // longest extension there can be
)

// budget limits what peers who have not proven who they are can make the server do. All tables are bounded. Safe for use
// by many goroutines.
type budget struct {
	mu      sync.Mutex
	buckets recent[netip.Addr, bucket]
	callers recent[string, bucket] // by user
	strikes recent[suspect, record]
}

// bucket is a token bucket: level requests may be made at once as of then.
type bucket struct {
	level float64
	then  time.Time
}

// take spends one, if there is one. perSecond come in, most at once can be saved up.
func (k *bucket) take(now time.Time, perSecond, most float64) bool {
	if !k.then.IsZero() {
		k.level += now.Sub(k.then).Seconds() * perSecond
	}
	k.level, k.then = min(k.level, most), now
	if k.level < 1 {
		return false
	}
	k.level--
	return true
}

// suspect is who sent wrong passwords: an address for a user name, or (user "") for whatever user.
type suspect struct {
	source netip.Addr
	user   string
}

type record struct {
	wrong  int
	last   time.Time
	banned time.Time // until then
}

func newBudget() *budget {
	return &budget{
		buckets: newRecent[netip.Addr, bucket](maxSources),
		callers: newRecent[string, bucket](maxSources),
		strikes: newRecent[suspect, record](maxSources),
	}
}

// sourceOf is the unit in which sources are counted: an IPv4 address, or the /64 of an IPv6 address, which one host owns
// as a whole.
func sourceOf(a netip.Addr) netip.Addr {
	a = a.Unmap()
	if a.Is4() {
		return a
	}
	p, _ := a.WithZone("").Prefix(64)
	return p.Addr()
}

// take spends one request of source, which has perSecond of them (0: no limit) and can save up those of two seconds.
func (b *budget) take(source netip.Addr, perSecond int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return spend(&b.buckets, source, perSecond)
}

// takeCall spends one new call or subscription of a user, who has as many as a source has requests: who stole a password, or a phone that
// has gone mad, must not take what is there for all others.
func (b *budget) takeCall(user string, perSecond int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return spend(&b.callers, user, perSecond)
}

func spend[K comparable](buckets *recent[K, bucket], of K, perSecond int) bool {
	if perSecond <= 0 {
		return true
	}
	rate := float64(perSecond)
	k, known := buckets.get(of)
	if !known {
		k.level = 2 * rate
	}
	return k.take(time.Now(), rate, 2*rate)
}

// giveBack returns the request to a source that has proven who it is with it.
func (b *budget) giveBack(source netip.Addr) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if k, known := b.buckets.get(source); known {
		k.level++
	}
}

// wrong notes a wrong password from source and tells whether it was the one that leads to a ban, of the pair or of the
// whole address.
func (b *budget) wrong(source netip.Addr, user string) (pair, whole bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	strike := func(who suspect) bool {
		r, _ := b.strikes.get(who)
		if now.Sub(r.last) > banTime {
			r.wrong = 0
		}
		r.wrong, r.last = r.wrong+1, now
		if r.wrong < strikesOut {
			return false
		}
		r.wrong, r.banned = 0, now.Add(banTime)
		return true
	}
	return strike(suspect{source, clipUser(user)}), strike(suspect{source: source})
}

// right forgets the wrong passwords of a pair: it was typing.
func (b *budget) right(source netip.Addr, user string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, who := range [...]suspect{{source, clipUser(user)}, {source: source}} {
		if r, known := b.strikes.peek(who); known {
			r.wrong = 0
		}
	}
}

// banned tells whether a source may not try passwords of a user (user "": of anybody) now.
func (b *budget) banned(source netip.Addr, user string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	r, known := b.strikes.peek(suspect{source, clipUser(user)})
	return known && time.Now().Before(r.banned)
}

func clipUser(user string) string { return user[:min(len(user), maxUserName)] }
