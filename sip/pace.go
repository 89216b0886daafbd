package sip

import (
	"slices"
	"sync"
	"time"
)

const (
	newsPerSecond = 50 // NOTIFYs that nobody waits for: 5,000 phones hear within 100 s of a restart what there is for them
	newsAtOnce    = 50
)

// watcher is somebody who is told of news.
type watcher interface {
	// tell sends the newest state, if the watcher does not know it yet. It is called without a lock held.
	tell() (sent bool)
}

// urgency orders news.
type urgency int

const (
	urgent  urgency = iota // something has changed
	routine                // somebody came, or the server was started
	urgencies
)

// pace has watchers told of news, so many a second and no more, those of urgent news first. Each waits once for each urgency:
// so it holds no more than there are watchers. Safe for use by many goroutines.
type pace struct {
	guard func(func()) // runs work that may panic

	mu      sync.Mutex
	open    bool // between start and close
	closed  bool
	working bool
	waiting [urgencies][]errand // in order of time
	queued  [urgencies]map[watcher]bool
	bucket  bucket
	timer   *time.Timer
	wakes   time.Time // when the timer goes off; zero: it does not
}

type errand struct {
	due time.Time
	who watcher
}

func newPace(guard func(func())) *pace {
	p := &pace{guard: guard, bucket: bucket{level: newsAtOnce}}
	for u := range p.queued {
		p.queued[u] = map[watcher]bool{}
	}
	return p
}

// put has a watcher told after some time, unless it waits already. It never blocks and calls nobody.
func (p *pace) put(u urgency, after time.Duration, who watcher) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.queued[u][who] {
		return
	}
	p.queued[u][who] = true
	due := time.Now().Add(after)
	list := p.waiting[u]
	at := len(list)
	for at > 0 && list[at-1].due.After(due) {
		at--
	}
	p.waiting[u] = slices.Insert(list, at, errand{due, who})
	p.wakeAt(due)
}

// start begins the work: before, there is nothing to send from.
func (p *pace) start() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.open && !p.closed {
		p.open = true
		p.wakeAt(time.Now())
	}
}

// close ends it for good.
func (p *pace) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open, p.closed = false, true
	stop(p.timer)
}

// wakeAt has work looked for then, or earlier. Who is at work looks before he ends.
func (p *pace) wakeAt(then time.Time) {
	if !p.open || p.working || !p.wakes.IsZero() && !then.Before(p.wakes) {
		return
	}
	stop(p.timer)
	p.wakes, p.timer = then, time.AfterFunc(time.Until(then), p.work)
}

// work tells those whose time has come. Who has nothing to be told costs nothing.
func (p *pace) work() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.working {
		return
	}
	p.working, p.wakes = true, time.Time{}
	for {
		who, wait := p.next()
		if who == nil {
			p.working = false
			if wait > 0 {
				p.wakeAt(time.Now().Add(wait))
			}
			return
		}
		if !p.tell(who) {
			p.bucket.level++
		}
	}
}

func (p *pace) tell(who watcher) (sent bool) {
	p.mu.Unlock()
	defer p.mu.Lock()
	p.guard(func() { sent = who.tell() })
	return sent
}

// next takes out the first whose time has come, and pays for him. If there is none, it says when there may be one; 0: never.
func (p *pace) next() (who watcher, wait time.Duration) {
	now := time.Now()
	for u := range p.waiting {
		list := p.waiting[u]
		switch {
		case len(list) == 0 || !p.open:
		case list[0].due.After(now):
			if d := list[0].due.Sub(now); wait == 0 || d < wait {
				wait = d
			}
		case !p.bucket.take(now, newsPerSecond, newsAtOnce):
			return nil, time.Second / newsPerSecond
		default:
			p.waiting[u] = list[1:]
			delete(p.queued[u], list[0].who)
			return list[0].who, 0
		}
	}
	return nil, wait
}
