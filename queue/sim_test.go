package queue

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

var simSteps = flag.Int("sim.steps", defaultSimSteps, "how many facts the simulation gives the engine")

// TestSimulation lives days with callers, agents, delays of up to 200 ms each way and reloads, and checks the invariants of
// oracle after every step. Every day has its own seed; a failure names it.
func TestSimulation(t *testing.T) {
	var all counts
	steps, seed := 0, uint64(0)
	for ; steps < *simSteps; seed++ {
		d := newDay(t, seed)
		d.live()
		steps += d.steps
		all.add(d.oracle.fold.counts)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	t.Logf("%d steps in %d days: %v", steps, seed, all)
}

// day is one simulated day of an office.
type day struct {
	*world
	t      *testing.T
	seed   uint64
	rand   *rand.Rand
	oracle *oracle
	draft  *draft
	users  []AgentID
	end    time.Time
	steps  int
	calls  int
	last   []Fact // a few old facts, to be told again
	twin   *Engine
	until  int // the twin takes over at this step
	log    []journalLine
	recent []journalLine // the end of the journal, to tell how a fault came about
}

type journalLine struct {
	at     time.Time
	fact   Fact
	orders string
}

const (
	journalled = 20_000 // steps of a day that are replayed
	remembered = 3_000
)

func newDay(t *testing.T, seed uint64) *day {
	d := &day{t: t, seed: seed, rand: rand.New(rand.NewPCG(seed, 1)), draft: officeRules()}
	for _, u := range d.draft.Users {
		d.users = append(d.users, u.Extension)
	}
	d.world = newWorld(d.draft.Rules, time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC))
	d.end = d.start.Add(10 * time.Hour)
	d.delay = func() time.Duration { return time.Duration(d.rand.IntN(200)) * time.Millisecond }
	d.tear = func() time.Duration {
		if d.rand.IntN(50) == 0 {
			return 32 * time.Second // a phone that answers no CANCEL
		}
		return d.delay()
	}
	d.wrong = func(f string, a ...any) {
		t.Helper()
		if !t.Failed() {
			fault := fmt.Sprintf(f, a...)
			t.Errorf("seed %d, step %d, %v: %s%s", seed, d.steps, d.now.Sub(d.start), fault, d.story(fault))
		}
	}
	d.oracle = newOracle(d.draft.Rules, func() *Engine { return d.e }, d.wrong)
	d.before = func(f Fact) { d.oracle.fact(d.now, f) }
	d.after = d.check
	d.rung, d.told, d.talks = d.phoneRings, d.callerHears, d.talk
	return d
}

// officeRules are groups of every kind, chains and loops among them.
func officeRules() *draft {
	d := newDraft()
	for line := range strings.Lines(`user u01 u02 u03 u04 u05 u06 u07 u08 outside
user u09 u10 u11 u12 u13 u14
outbound carrier per_user=1 per_hour=20
number +1555100 group:sales
number +1555101 group:support
number +1555102 group:backup by_agent
number +1555103 group:fast
number +1555104 group:loop by_agent
number +1555105 user:u03
number +1555106 user:u04 by_agent
number +1555107 number:+15550199 by_agent
group sales evenly u01 u02 u03 u04 u05 if_missed=hold wrap_up=10s max_wait=4m max_callers=4 then=group:backup ext=600 intercept=yes keys=1>group:support,2>user:u13,3>voicemail
group support everybody u04 u05 u06 u07 u08 if_missed=hold rings=3 ext=601 intercept=yes keys=1>hang_up,2>group:loop,#>number:+15550177
group backup in_order u09 u10 u01 rings=2 wrap_up=5s ext=602
group fast everybody u11 u12 u01 rings=2 if_missed=user:u13 busy_wait=3s max_talking=3m ext=603 intercept=yes
group loop evenly u13 u14 rings=1 if_missed=group:loop2 if_nobody=number:+15550188
group loop2 in_order u14 u02 if_missed=group:loop busy_wait=0s if_nobody=hold`) {
		if _, err := d.add(strings.Fields(line)); err != nil {
			panic(err)
		}
	}
	return d
}

var callNames = regexp.MustCompile(`\bc\d+\b`)

// story is what the journal has told lately of the calls that a fault names.
func (d *day) story(fault string) string {
	var story strings.Builder
	names := callNames.FindAllString(fault, -1)
	for _, l := range d.recent {
		told := callNames.FindAllString(l.fact.String()+" "+l.orders, -1)
		if slices.ContainsFunc(told, func(name string) bool { return slices.Contains(names, name) }) {
			fmt.Fprintf(&story, "\n%10v  %v\n            %s", l.at.Sub(d.start), l.fact, l.orders)
		}
	}
	return story.String()
}

// check compares the step with the oracle, with the twin, and now and then with the past.
func (d *day) check(f Fact, orders []Order) {
	d.steps++
	line := journalLine{d.now, f, fmt.Sprint(orders)}
	if d.recent = append(d.recent, line); len(d.recent) > 2*remembered {
		d.recent = slices.Delete(d.recent, 0, remembered)
	}
	if len(d.log) < journalled {
		d.log = append(d.log, line)
	}
	d.oracle.orders(f, orders)
	if d.steps%64 == 0 {
		d.oracle.inside()
	}
	if d.twin != nil {
		if same := d.twin.Step(d.now, f); fmt.Sprint(same) != fmt.Sprint(orders) {
			d.wrong("S12: %v: the loaded engine orders %v instead of %v", f, same, orders)
		}
		a, aok := d.e.Next()
		if b, bok := d.twin.Next(); aok != bok || !a.Equal(b) {
			d.wrong("S12: the loaded engine is due at %v instead of %v", b, a)
		}
		if d.steps >= d.until {
			d.e, d.twin = d.twin, nil
		}
	} else if d.steps%3000 == 0 {
		d.twin, d.until = reload(d.t, d.e), d.steps+300
	}
	d.tellAgain(f)
}

// reload takes the engine through its image and JSON.
func reload(t *testing.T, e *Engine) *Engine {
	t.Helper()
	raw, err := json.Marshal(e.Image())
	if err != nil {
		t.Fatal(err)
	}
	var m Image
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	return Load(m)
}

// tellAgain repeats facts of attempts and calls that are over: they must do nothing (S11).
func (d *day) tellAgain(f Fact) {
	switch f.(type) {
	case AttemptFailed, TalkEnded, CallEnded, Connected:
		d.last = append(d.last, f)
	}
	if len(d.last) < 8 {
		return
	}
	old := d.last[0]
	d.last = d.last[1:]
	orders := d.e.Step(d.now, old)
	if d.twin != nil {
		d.twin.Step(d.now, old)
	}
	if len(orders) > 0 {
		d.wrong("S11: %v, told again, orders %v", old, orders)
	}
}

// live lets the day pass and everybody go home.
func (d *day) live() {
	for _, u := range d.users {
		d.reach(u, 1, false)
	}
	quiet := []time.Duration{7 * time.Second, 2 * time.Second, 20 * time.Second} // between two calls, day by day
	d.every(quiet[d.seed%3], d.arrive)
	d.every(40*time.Second, d.userDials)
	d.every(25*time.Second, d.mood)
	d.every(45*time.Second, d.phoneComesAndGoes)
	d.every(10*time.Minute, d.edit)
	d.run(d.end)
	for _, a := range d.actors {
		if !a.over {
			d.in(0, func() { d.leave(a) })
		}
	}
	d.run(d.end.Add(10 * time.Minute))
	d.oracle.inside()
	d.oracle.end()
	d.replay()
}

// replay gives the journal to a new engine: same facts, same orders (S12).
func (d *day) replay() {
	e := New(officeRules().Rules, 1)
	for _, l := range d.log {
		if got := fmt.Sprint(e.Step(l.at, l.fact)); got != l.orders {
			d.wrong("S12: %v: replayed %s, at first %s", l.fact, got, l.orders)
			return
		}
	}
}

func (d *day) every(mean time.Duration, do func()) {
	var next func()
	next = func() {
		if d.now.Before(d.end) {
			do()
			d.in(d.about(mean), next)
		}
	}
	d.in(d.about(mean), next)
}

func (d *day) about(mean time.Duration) time.Duration {
	return time.Duration(d.rand.ExpFloat64() * float64(mean)).Truncate(time.Millisecond)
}

func (d *day) chance(percent int) bool { return d.rand.IntN(100) < percent }

func (d *day) someone() AgentID { return d.users[d.rand.IntN(len(d.users))] }

func (d *day) newCall(f CallArrived) *actor {
	d.calls++
	f.Call = CallID(fmt.Sprint("c", d.calls))
	a := d.call(f)
	d.in(d.about(2*time.Minute), func() {
		switch {
		case d.chance(2):
			d.giveUp(a, CauseMedia) // in any state
		case a.talk == nil:
			d.leave(a)
		}
	})
	if d.chance(30) {
		d.in(d.about(20*time.Second), func() { d.press(a) })
	}
	return a
}

func (d *day) arrive() {
	d.newCall(CallArrived{Trunk: "carrier", Caller: Party{Number: fmt.Sprintf("+1777%04d", d.rand.IntN(9999))},
		Dialled: fmt.Sprintf("+155510%d", d.rand.IntN(9))})
	if d.chance(20) { // two in the same instant
		d.newCall(CallArrived{Trunk: "carrier", Dialled: "+1555100"})
	}
}

func (d *day) userDials() {
	user := d.someone()
	dial := []string{"600", "601", "602", string(d.someone()), "+15557654321", "*11", "*12", "*13", "*14", "*15", "112", "999",
		"*8", "*8", "*8600", "*8601", "*8" + string(d.someone()), "*8" + string(d.someone()), "*97", "*97" + string(d.someone()), "*97600", "*97999"}
	d.userCalls(user, dial[d.rand.IntN(len(dial))])
}

func (d *day) userCalls(user AgentID, dialled string) *actor {
	return d.newCall(CallArrived{User: user, Caller: Party{Number: string(user)}, Dialled: dialled})
}

// mood: agents log in and out, pause and resume, and more often come than go.
func (d *day) mood() {
	a := d.someone()
	switch n := d.rand.IntN(10); {
	case n < 1:
		d.step(LoggedOut{a})
	case n < 4:
		d.step(LoggedIn{a})
	case n < 5:
		d.step(Paused{a})
	case n < 9:
		d.step(Resumed{a})
	default:
		d.step(WrapUpEnded{a})
	}
}

func (d *day) phoneComesAndGoes() {
	if d.chance(1) { // the switch reboots
		for _, u := range d.users {
			d.reach(u, 0, true)
			d.in(d.about(40*time.Second), func() { d.reach(u, 1, false) })
		}
		return
	}
	a := d.someone()
	if d.devices[a] > 0 && d.chance(40) {
		d.reach(a, 0, d.chance(70))
	} else {
		d.reach(a, 1+d.rand.IntN(2), false)
	}
}

// edit changes the rules while calls are live.
func (d *day) edit() {
	if d.chance(30) || len(d.draft.Groups) == 0 {
		d.draft = officeRules()
		d.step(RulesChanged{d.draft.Rules})
		return
	}
	groups := slices.Clone(d.draft.Groups)
	i := d.rand.IntN(len(groups))
	g := groups[i]
	g.Agents = slices.Clone(g.Agents)
	d.rand.Shuffle(len(g.Agents), func(i, j int) { g.Agents[i], g.Agents[j] = g.Agents[j], g.Agents[i] })
	switch d.rand.IntN(6) {
	case 0:
		groups = slices.Delete(groups, i, i+1)
	case 1:
		if len(g.Agents) > 1 {
			g.Agents = g.Agents[1:]
		}
	case 2:
		if a := d.someone(); !slices.Contains(g.Agents, a) {
			g.Agents = append(g.Agents, a)
		}
	case 3:
		g.WrapUp, g.Ring = time.Duration(d.rand.IntN(20))*time.Second, time.Duration(1+d.rand.IntN(4))*5*time.Second
	case 4:
		if g.IfMissed.Kind != ToHold {
			g.Distribution = []Distribution{Evenly, InOrder, Everybody}[d.rand.IntN(3)]
		}
	case 5:
		g.MaxWait, g.MaxCallers = time.Duration(d.rand.IntN(90))*time.Second, d.rand.IntN(4)
	}
	if i < len(groups) && groups[i].Name == g.Name {
		groups[i] = g
	}
	d.draft.Groups = groups
	d.step(RulesChanged{d.draft.Rules})
}
