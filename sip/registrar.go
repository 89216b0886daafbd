package sip

import (
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"time"

	"ringtide/sip/internal/wire"
)

// registrar knows where users can be reached (RFC 3261 section 10). What it holds in memory is the truth; the store gets
// copies. Times are monotonic: setting the clock expires nothing. Safe for use by many goroutines.
type registrar struct {
	config    func() *Config
	probe     func(device wire.Uri, route []string, f wire.Flow, done func(alive bool)) // never blocks
	reachable func(user string, n int, lost bool)
	changed   func(user string)           // something to be written
	came      func(b *binding, anew bool) // a device has registered, or answers again; under the lock
	keep      func(f wire.Flow, on bool)  // a connection with a device on it stays open when idle
	log       *slog.Logger

	mu      sync.Mutex
	closed  bool
	users   map[string][]*binding
	told    map[string]int // reachable devices of each user, as reported last
	keys    map[string]*binding
	flows   map[wire.Flow]int  // bindings on each flow
	sources map[netip.Addr]int // bindings at each source
	last    uint64             // number given last
	news    []news             // to be reported
	telling bool               // somebody is at it
}

func newRegistrar(config func() *Config, log *slog.Logger) *registrar {
	return &registrar{
		config: config, log: log, came: func(*binding, bool) {},
		users: map[string][]*binding{}, told: map[string]int{}, keys: map[string]*binding{},
		flows: map[wire.Flow]int{}, sources: map[netip.Addr]int{},
	}
}

func jitter(most time.Duration) time.Duration {
	if most <= 0 {
		return 0
	}
	return rand.N(most)
}

// register does what a REGISTER of user asks for, all of it or nothing (RFC 3261 section 10.3, step 7). It returns 200 and
// how all contacts of the user are listed, or the code of the refusal.
func (r *registrar) register(user string, a asked) (lines []string, code int) {
	limits := limitsOf(r.config())
	r.mu.Lock()
	defer r.unlock()
	if r.closed {
		return nil, 503
	}
	if len(a.contacts) > 0 || a.all {
		// What was overtaken by a later REGISTER of the same Call-ID changes nothing.
		if slices.ContainsFunc(r.users[user], func(b *binding) bool { return b.callID == a.callID && a.cseq <= b.cseq }) {
			return nil, 500
		}
		r.commit(user, &a)
		for len(r.users[user]) > limits.contacts {
			r.remove(oldest(r.users[user]))
		}
		r.report(user, false)
		r.changed(user)
	}
	now := time.Now()
	for _, b := range r.users[user] {
		lines = append(lines, b.line(now))
	}
	return lines, 200
}

func (r *registrar) commit(user string, a *asked) {
	if a.all {
		for _, b := range slices.Clone(r.users[user]) {
			r.remove(b)
		}
		return
	}
	var kept []*binding
	for i := range a.contacts {
		w := &a.contacts[i]
		var b *binding
		if at := slices.IndexFunc(r.users[user], func(b *binding) bool { return b.sameDevice(w, a) && !slices.Contains(kept, b) }); at >= 0 {
			b = r.users[user][at]
		}
		if w.expires > 0 {
			kept = append(kept, r.put(b, user, w, a))
		} else if b != nil {
			r.remove(b)
		}
	}
	if len(kept) == 0 {
		return
	}
	for _, b := range slices.Clone(r.users[user]) {
		if !slices.Contains(kept, b) && b.leftBehind(a) {
			r.remove(b)
		}
	}
}

// put makes a binding, or renews b.
func (r *registrar) put(b *binding, user string, w *wanted, a *asked) *binding {
	r.last++
	if b == nil {
		b = &binding{key: user + "/" + strconv.FormatUint(r.last, 10), user: user, since: r.last}
		r.keys[b.key] = b
		r.users[user] = append(r.users[user], b)
	} else {
		r.count(b, -1)
	}
	flow, anew := a.reaches(w.uri), b.callID != a.callID
	moved := b.flow != flow
	b.uri, b.instance, b.regID, b.q = w.uri, w.instance, w.regID, w.q
	b.callID, b.cseq, b.userAgent, b.path, b.direct = a.callID, a.cseq, a.userAgent, a.path, a.direct
	b.flow, b.renewed = flow, r.last
	r.count(b, +1)
	b.expires = time.Now().Add(w.expires)
	r.expireAfter(b, w.expires)
	back := !b.reachable
	if b.reachable, b.missed = true, 0; moved || back {
		r.testAfter(b, jitter(r.config().Qualify))
	}
	slices.SortFunc(r.users[user], byRank)
	r.came(b, anew)
	return b
}

// remove forgets a binding.
func (r *registrar) remove(b *binding) {
	r.count(b, -1)
	b.testing = 0
	stop(b.expiry)
	stop(b.test)
	delete(r.keys, b.key)
	rest := slices.DeleteFunc(r.users[b.user], func(other *binding) bool { return other == b })
	if r.users[b.user] = rest; len(rest) == 0 {
		delete(r.users, b.user)
	}
}

func stop(t *time.Timer) {
	if t != nil {
		t.Stop()
	}
}

// count keeps the numbers of bindings by flow and by source.
func (r *registrar) count(b *binding, by int) {
	source := sourceOf(b.flow.Remote.Addr())
	if r.flows[b.flow] += by; r.flows[b.flow] == 0 {
		delete(r.flows, b.flow)
	}
	if r.flows[b.flow] <= 1 {
		r.keep(b.flow, r.flows[b.flow] == 1)
	}
	if r.sources[source] += by; r.sources[source] == 0 {
		delete(r.sources, source)
	}
}

func (r *registrar) expireAfter(b *binding, d time.Duration) {
	if b.expiry != nil {
		b.expiry.Reset(d)
		return
	}
	b.expiry = time.AfterFunc(d, func() {
		r.mu.Lock()
		defer r.unlock()
		// It may have been renewed while this function waited for the lock.
		if r.keys[b.key] == b && !time.Now().Before(b.expires) {
			r.drop(b, "expired")
		}
	})
}

// drop removes a device that was lost.
func (r *registrar) drop(b *binding, why string) {
	r.log.Info("phone lost", "user", b.user, "source", b.flow.Remote.String(), "why", why)
	r.remove(b)
	r.report(b.user, true)
	r.changed(b.user)
}

// flowClosed removes the devices of a connection that ended: nobody can be called there any more.
func (r *registrar) flowClosed(f wire.Flow) {
	r.mu.Lock()
	defer r.unlock()
	if r.flows[f] == 0 || r.closed {
		return
	}
	for _, b := range r.keys {
		if b.flow == f {
			r.drop(b, "connection closed")
		}
	}
}

// keepOnly removes the devices of users that are no longer configured.
func (r *registrar) keepOnly(known func(user string) bool) {
	r.mu.Lock()
	defer r.unlock()
	for _, b := range r.keys {
		if !known(b.user) {
			r.remove(b)
			r.report(b.user, false)
			r.changed(b.user)
		}
	}
}

// close stops all timers; nothing is reported any more.
func (r *registrar) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed, r.news = true, nil
	for _, b := range r.keys {
		stop(b.expiry)
		stop(b.test)
	}
}
