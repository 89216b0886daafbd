package e2e

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

// A phone registers over TCP and is rung over the same connection: its SIPp listens to nothing else. The caller comes over
// TCP as well.
func TestPhonesOverTCP(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: twoInOrder})
	alice := x.turnOn("101", peer{name: "101", ip: x.address("101"), port: 5060, tcp: true}, ignores, answersFor(300*time.Millisecond, 1200*time.Millisecond))
	alice.registered()
	p := x.outside()
	p.tcp = true
	c := x.callsAs(p, "caller", "+15551000", time.Second)
	alice.rung(1)
	c.over()
	same(t, "Reason in Alice's CANCEL", alice.cancelled(1).reason, "")
	p = x.outside()
	p.tcp = true
	c = x.callsAs(p, "caller", "+15551000", untilReleased)
	alice.ended(2)
	c.over()
}

// A call over IPv6 from end to end, with audio.
func TestACallOverIPv6(t *testing.T) {
	t.Parallel()
	octet, err := strconv.Atoi(strings.TrimPrefix(network, "127."))
	if err != nil {
		t.Fatal(err)
	}
	x := start(t, plan{groups: twoInOrder, ip: "::1", port: 40000 + 10*octet})
	x.busy = 10 * octet
	here := x.listen("::1")
	alice := x.turnOn("101", peer{name: "101", ip: "::1", port: 40001 + 10*octet}, answersFor(2*time.Second, 1200*time.Millisecond))
	alice.registered()
	c := x.callsWith(here, "+15551000", untilReleased)
	here.awaitLoud()
	alice.ended(1)
	c.over()
	same(t, "answered by", x.record(1, x.numberOf(x.busy)).AnsweredBy, "101")
}
