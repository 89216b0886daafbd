package e2e

import (
	"strings"
	"testing"
	"time"
)

// Five callers wait, and the connections of all agents drop. Nobody is hung up on or sent elsewhere; the phones are back
// some seconds later, and the five are served in their order.
func TestVector24_CallersOutlastADropOfAllPhones(t *testing.T) {
	t.Parallel()
	away := 6 * time.Second
	if *long {
		away = 30 * time.Second
	}
	x := start(t, plan{numbers: direct, groups: `
  - {name: sales, agents: ["101", "102"], distribution: in_order, rings: 1, if_missed: voicemail, busy_wait: 60s}`})
	on := func(user string, plan ...string) *phone {
		p := x.turnOn(user, peer{name: user, ip: x.address(user), port: 5060, tcp: true}, plan...)
		p.registered()
		return p
	}
	alice, bob := on("101", answers(0)), on("102", answers(0))
	talks := []*caller{x.calls("+15552101", untilReleased), x.calls("+15552102", untilReleased)}
	alice.connected(1)
	bob.connected(1)
	var waiting []*caller
	for range 5 {
		c := x.calls("+15551000", untilReleased)
		c.answered()
		waiting = append(waiting, c)
	}
	alice.kill()
	bob.kill()
	for _, c := range talks {
		c.hangsUp()
		c.over()
	}
	lasts(t, "all wait", away, func() bool {
		for _, c := range waiting {
			if c.saw(asked("BYE")) {
				return false
			}
		}
		return true
	})
	same(t, "recordings", len(glob(x, "voicemail/drafts/*")), 0)

	alice = on("101", answersFor(0, 1200*time.Millisecond))
	bob = on("102", answersFor(0, 1200*time.Millisecond))
	for _, c := range waiting {
		c.over()
	}
	order := append(alice.rings(), bob.rings()...)
	sortRings(order)
	for i, r := range order {
		if !strings.Contains(r.shows, x.numberOf(3+i)) {
			t.Errorf("the %d. served shows %s, want %s", i+1, r.shows, x.numberOf(3+i))
		}
	}
	x.missing(0)
}
