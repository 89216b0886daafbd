package sip

import (
	"slices"
	"sync"
	"time"

	"ringtide/sip/internal/wire"
)

// hopPause is how long an address of a trunk comes last after it failed: one call pays for a dead one, not each.
const hopPause = 30 * time.Second

// failedHops remembers the addresses of trunks that failed lately. Safe for use by many goroutines.
type failedHops struct {
	mu    sync.Mutex
	until map[trunkHop]time.Time
}

type trunkHop struct {
	trunk string // two accounts at one address fail each for itself
	flow  wire.Flow
}

func newFailedHops() *failedHops { return &failedHops{until: map[trunkHop]time.Time{}} }

// answered takes what a hop said to an INVITE: 503 is a failure, 100 may come from a machine in front of a dead one, and
// anything else is a sign of life.
func (h *failedHops) answered(trunk string, flow wire.Flow, code int) {
	switch code {
	case 503:
		h.failed(trunk, flow)
	case 100:
	default:
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.until, trunkHop{trunk, flow})
	}
}

// failed notes that a hop did not answer, or could not be reached.
func (h *failedHops) failed(trunk string, flow wire.Flow) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.forgetOld()
	h.until[trunkHop{trunk, flow}] = time.Now().Add(hopPause)
}

func (h *failedHops) forgetOld() {
	now := time.Now()
	for hop, until := range h.until {
		if !now.Before(until) {
			delete(h.until, hop)
		}
	}
}

// last moves the hops that failed lately behind the others.
func (h *failedHops) last(trunk string, hops []hop) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.forgetOld()
	slices.SortStableFunc(hops, func(a, b hop) int {
		_, aFailed := h.until[trunkHop{trunk, a.flow}]
		_, bFailed := h.until[trunkHop{trunk, b.flow}]
		return lastIf(aFailed) - lastIf(bFailed)
	})
}

// lastIf sorts what it is true of behind the rest.
func lastIf(is bool) int {
	if is {
		return 1
	}
	return 0
}
