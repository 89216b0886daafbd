package call

import (
	"maps"
	"time"

	"ringtide/queue"
)

// atRest looks into the server while nobody is at work: no hand-over is under way, every call has a caller, and the actors
// agree with the engine. It returns who is a party of a conversation, by Call-ID.
func (c *city) atRest() (parties map[string]bool) {
	parties = map[string]bool{}
	calls := maps.Clone(c.x.calls)
	phases := map[queue.CallID]queue.CallView{}
	for _, v := range c.snapshot().Calls {
		phases[v.ID] = v
		if v.Phase == queue.Joining || v.Phase == queue.PickingUp {
			c.wrong("call %s stays in phase %s", v.ID, v.Phase)
		}
	}
	for id, a := range calls {
		defer a.in.Put(nil) // it changes after we have looked: so says the race detector
		if a.expecting != 0 || a.giving || len(a.strays)+len(a.asked) > 0 {
			c.wrong("call %s is left in a hand-over: %d expected, giving %v, %d strays, %d transfers undecided", id, a.expecting, a.giving, len(a.strays), len(a.asked))
		}
		if a.ending {
			continue
		}
		if a.caller.gone || a.caller.dialog == nil {
			c.wrong("call %s goes on without a caller", id)
			continue
		}
		parties[a.caller.dialog.ID()] = true
		v := phases[id]
		if (v.Phase == queue.Talking) != (a.winner != nil) {
			c.wrong("call %s: the engine takes it for %s, its actor has a winner: %v", id, v.Phase, a.winner != nil)
			continue
		}
		if a.winner == nil {
			continue
		}
		parties[a.winner.dialog.ID()] = true
		if a.winner.agent != v.With || a.caller.agent != v.User {
			c.wrong("call %s: %s talks with %s, says the engine; %s with %s, says its actor", id, v.User, v.With, a.caller.agent, a.winner.agent)
		}
	}
	return parties
}

// snapshot is the engine's own view, never an old one.
func (c *city) snapshot() queue.Snapshot {
	reply := make(chan queue.Snapshot, 1)
	c.x.in.Put(asked{reply})
	return <-reply
}

// isParty: who talks and has not moved its call is the caller or the target of one, unless it is just being hung up.
func (c *city) isParty(s *side, parties map[string]bool) {
	switch {
	case parties[s.id] || c.astray(s):
		s.strange = time.Time{}
	case s.strange.IsZero():
		s.strange = time.Now()
	case time.Since(s.strange) > patient:
		c.wrong("%s (%s) has talked in %s for %v, and the server does not know it", s, s.manner.name, s.visit, patient)
	}
}
