// Package inbox is the unbounded queue in front of every actor: Put never blocks, so two actors that point at each
// other cannot deadlock. What feeds an inbox is bounded at the door; the high-water mark is a metric.
//
//	any goroutine --Put--> [ items ] --Ready, Take--> the one owner
package inbox

import "sync"

// Inbox is a FIFO with many writers and one reader. Make it with New.
type Inbox[T any] struct {
	mu    sync.Mutex
	items []T
	spare []T // the slice of the last Take, emptied, for reuse
	high  int
	ready chan struct{}
}

// New returns an empty inbox.
func New[T any]() *Inbox[T] { return &Inbox[T]{ready: make(chan struct{}, 1)} }

// Put appends v. It never blocks and may be called from any goroutine, also after the owner has gone.
func (b *Inbox[T]) Put(v T) {
	b.mu.Lock()
	b.items = append(b.items, v)
	b.high = max(b.high, len(b.items))
	b.mu.Unlock()
	select {
	case b.ready <- struct{}{}:
	default:
	}
}

// Ready delivers when there may be something to Take. Only the owner receives from it.
func (b *Inbox[T]) Ready() <-chan struct{} { return b.ready }

// Take returns all items, oldest first, and empties the inbox. The slice is the owner's until the next Take.
func (b *Inbox[T]) Take() []T {
	b.mu.Lock()
	defer b.mu.Unlock()
	taken := b.items
	clear(b.spare)
	b.items, b.spare = b.spare[:0], taken
	return taken
}

// Len is the number of items waiting.
func (b *Inbox[T]) Len() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.items)
}

// High is the largest number of items that ever waited at once.
func (b *Inbox[T]) High() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.high
}
