package call

import (
	"context"
	"log/slog"
	"strconv"
	"sync/atomic"
	"time"

	"ringtide/internal/inbox"
	"ringtide/media"
	"ringtide/queue"
	"ringtide/sip"
	"ringtide/voicemail"
)

// Records is where the exchange writes what happened. Its methods never block and never fail: a slow or full disk must
// not reach a call.
type Records interface {
	// Write takes the events of one step, in order.
	Write(at time.Time, events []queue.Event)
	// Journal takes a fact with the orders it caused. It returns true when a new segment has begun and wants the
	// engine's image first: JournalImage follows before the next fact.
	Journal(at time.Time, f queue.Fact, orders []queue.Order) (wantsImage bool)
	JournalImage(at time.Time, image queue.Image)
}

// Meter counts for the metrics. Every function must be set, cheap and safe to call from the exchange's goroutine.
type Meter struct {
	Step    func(time.Duration)          // time one engine step took
	Attempt func(outcome string)         // an attempt ended
	Ended   func(cause queue.Cause)      // a call ended
	Refused func(check string, code int) // a call was turned away at the door
	Panic   func()                       // a bug ended a call
}

// Edges are what the exchange works with.
type Edges struct {
	Phones  *sip.Server
	Media   *media.Engine
	Shelf   *voicemail.Shelf
	PINs    *voicemail.Locks // nil: no mailbox has one
	Records Records
	Meter   Meter
	Log     *slog.Logger
}

// Exchange owns the engine, the live calls and the one timer: a single loop that hands facts to the engine and orders
// to the calls.
type Exchange struct {
	Edges
	in     *inbox.Inbox[message]
	conf   atomic.Pointer[Config]
	drains atomic.Bool
	live   atomic.Int64 // calls not ended yet
	lines  lines

	// owned by the loop
	engine  *queue.Engine
	time    even // all that the engine is told
	calls   map[queue.CallID]*Call
	legs    map[queue.AgentID]int
	rate    rate
	timer   *time.Timer
	waiting []quiet // who wants to know when the last call has ended
	prefix  string  // of call ids: when this process began
	started atomic.Uint64

	shot snapshots
	done chan struct{}
}

// message is what the exchange's loop takes: exactly one of the concrete types below.
type message interface{ message() }

type (
	arrived  struct{ call *Call }
	reported struct{ fact queue.Fact }
	legged   struct {
		agent queue.AgentID
		delta int
	}
	asked struct{ reply chan<- queue.Snapshot }
	query struct {
		call  queue.CallID
		agent queue.AgentID
		reply chan<- string
	}
)

func (arrived) message()  {}
func (reported) message() {}
func (legged) message()   {}
func (asked) message()    {}
func (query) message()    {}

// NewExchange makes an exchange for rules. seed feeds the engine's randomness; the phones may be set later, but before
// the first call (they need the exchange's handler to be made).
func NewExchange(c Config, rules queue.Rules, seed uint64, e Edges) *Exchange {
	x := &Exchange{
		Edges:  e,
		in:     inbox.New[message](),
		engine: queue.New(rules, seed),
		time:   even{time.Now()},
		calls:  map[queue.CallID]*Call{},
		legs:   map[queue.AgentID]int{},
		lines:  lines{legs: map[*sip.Dialog]*leg{}},
		timer:  time.NewTimer(time.Hour),
		prefix: strconv.FormatInt(time.Now().UnixMilli(), 36),
		done:   make(chan struct{}),
	}
	x.conf.Store(&c)
	return x
}

// Handler is what the phones report to. Its functions never block.
func (x *Exchange) Handler() sip.Handler {
	return sip.Handler{
		Invited: x.invited,
		Reachable: func(user string, n int, lost bool) {
			x.Tell(queue.DevicesReachable{User: queue.AgentID(user), N: n, Lost: lost})
		},
	}
}

// Tell hands a fact to the engine. It never blocks.
func (x *Exchange) Tell(f queue.Fact) { x.in.Put(reported{f}) }

// Reload takes a new configuration: limits at once, rules in the order of facts.
func (x *Exchange) Reload(c Config, rules queue.Rules) {
	x.conf.Store(&c)
	x.Tell(queue.RulesChanged{Rules: rules})
}

// invited makes the call's actor at once, so that no event of the dialog is lost, and lets the loop decide.
func (x *Exchange) invited(d *sip.Dialog, inv sip.Invitation) func(sip.Event) {
	id := queue.CallID(x.prefix + "-" + strconv.FormatUint(x.started.Add(1), 10))
	c := newCall(x, id, d, inv)
	takes := c.caller.takesEvent // before the call lives: it may give its caller away
	x.in.Put(arrived{c})
	return takes
}

// Run is the loop. It returns when ctx ends; calls that live then are lost: Shutdown first.
func (x *Exchange) Run(ctx context.Context) {
	defer close(x.done)
	defer x.timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-x.in.Ready():
			for _, m := range x.in.Take() {
				x.take(m)
			}
		case <-x.timer.C:
			x.step(queue.TimePassed{})
		}
	}
}

func (x *Exchange) take(m message) {
	switch m := m.(type) {
	case arrived:
		x.arrive(m.call)
	case reported:
		x.step(m.fact)
		if f, ok := m.fact.(queue.CallEnded); ok {
			x.buries(f.Call)
		}
	case legged:
		x.legs[m.agent] += m.delta
		x.step(queue.AgentLegs{Agent: m.agent, N: x.legs[m.agent]})
		if x.legs[m.agent] == 0 {
			delete(x.legs, m.agent)
		}
	case asked:
		m.reply <- x.engine.Snapshot(x.time.now())
	case query:
		m.reply <- x.engine.Explain(x.time.now(), m.call, m.agent)
	case quiet:
		x.whenQuiet(m)
	case cut:
		x.cutAll()
	}
}

// buries lets the actor of a call go that has told CallEnded: no order can be for it any more.
func (x *Exchange) buries(id queue.CallID) {
	x.calls[id].in.Put(buried{})
	delete(x.calls, id)
	x.live.Add(-1)
	x.whenQuiet()
}

func (x *Exchange) arrive(c *Call) {
	if no := x.admit(c.inv); no != nil {
		x.Meter.Refused(no.check, no.code)
		x.Log.Info("call refused at the door", "call", c.id, "check", no.check, "code", no.code, "sip_call_id", c.inv.CallID)
		c.caller.dialog.Refuse(no.code, no.retryAfter)
		return
	}
	x.calls[c.id] = c
	x.lines.add(c.caller)
	x.live.Add(1)
	go c.run()
	if user := c.inv.From.User; user != "" {
		x.take(legged{queue.AgentID(user), +1})
	}
	x.step(queue.CallArrived{
		Call:    c.id,
		Trunk:   queue.TrunkID(c.inv.From.Trunk),
		User:    queue.AgentID(c.inv.From.User),
		Caller:  queue.Party{Number: c.inv.Number, Name: c.inv.Name},
		Dialled: c.inv.Dialled,
	})
}

// step lets the engine decide on one fact and passes its orders on.
func (x *Exchange) step(f queue.Fact) {
	wall := time.Now()
	now := x.time.at(wall)
	orders := x.engine.Step(now, f)
	x.Meter.Step(time.Since(wall))
	var events []queue.Event
	for _, o := range orders {
		switch o := o.(type) {
		case queue.Record:
			events = append(events, o.Event)
			x.count(o.Event)
		case queue.Join:
			x.join(o)
		case queue.PickUp:
			x.pickUp(o)
		default:
			if c := x.calls[queue.CallOf(o)]; c != nil {
				c.in.Put(order{o})
			}
		}
	}
	if len(events) > 0 {
		x.Records.Write(wall, events)
	}
	if x.Records.Journal(now, f, orders) {
		x.Records.JournalImage(now, x.engine.Image())
	}
	x.wind(now)
}

// wind sets the one timer to the engine's next deadline.
func (x *Exchange) wind(now time.Time) {
	if at, ok := x.engine.Next(); ok {
		x.timer.Reset(max(at.Sub(now), 0))
	} else {
		x.timer.Stop()
	}
}

func (x *Exchange) count(e queue.Event) {
	switch e.Type {
	case queue.EvAttemptAnswered, queue.EvAttemptRejected, queue.EvAttemptNoAnswer, queue.EvAttemptUnreachable, queue.EvAttemptWithdrawn:
		x.Meter.Attempt(string(e.Type))
	case queue.EvCallEnded:
		x.Meter.Ended(queue.Cause(e.Cause))
	}
}
