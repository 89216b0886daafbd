package e2e

import (
	"testing"
	"time"
)

const (
	// patience is how long a fact may take that is due at once. The machine may be busy with a dozen other tests.
	patience = 15 * time.Second
	// look is how often a fact is looked for.
	look = 20 * time.Millisecond
	// prompt is the tolerance for what must happen at once. The promise is 50 ms on a machine that is not full; here it
	// has to tell "at once" from the next second of a timer.
	prompt = 900 * time.Millisecond
)

// await waits for a fact, or fails the test.
func await(t testing.TB, what string, within time.Duration, fact func() bool) {
	t.Helper()
	if !comesTrue(within, fact) {
		t.Fatalf("waited %v for %s", within, what)
	}
}

// comesTrue waits for a fact; false: it did not come in time.
func comesTrue(within time.Duration, fact func() bool) bool {
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	tick := time.NewTicker(look)
	defer tick.Stop()
	for !fact() {
		select {
		case <-tick.C:
		case <-deadline.C:
			return false
		}
	}
	return true
}

// lasts checks that a fact stays true for so long.
func lasts(t testing.TB, what string, d time.Duration, fact func() bool) {
	t.Helper()
	end := time.NewTimer(d)
	defer end.Stop()
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		if !fact() {
			t.Fatalf("no longer: %s", what)
		}
		select {
		case <-tick.C:
		case <-end.C:
			return
		}
	}
}

// took checks that got is want, at most late more and hardly less.
func took(t testing.TB, what string, got, want, late time.Duration) {
	t.Helper()
	const early = 100 * time.Millisecond // clocks of two processes and SIPp's ticks of 10 ms
	if got < want-early || got > want+late {
		t.Errorf("%s took %v, want %v to %v", what, got.Round(time.Millisecond), want, want+late)
	}
}
