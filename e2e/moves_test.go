package e2e

import (
	"testing"
	"time"
)

// The first group has nobody online and names another: its agent's INVITE leaves at once, no ring time is spent.
func TestVector11_AGroupWithNobodyOnlineMovesOnAtOnce(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: `
  - {name: sales, agents: ["101", "102"], distribution: evenly, rings: 4, if_missed: "group:support"}
  - {name: support, title: Help, agents: ["103"], distribution: in_order, rings: 1}`})
	carol := x.phone("103", answersFor(0, time.Second))
	c := x.calls("+15551000", untilReleased)
	took(t, "Carol's ring", carol.rung(1).at.Sub(c.arrived()), 0, prompt)
	c.over()
	r := x.record(1, x.numberOf(1))
	same(t, "the way", r.groups(), "sales > support")
	same(t, "attempts", r.outcomes(), "103 answered")
	same(t, "where the first group sent it", r.Visits[0].Next, "group:support")
	x.missing(0)
}
