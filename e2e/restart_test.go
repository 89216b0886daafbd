package e2e

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	hangup    = syscall.SIGHUP
	terminate = syscall.SIGTERM
)

// The program is killed and started again. Whose turn it is, who is paused, what was missed, the message that was left and
// the registrations are as before.
func TestVector20_ARestartForgetsNothing(t *testing.T) {
	t.Parallel()
	x := start(t, plan{numbers: toSales + `
  - {number: "+15553000", to: "voicemail:sales"}`, groups: `
  - {name: sales, agents: ["101", "102", "103"], distribution: evenly, rings: 1}`})
	alice, bob, carol := x.phone("101", answersFor(0, 1200*time.Millisecond)), x.phone("102", ignores), x.phone("103", answersFor(0, 1200*time.Millisecond))
	x.calls("+15551000", untilReleased).over()  // Alice has had her turn
	x.dials("102", "*13", untilReleased).over() // Bob pauses
	x.dials("102", "*12", untilReleased).over() // and logs out: both are kept
	mouth := x.listen(x.trunk)
	leaves := x.callsWith(mouth, "+15553000", untilReleased)
	to, _ := leaves.answered().audio()
	mouth.speak(to, 440)
	x.recording()
	lasts(t, "the message is being left", 2*time.Second, func() bool { return !leaves.saw(asked("BYE")) })
	leaves.hangsUp()
	leaves.over()
	before := x.missing(1)[0]
	x.message("sales")

	x.crash()
	x.run()
	same(t, "registrations", registered(x), "101 102 103")
	same(t, "the missed call", x.missing(1)[0].Call, before.Call)
	if len(x.message("sales")) < 8000 {
		t.Error("the message is cut short")
	}
	// Bob is out. Carol was never rung, Alice was: Carol is next, then Alice.
	x.calls("+15551000", untilReleased).over()
	carol.ended(1)
	x.calls("+15551000", untilReleased).over()
	alice.ended(2)
	// Logged in again Bob is still paused, until he resumes.
	x.dials("102", "*11", untilReleased).over()
	x.calls("+15551000", untilReleased).over()
	carol.ended(2)
	x.dials("102", "*14", untilReleased).over()
	c := x.calls("+15551000", untilReleased)
	bob.rung(1)
	c.hangsUp()
	c.over()
	bob.cancelled(1)
	same(t, "numbers of attempts that were used twice", twice(x), "")
}

// registered are the users with phones, in order.
func registered(x *exchange) string {
	var users []string
	for _, r := range records[registration](x, "registrations") {
		users = append(users, r.User)
	}
	return strings.Join(users, " ")
}

// twice finds attempt numbers that do not only grow.
func twice(x *exchange) string {
	seen := map[uint64]bool{}
	for _, r := range records[record](x, "calls") {
		for _, v := range r.Visits {
			for _, a := range v.Attempts {
				if seen[a.Attempt] {
					return r.ID
				}
				seen[a.Attempt] = true
			}
		}
	}
	return ""
}

// The program is killed while one call rings, one talks and one waits, and started again: it is up at once, the three
// stand on record as interrupted, and the next call is served by the phones that were registered before.
func TestACrashInMidCallLeavesRecordsAndPhones(t *testing.T) {
	t.Parallel()
	x := start(t, plan{numbers: direct, groups: `
  - {name: sales, agents: ["101", "102"], distribution: in_order, rings: 4}
  - {name: support, agents: ["101"], distribution: evenly, if_missed: hold}`, more: "codes: {}"})
	alice, bob := x.phone("101", answers(0)), x.phone("102", ignores, answersFor(0, 1200*time.Millisecond))
	talks := x.calls("+15552101", untilReleased)
	alice.connected(1)
	rings := x.calls("+15551000", untilReleased)
	bob.rung(1)
	waits := x.calls("+15551000", untilReleased)
	waits.answered()
	await(t, "three calls on record", patience, func() bool { return len(records[record](x, "calls")) == 3 })

	x.crash()
	began := time.Now()
	x.run()
	took(t, "the start", time.Since(began), 0, 6*time.Second)
	for n := range 3 {
		same(t, "cause of a call that was cut", x.record(3, x.numberOf(n+1)).Cause, "interrupted")
	}
	same(t, "registrations", registered(x), "101 102")
	// Dialogs of the life before are unknown now: their BYE gets 481, and nothing else happens.
	talks.hangsUp()
	talks.sees("481 for its BYE", came(481, "BYE"))
	for _, s := range []*caller{talks, rings, waits} {
		s.kill()
	}
	alice.kill()
	c := x.calls("+15552102", untilReleased)
	bob.ended(2)
	c.over()
	same(t, "messages of half a recording", len(glob(x, "voicemail/drafts/*")), 0)
}

// The program is killed while a message is being left: what was said is a message all the same, and can be played.
func TestACrashKeepsWhatWasSaid(t *testing.T) {
	t.Parallel()
	x := start(t, plan{numbers: `
  - {number: "+15553000", to: "voicemail:sales"}`})
	mouth := x.listen(x.trunk)
	c := x.callsWith(mouth, "+15553000", untilReleased)
	to, _ := c.answered().audio()
	mouth.speak(to, 440)
	x.recording()
	lasts(t, "the message is being left", 3*time.Second, func() bool { return !c.saw(asked("BYE")) })
	x.crash()
	c.kill()
	x.run()
	said := x.message("sales")
	if len(said) < 2*8000 || len(said) > 4*8000 {
		t.Errorf("%.1f s of 3 s are kept", float64(len(said))/8000)
	}
	if s := share(said[len(said)/2:], 440); s < 0.9 {
		t.Errorf("%.0f %% of what is kept is what was said", 100*s)
	}
	x.missing(1)
}

func glob(x *exchange, pattern string) []string {
	list, err := filepath.Glob(filepath.Join(x.data(), pattern))
	if err != nil {
		x.t.Fatal(err)
	}
	return list
}
