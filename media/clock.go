package media

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

const (
	subTick    = 5 * time.Millisecond
	restTick   = 40 * time.Millisecond    // while all sessions are bridged: their audio needs no clock
	slots      = int(frameTime / subTick) // a round of 20 ms has four slots: the load is spread over them
	maxLateFor = int64(60 * time.Millisecond / subTick)
)

// clock is the one metronome of the engine. Every session has a slot; in each round of 20 ms each session gets one
// beat, at the place of its slot. It stands still while there is no session, and rests while nobody needs it for audio:
// waking up costs more than a beat. A sound that begins then is heard 40 ms later at most. Rounds count from its start, so
// the place in an endless piece of music is the same for all who listen, and nobody keeps it.
type clock struct {
	began time.Time
	late  atomic.Int64 // sub-ticks left out because the machine stood still

	mu    sync.Mutex
	slots [slots][]*Session
	count int
	wake  chan struct{} // a session came while the clock stood still

	serving []*Session // scratch of run
}

func newClock() *clock {
	return &clock{began: time.Now(), wake: make(chan struct{}, 1)}
}

// add gives the session a beat, in the emptiest slot.
func (c *clock) add(s *Session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	slot := 0
	for i := range c.slots {
		if len(c.slots[i]) < len(c.slots[slot]) {
			slot = i
		}
	}
	s.slot = slot
	c.slots[slot] = append(c.slots[slot], s)
	c.count++
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// remove ends the session's beats; one may still be under way.
func (c *clock) remove(s *Session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.Index(c.slots[s.slot], s)
	if i < 0 {
		return
	}
	last := len(c.slots[s.slot]) - 1
	c.slots[s.slot][i] = c.slots[s.slot][last]
	c.slots[s.slot][last] = nil
	c.slots[s.slot] = c.slots[s.slot][:last]
	c.count--
}

func (c *clock) idle() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.count == 0
}

// run beats until stop is closed.
func (c *clock) run(stop <-chan struct{}) {
	ticker := time.NewTicker(subTick)
	defer ticker.Stop()
	var next, needed int64 // the next sub-tick; the one after the last in which a session needed its beat
	resting := false
	begin := func() {
		ticker.Reset(subTick)
		next = c.tick(time.Now()) + 1
		needed, resting = next, false
	}
	begin()
	for {
		if c.idle() {
			ticker.Stop()
			select {
			case <-stop:
				return
			case <-c.wake:
			}
			begin()
		}
		select {
		case <-stop:
			return
		case <-ticker.C:
		}
		now := time.Now()
		if resting { // every session once
			next = c.tick(now) - int64(slots) + 1
		}
		var need bool
		next, need = c.catchUp(next, now)
		switch {
		case need && resting:
			begin()
		case need:
			needed = next
		case !resting && next-needed > int64(slots):
			ticker.Reset(restTick)
			resting = true
		}
	}
}

func (c *clock) tick(now time.Time) int64 { return int64(now.Sub(c.began) / subTick) }

// catchUp serves the sub-ticks from next to now, and says whether a session needed its beat for audio. After a standstill it leaves out those more than 60 ms late: a burst
// of old audio helps nobody, and the timestamps, which follow the rounds, say how much is missing.
func (c *clock) catchUp(next int64, now time.Time) (after int64, needed bool) {
	due := c.tick(now)
	if missed := due - maxLateFor - next; missed > 0 {
		c.late.Add(missed)
		next += missed
	}
	for ; next <= due; next++ {
		needed = c.serve(uint64(next)/uint64(slots), int(next)%slots, now) || needed
	}
	return next, needed
}

func (c *clock) serve(round uint64, slot int, now time.Time) (needed bool) {
	c.mu.Lock()
	c.serving = append(c.serving[:0], c.slots[slot]...)
	c.mu.Unlock()
	for _, s := range c.serving {
		needed = s.beat(round, now) || needed
	}
	clear(c.serving)
	return needed
}
