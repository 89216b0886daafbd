package store

import (
	"iter"
	"reflect"
	"strings"

	"ringtide/queue"
)

// Replayed is an entry of the journal beside what the engine of this program orders at the same fact.
type Replayed struct {
	Entry
	Compared bool          // a fact after an image: Today is what was ordered now
	Gap      bool          // it was not compared because facts are missing before it, or a new run begins
	Today    []queue.Order // what the engine ordered now
	engine   *queue.Engine // as it is after the entry; nil before the first image
}

// Replay runs the entries through an engine, which every image sets anew. A fact right before an image may be the first one
// after a gap: if it goes differently, that proves nothing.
func (j *Journal) Replay() iter.Seq2[Replayed, error] {
	return func(yield func(Replayed, error) bool) {
		var engine *queue.Engine
		var last *Replayed // a fact that goes differently, until it is known what follows
		settle := func(gap bool) bool {
			r := last
			last = nil
			if r == nil {
				return true
			}
			r.Gap, r.Compared = gap, !gap
			return yield(*r, nil)
		}
		for e, err := range j.Entries() {
			if !settle(e.Image != nil) {
				return
			}
			r := Replayed{Entry: e}
			switch {
			case err != nil:
				engine = nil
			case e.Image != nil:
				engine = queue.Load(*e.Image)
			case engine != nil:
				r.Compared, r.Today = true, engine.Step(e.At, e.Fact)
			}
			r.engine = engine
			if r.Compared && !r.Same() {
				last = &r
				continue
			}
			if !yield(r, err) {
				return
			}
		}
		settle(false)
	}
}

// Same says that nothing speaks against the engine: it orders what is recorded, or there is nothing to compare.
func (r Replayed) Same() bool { return !r.Compared || reflect.DeepEqual(r.Today, r.Orders) }

// About says whether the fact or one of the recorded orders is about the call; "" is about all.
func (r Replayed) About(call string) bool {
	return call == "" || r.Fact != nil && (callOfFact(r.Fact) == call || len(ordersOf(call, r.Orders)) > 0)
}

// callOfFact is the call that a fact names; "" for none.
func callOfFact(f queue.Fact) string {
	if id := reflect.ValueOf(f).FieldByName("Call"); id.IsValid() {
		return id.String()
	}
	return ""
}

// ordersOf are the orders about the call, events of it included; all of them for "".
func ordersOf(call string, orders []queue.Order) []queue.Order {
	if call == "" {
		return orders
	}
	var its []queue.Order
	for _, o := range orders {
		id := queue.CallOf(o)
		if r, ok := o.(queue.Record); ok {
			id = r.Event.Call
		}
		if string(id) == call {
			its = append(its, o)
		}
	}
	return its
}

// Story is the entry as people read it, with the orders about the call alone; "" shows all. Orders that are only recorded
// begin with "-", those that the engine gives only now with "+".
func (r Replayed) Story(call string) string {
	e := r.Entry
	e.Orders = nil
	var b strings.Builder
	b.WriteString(e.String())
	was, is := ordersOf(call, r.Orders), ordersOf(call, r.Today)
	if r.Same() || r.Gap {
		is = was
	}
	same := 0
	for same < min(len(was), len(is)) && reflect.DeepEqual(was[same], is[same]) {
		same++
	}
	for _, part := range []struct {
		mark   string
		orders []queue.Order
	}{{"    ", was[:same]}, {"  - ", was[same:]}, {"  + ", is[same:]}} {
		for _, o := range part.orders {
			b.WriteString("\n" + part.mark + o.String())
		}
	}
	if r.Gap {
		b.WriteString("\n    (not compared: facts are missing before it, or a new run begins)")
	}
	return b.String()
}

// Why explains, for callers whom nobody is rung for, why their agents are not: for one call every agent of its group, else
// ("") the idle agents alone. It is of the moment after the entry.
func (r Replayed) Why(call string) []string {
	if r.engine == nil {
		return nil
	}
	s := r.engine.Snapshot(r.At)
	members := map[queue.GroupID][]queue.MemberView{}
	for _, g := range s.Groups {
		members[g.Name] = g.Agents
	}
	idle := map[queue.AgentID]bool{}
	for _, a := range s.Agents {
		idle[a.ID] = a.State == queue.Idle
	}
	var why []string
	for _, c := range s.Calls {
		if c.Phase != queue.InGroup || len(c.Attempts) > 0 || call != "" && string(c.ID) != call {
			continue
		}
		for _, m := range members[c.Group] {
			if idle[m.Agent] || call != "" {
				text := strings.ReplaceAll(r.engine.Explain(r.At, c.ID, m.Agent), "\n", "; ")
				why = append(why, string(c.ID)+", "+string(m.Agent)+": "+text)
			}
		}
	}
	return why
}
