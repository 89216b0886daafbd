package sip

import "sync"

// mailbox runs the work of one dialog piece by piece, in the order in which it was brought, on the goroutine that found
// nobody working. So a dialog needs no goroutine of its own, put never waits, and work may put more work: nothing can
// deadlock, whoever calls whom.
type mailbox struct {
	mu   sync.Mutex
	work []func()
	busy bool
}

// put has run called with f, now or by whoever is at work. run must not panic.
func (m *mailbox) put(f func(), run func(func())) {
	m.mu.Lock()
	m.work = append(m.work, f)
	if m.busy {
		m.mu.Unlock()
		return
	}
	m.busy = true
	for len(m.work) > 0 {
		next := m.work[0]
		m.work = m.work[1:]
		m.mu.Unlock()
		run(next)
		m.mu.Lock()
	}
	m.work, m.busy = nil, false
	m.mu.Unlock()
}
