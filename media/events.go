package media

import "sync"

// reporter hands the events of one session to its receiver: one at a time, in order, on the goroutine that brings one
// while none is being handed over. No lock is held meanwhile, so the receiver may call the session.
type reporter struct {
	to func(Event)

	mu     sync.Mutex
	queue  []Event
	busy   bool
	closed bool // only Recorded is still reported
}

func (r *reporter) report(e Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, last := e.(Recorded); r.to == nil || r.closed && !last {
		return
	}
	r.queue = append(r.queue, e)
	if r.busy {
		return
	}
	r.busy = true
	defer func() { r.busy = false }()
	for len(r.queue) > 0 {
		e := r.queue[0]
		r.queue = r.queue[1:]
		r.hand(e)
	}
	r.queue = nil
}

// hand calls the receiver without the lock, and has it again even if the receiver panics.
func (r *reporter) hand(e Event) {
	r.mu.Unlock()
	defer r.mu.Lock()
	r.to(e)
}

func (r *reporter) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
}
