package e2e

import (
	"testing"
	"time"
)

// Alice is offline, Bob is talking, Carol is free: Carol rings at once, with no time lost on the others. The next call
// begins at the top of the list again: with Alice, who has come on meanwhile.
func TestVector04_InOrderSkipsWhoCannotAndBeginsAtTheTop(t *testing.T) {
	t.Parallel()
	x := start(t, plan{
		groups: `
  - {name: sales, agents: ["101", "102", "103"], distribution: in_order, rings: 1}`,
		numbers: `
  - {number: "+15551000", to: group:sales}
  - {number: "+15552000", to: "user:102"}`,
	})
	bob, carol := x.phone("102", answers(0)), x.phone("103", answersFor(0, 2*time.Second))
	talk := x.calls("+15552000", 12*time.Second)
	bob.connected(1)

	one := x.calls("+15551000", untilReleased)
	took(t, "Carol's turn", carol.rung(1).at.Sub(one.arrived()), 0, prompt)
	one.over()

	alice := x.phone("101", answers(0))
	two := x.calls("+15551000", time.Second)
	took(t, "Alice's turn", alice.connected(1).at.Sub(two.arrived()), 0, prompt)
	two.over()
	talk.over()
	bob.never(1)
	carol.never(1)
	same(t, "attempts of the first call", x.record(3, x.numberOf(2)).outcomes(), "103 answered")
	same(t, "attempts of the second call", x.record(3, x.numberOf(3)).outcomes(), "101 answered")
}
