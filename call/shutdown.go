package call

import (
	"context"
	"time"

	"ringtide/queue"
)

// farewell is how long calls that are cut may take to say BYE.
const farewell = 5 * time.Second

type (
	// quiet asks to be told when no call is left.
	quiet struct{ reached chan struct{} }
	// cut ends every call.
	cut struct{}
)

func (quiet) message() {}
func (cut) message()   {}

// Shutdown refuses new calls with 503 and Retry-After, lets those that run, ring or wait go on until ctx ends, then ends
// them with BYE, which may take 5 s more. It returns how many were cut.
func (x *Exchange) Shutdown(ctx context.Context) int {
	x.drains.Store(true)
	q := quiet{make(chan struct{})}
	x.in.Put(q)
	select {
	case <-q.reached:
		return 0
	case <-ctx.Done():
	}
	n := x.Live()
	x.in.Put(cut{})
	select {
	case <-q.reached:
	case <-time.After(farewell):
	}
	return n
}

// whenQuiet remembers who waits for the last call to end, and tells them once it has.
func (x *Exchange) whenQuiet(waiting ...quiet) {
	x.waiting = append(x.waiting, waiting...)
	if len(x.calls) > 0 {
		return
	}
	for _, w := range x.waiting {
		close(w.reached)
	}
	x.waiting = nil
}

func (x *Exchange) cutAll() {
	for _, c := range x.calls {
		c.in.Put(end{queue.CauseDrained})
	}
}
