package e2e

import (
	"strings"
	"testing"
	"time"
)

// reloaded waits until the program has taken n configurations.
func (x *exchange) reloaded(n int) {
	x.t.Helper()
	await(x.t, "the new configuration to be taken", patience, func() bool {
		return strings.Count(x.log.String(), "configuration reloaded") >= n
	})
}

// The group is edited while the program runs. The agents who remain keep their turns: Alice, who had a call before Bob, is
// next although Bob now stands first. Callers who wait meanwhile keep their order.
func TestVector18_EditingAGroupKeepsTurnsAndPlaces(t *testing.T) {
	t.Parallel()
	p := plan{numbers: direct, groups: `
  - {name: sales, agents: ["101", "102", "103"], distribution: evenly, rings: 1, if_missed: hold}`}
	x := start(t, p)
	alice := x.phone("101", answersFor(0, 1300*time.Millisecond), answersFor(0, 5*time.Second), answersFor(0, 4*time.Second))
	bob := x.phone("102", answersFor(0, 1300*time.Millisecond), answersFor(0, 6*time.Second), answersFor(0, 1100*time.Millisecond))
	x.calls("+15551000", untilReleased).over()
	x.calls("+15551000", untilReleased).over()
	alice.ended(1)
	bob.ended(1)

	p.groups = `
  - {name: sales, agents: ["102", "101"], distribution: evenly, rings: 1, if_missed: hold}`
	x.configure(p)
	x.reloaded(1)
	three := x.calls("+15551000", untilReleased)
	alice.connected(2)
	four := x.calls("+15551000", untilReleased)
	bob.connected(2)
	five := x.calls("+15551000", untilReleased)
	five.answered()
	six := x.calls("+15551000", untilReleased)
	six.answered()

	p.groups = `
  - {name: sales, title: New, agents: ["103", "102", "101"], distribution: evenly, rings: 1, if_missed: hold}`
	x.configure(p)
	x.reloaded(2)
	for i, want := range []*phone{alice, bob} {
		if shows := want.rung(3).shows; !strings.Contains(shows, x.numberOf(5+i)) {
			t.Errorf("phone %s shows %s, want %s", want.user, shows, x.numberOf(5+i))
		}
	}
	for _, c := range []*caller{three, four, five, six} {
		c.over()
	}
	x.missing(0)
}

// A configuration with an error changes nothing: the log says where the error is, and calls go on as before.
func TestAWrongConfigurationKeepsTheOldOne(t *testing.T) {
	t.Parallel()
	p := plan{groups: twoInOrder}
	x := start(t, p)
	bob := x.phone("102", answersFor(0, time.Second))
	p.groups = `
  - {name: sales, agents: ["109"], distribution: in_order}`
	x.configure(p)
	x.signal(hangup)
	await(t, "the refusal", patience, func() bool {
		return strings.Contains(x.log.String(), "new configuration refused") && strings.Contains(x.log.String(), "109")
	})
	c := x.calls("+15551000", untilReleased)
	bob.connected(1)
	c.over()
	p.groups = twoInOrder // what is left in the file must be readable for the records
	x.configure(p)
	x.reloaded(1)
}
