package call

import (
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"

	"ringtide/internal/fakenet"
	"ringtide/queue"
)

var (
	wireCalls = flag.Int("wire.calls", 500, "how many calls each simulation on the wire makes")
	wireSeed  = flag.Uint64("wire.seed", 0, "the seed of a simulation on the wire; 0: those of the test")
)

// TestWire lives through calls of every kind on bad networks: nobody is lost, nobody is stuck, nothing is left.
func TestWire(t *testing.T) {
	seeds := []uint64{1, 2, 3}
	if *wireSeed != 0 {
		seeds = []uint64{*wireSeed}
	}
	for _, seed := range seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			o := fakenet.Options{MinDelay: time.Millisecond, MaxDelay: 60 * time.Millisecond, Duplicate: 0.02, Reorder: 0.05}
			if seed%2 == 1 {
				o.MaxDelay, o.Duplicate, o.Reorder = 250*time.Millisecond, 0.1, 0.2
			}
			o.Loss = []float64{0, 0.01, 0.05}[seed%3]
			begun := time.Now()
			var lasted time.Duration
			c := inCity(t, seed, o, func(c *city) {
				start := time.Now()
				c.lives(*wireCalls)
				lasted = time.Since(start)
			})
			t.Logf("%d calls and %d INVITEs to phones in %v: %d messages said and %d heard by the peers, in %v of real time, with %v lost",
				c.calls, c.rung, lasted.Round(time.Second), c.said, c.heard, time.Since(begun).Round(time.Millisecond), o.Loss)
			t.Logf("recorded: %v; moved: %v; warned: %v", c.events, c.moves, c.warnings)
		})
	}
}

// lives makes calls, then lets everything come to rest and looks at what is left.
func (c *city) lives(calls int) {
	users, lunch, reach := time.Now(), time.Now(), time.Now()
	reload := time.Now().Add(20 * time.Second)
	for i := range calls {
		c.pass(c.draw(0, 600*time.Millisecond))
		if i%8 == 0 {
			c.locked(c.sweep)
		}
		c.locked(func() { c.arrives(i) })
		if time.Now().After(users) {
			c.locked(c.dials)
			users = time.Now().Add(c.draw(0, 2*time.Second))
		}
		if time.Now().After(lunch) {
			c.locked(c.pauses)
			lunch = time.Now().Add(c.draw(0, 2*time.Minute))
		}
		if time.Now().After(reload) {
			c.x.Reload(Config{}, c.edited())
			reload = time.Now().Add(c.draw(0, time.Minute))
		}
		if time.Now().After(reach) {
			c.locked(c.picks)
			reach = time.Now().Add(c.draw(0, 5*time.Second))
		}
	}
	c.x.Reload(Config{}, c.rules)
	c.config.Qualify = 0 // no more tests of phones: every transaction ends
	c.must(c.sip.Reload(c.config))
	for range 5 {
		c.pass(30 * time.Second)
		c.locked(c.sweep)
	}
	c.rest()
	c.everybodyIsRung()
	c.rest()
	c.locked(c.audit)
}

// rest lets the last timers run out.
func (c *city) rest() {
	c.pass(2 * time.Minute)
	c.locked(c.nothingLeft)
}

func (c *city) draw(least, most time.Duration) (d time.Duration) {
	c.locked(func() { d = c.between(least, most) })
	return d
}

// arrives: somebody calls from outside.
func (c *city) arrives(i int) {
	numbers := []string{"5550000", "5550000", "5550001", "5550002", "5550003", "5550004", "5550005", "5550006", "5550101", "5550102", "5550103"}
	w := plan{dialled: numbers[c.rand.IntN(len(numbers))], patience: 3 * time.Minute, talk: c.between(0, 9*time.Second)}
	if c.rand.IntN(2) == 0 { // has much to say
		w.talk = c.between(9*time.Second, time.Minute)
	}
	switch c.rand.IntN(10) {
	case 0: // changes its mind
		w.patience = c.between(0, 300*time.Millisecond)
	case 1, 2, 3:
		w.patience = c.between(0, 25*time.Second)
	}
	w.lateOffer, w.holds, w.talkative = c.rand.IntN(10) == 0, c.rand.IntN(10) == 0, c.rand.IntN(10) == 0
	w.keys = max(0, c.rand.IntN(8)-4)
	if c.rand.IntN(100) == 0 {
		w.forgets = c.between(time.Second, 20*time.Second)
	}
	carriers := c.peers[len(c.peers)-4:]
	carriers[c.rand.IntN(4)].calls(fmt.Sprintf("+1777%07d", i), w)
}

// dials: a user who does not talk calls somebody, a group or a code.
func (c *city) dials() {
	user := fmt.Sprint(101 + c.rand.IntN(24))
	p := c.users[user][0]
	if p.off || slices.ContainsFunc(c.users[user], (*peer).busy) {
		return
	}
	dialled := []string{fmt.Sprint(101 + c.rand.IntN(24)), fmt.Sprint(101 + c.rand.IntN(24)), fmt.Sprint(600 + c.rand.IntN(8)), "999", "0015551234",
		"*11", "*11", "*12", "*13", "*14", "*14", "*15", "*97", "*97", "*97101", "*97600"}
	w := plan{dialled: dialled[c.rand.IntN(len(dialled))], patience: c.between(0, 40*time.Second), talk: c.between(0, 9*time.Second)}
	if w.dialled == "*97" {
		w.keys = c.rand.IntN(6)
	}
	p.calls(user, w)
}

// pauses: a whole group pauses for so long that its callers have to wait.
func (c *city) pauses() {
	for _, a := range c.rules.Groups[c.rand.IntN(2)].Agents {
		c.x.Tell(queue.Paused{Agent: a})
		time.AfterFunc(75*time.Second, func() { c.x.Tell(queue.Resumed{Agent: a}) })
	}
}

func (p *peer) busy() bool {
	for _, s := range p.sides {
		if s.state != over {
			return true
		}
	}
	return false
}

// edited are rules with other agents, ring times and distributions, now and then without a group.
func (c *city) edited() queue.Rules {
	r := c.rules
	c.locked(func() {
		r.Groups = slices.Clone(r.Groups)
		for i := range r.Groups {
			g := &r.Groups[i]
			g.Agents = slices.Clone(g.Agents)
			if c.rand.IntN(3) == 0 {
				n := c.rand.IntN(len(g.Agents))
				g.Agents = slices.Delete(g.Agents, n, n+1)
			}
			c.rand.Shuffle(len(g.Agents), func(i, j int) { g.Agents[i], g.Agents[j] = g.Agents[j], g.Agents[i] })
			g.WrapUp = time.Duration(c.rand.IntN(3)) * time.Second
		}
		if c.rand.IntN(3) == 0 {
			r.Groups = slices.DeleteFunc(r.Groups, func(g queue.Group) bool { return g.Name == "backup" || g.Name == "loop2" })
		}
	})
	return r
}

// everybodyIsRung: after all that, no agent is stuck: one call reaches every phone.
func (c *city) everybodyIsRung() {
	for _, u := range c.rules.Users {
		c.x.Tell(queue.LoggedIn{Agent: u.Extension})
		c.x.Tell(queue.Resumed{Agent: u.Extension})
	}
	c.locked(func() {
		c.polite = true
		c.peers[len(c.peers)-1].calls("+17779999999", plan{dialled: "5550008", patience: 20 * time.Second})
	})
	c.pass(10 * time.Second)
	c.locked(func() {
		for user, phones := range c.users {
			for _, p := range phones {
				if !p.busy() {
					c.wrong("agent %s is stuck: the phone at %s is not rung", user, p.at)
				}
			}
		}
	})
}
