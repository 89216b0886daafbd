package sip

import (
	"slices"
	"sync"
	"time"

	"ringtide/sip/internal/wire"
)

// surveyEvery is how often the addresses of trunks are looked through: DNS may have new ones.
const surveyEvery = 10 * time.Second

// health asks the addresses of trunks with OPTIONS, every Config.Qualify, whether they are there; any final response to
// anything is a sign of life. An address that has answered a test and then misses three in a row is down until it answers: it
// is tried last, and a trunk with no other one is spared calls. One that never answered a test is judged by its calls alone
// (failedHops), for some providers drop OPTIONS. Safe for use by many goroutines.
type health struct {
	s *Server

	mu     sync.Mutex
	open   bool // between start and close
	closed bool
	tests  map[trunkHop]*hopTest
	tried  map[string]time.Time // when a trunk that is down got its last call
	survey *time.Timer
}

// hopTest is what is known of one address.
type hopTest struct {
	hop
	answers bool // it has answered a test
	heard   bool // it has answered anything since it was silent last
	missed  int  // tests in a row
	number  int  // of the test that counts
	timer   *time.Timer
}

func (t *hopTest) down() bool { return t.answers && t.missed >= missedInARow }

func newHealth(s *Server) *health {
	return &health{s: s, tests: map[trunkHop]*hopTest{}, tried: map[string]time.Time{}}
}

// start begins the tests: before, there is nothing to send from.
func (h *health) start() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.open && !h.closed {
		h.open = true
		h.survey = time.AfterFunc(startAfter(), h.look)
	}
}

func (h *health) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.open, h.closed = false, true
	h.forgetAll()
	stop(h.survey)
}

func (h *health) forgetAll() {
	for at, t := range h.tests {
		stop(t.timer)
		delete(h.tests, at)
	}
}

// testAll begins all tests anew, after Config.Qualify changed.
func (h *health) testAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.open {
		h.forgetAll()
		h.survey.Reset(0)
	}
}

// look has the addresses tested that trunks have now, and no others.
func (h *health) look() {
	c := h.s.config.Load()
	now := map[trunkHop]hop{}
	for _, trunk := range c.Trunks {
		hops, _ := h.s.ways(trunk.Name, "") // who calls is told what is missing
		for _, one := range hops {
			now[trunkHop{trunk.Name, one.flow}] = one
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.open {
		return
	}
	for at, t := range h.tests {
		if _, stays := now[at]; !stays {
			stop(t.timer)
			delete(h.tests, at)
		}
	}
	for at, one := range now {
		if h.tests[at] == nil && c.Qualify > 0 {
			h.tests[at] = &hopTest{hop: one}
			h.after(at, jitter(min(testAgain, c.Qualify)))
		}
	}
	h.survey.Reset(surveyEvery)
}

// after has an address tested in a while. What is under way counts no more.
func (h *health) after(at trunkHop, d time.Duration) {
	t := h.tests[at]
	t.number++
	number := t.number
	stop(t.timer)
	t.timer = time.AfterFunc(d, func() { h.test(at, t, number) })
}

func (h *health) test(at trunkHop, t *hopTest, number int) {
	started := time.Now()
	h.s.ping(t.uri, nil, t.flow, func(alive bool) {
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.tests[at] != t || t.number != number {
			return
		}
		if alive {
			h.lives(at, t, true)
			every := h.s.config.Load().Qualify
			h.after(at, every-every/20+jitter(every/10))
			return
		}
		if t.missed++; t.missed == missedInARow {
			t.heard = t.heard && !t.answers
			h.silent(at, t)
		}
		h.after(at, max(0, h.again(t)-time.Since(started)))
	})
}

// again is the time from a test that was missed to the next.
func (h *health) again(t *hopTest) time.Duration {
	if !t.answers && t.missed >= missedInARow {
		return h.s.config.Load().Qualify
	}
	return testAgain
}

// lives notes a sign of life; a test or not.
func (h *health) lives(at trunkHop, t *hopTest, test bool) {
	was := t.down()
	t.heard = true
	if test || was {
		t.answers = test // who serves calls but no tests is not judged by tests
	}
	if t.answers {
		t.missed = 0
	}
	if was {
		h.s.log.Info("trunk address answers again", "trunk", at.trunk, "addr", at.flow.Remote.String())
	}
}

func (h *health) silent(at trunkHop, t *hopTest) {
	if !t.answers {
		h.s.log.Warn("trunk address has never answered OPTIONS: it is judged by its calls alone", "trunk", at.trunk, "addr", at.flow.Remote.String())
		return
	}
	left := 0
	for other, o := range h.tests {
		if other.trunk == at.trunk && !o.down() {
			left++
		}
	}
	h.s.log.Warn("trunk address does not answer", "trunk", at.trunk, "addr", at.flow.Remote.String(), "others_left", left)
}

// heard notes that an address has answered a request.
func (h *health) heard(trunk string, f wire.Flow) {
	h.mu.Lock()
	defer h.mu.Unlock()
	at := trunkHop{trunk, f}
	if t := h.tests[at]; t != nil {
		h.lives(at, t, false)
	}
}

// failed notes that an address has not answered a call, or another request that is not a test.
func (h *health) failed(trunk string, f wire.Flow) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if t := h.tests[trunkHop{trunk, f}]; t != nil && !t.answers {
		t.heard = false
	}
}

// last moves those that are down behind the others.
func (h *health) last(trunk string, hops []hop) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range hops {
		t := h.tests[trunkHop{trunk, hops[i].flow}]
		hops[i].down = t != nil && t.down()
	}
	slices.SortStableFunc(hops, func(a, b hop) int {
		return lastIf(a.down) - lastIf(b.down)
	})
}

// refuses tells that a call over hops is in vain, because all of them are down. One call in 30 s is let through all the same:
// should a provider have stopped answering tests, calls find out.
func (h *health) refuses(trunk string, hops []hop) bool {
	if slices.ContainsFunc(hops, func(one hop) bool { return !one.down }) {
		return false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now()
	if last, known := h.tried[trunk]; known && now.Sub(last) < hopPause {
		return true
	}
	h.tried[trunk] = now
	return false
}

// up tells whether an address of a trunk is known to live.
func (h *health) up(trunk string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for at, t := range h.tests {
		if at.trunk == trunk && t.heard {
			return true
		}
	}
	return false
}
