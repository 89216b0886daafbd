package e2e

import (
	"strings"
	"testing"
	"time"
)

// Asked to end, the program lets the running call go on to its end and takes no new one; then it ends, with code 0.
func TestSigtermDrains(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: twoInOrder, drain: "30s"})
	alice := x.phone("101", answers(0))
	c := x.calls("+15551000", 5*time.Second)
	alice.connected(1)
	x.signal(terminate)
	await(t, "the drain", patience, func() bool { return x.page("/readyz") == 503 })
	late := x.calls("+15551000", time.Second)
	no := late.refused()
	same(t, "a new call", no.code, 503)
	if no.header("Retry-After") == "" {
		t.Error("503 without Retry-After")
	}
	c.over()
	if !alice.ended(1).byUs {
		t.Error("Alice's leg was not ended by the program")
	}
	same(t, "exit code", x.ends(patience), 0)
	r := x.record(1, x.numberOf(1))
	same(t, "disposition", r.Disposition, "answered")
	took(t, "the talk on record", r.Talked.duration(), 5*time.Second, prompt)
}

// At the end of the drain the calls that are left get BYE.
func TestTheDrainHasAnEnd(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: twoInOrder, drain: "2s"})
	alice := x.phone("101", answers(0))
	c := x.calls("+15551000", untilReleased)
	alice.connected(1)
	asked := time.Now()
	x.signal(terminate)
	took(t, "the BYE", c.released().at.Sub(asked), 2*time.Second, prompt)
	c.over()
	same(t, "exit code", x.ends(patience), 0)
	same(t, "cause", x.record(1, x.numberOf(1)).Cause, "drained")
}

// A second signal ends the program at once, with code 4.
func TestASecondSigtermEndsAtOnce(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: twoInOrder, drain: "60s"})
	alice := x.phone("101", answers(0))
	x.calls("+15551000", untilReleased)
	alice.connected(1)
	x.signal(terminate)
	await(t, "the drain", patience, func() bool { return strings.Contains(x.log.String(), "draining") })
	x.signal(terminate)
	same(t, "exit code", x.ends(patience), 4)
}
