package call

import (
	"context"
	"sync"
	"time"

	"ringtide/queue"
)

// fresh is how old a shared snapshot may be: readers cause at most four copies a second.
const fresh = 250 * time.Millisecond

type snapshots struct {
	mu   sync.Mutex
	last queue.Snapshot
	at   time.Time
}

// Snapshot is an immutable picture of calls, agents and groups, at most 250 ms old and shared by all readers. It waits
// for the exchange's loop, or for ctx.
func (x *Exchange) Snapshot(ctx context.Context) (queue.Snapshot, error) {
	x.shot.mu.Lock()
	defer x.shot.mu.Unlock()
	if time.Since(x.shot.at) < fresh {
		return x.shot.last, nil
	}
	reply := make(chan queue.Snapshot, 1)
	x.in.Put(asked{reply})
	select {
	case x.shot.last = <-reply:
		x.shot.at = time.Now()
		return x.shot.last, nil
	case <-ctx.Done():
		return queue.Snapshot{}, ctx.Err()
	case <-x.done:
		return queue.Snapshot{}, context.Canceled
	}
}

// Explain says in words why agent does or does not ring for call. It waits for the exchange's loop, or for ctx.
func (x *Exchange) Explain(ctx context.Context, call queue.CallID, agent queue.AgentID) (string, error) {
	reply := make(chan string, 1)
	x.in.Put(query{call, agent, reply})
	select {
	case text := <-reply:
		return text, nil
	case <-ctx.Done():
		return "", ctx.Err()
	case <-x.done:
		return "", context.Canceled
	}
}

// InboxHigh is the most messages that ever waited for the loop.
func (x *Exchange) InboxHigh() int { return x.in.High() }

// Live is the number of calls not ended yet.
func (x *Exchange) Live() int { return int(x.live.Load()) }
