package queue

import (
	"cmp"
	"slices"
)

// joint is two calls of one user, who goes and leaves the two other sides to each other. The side by of keep and the side
// from of gone are that user's.
type joint struct {
	keep, gone *Call
	by, from   Side
}

// join orders that two calls become one. Until the fact comes nothing is started for keep; gone goes on with its attempts,
// and with nothing else.
func (e *Engine) join(j joint, by AgentID) {
	e.touch(j.gone)
	order := Join{Keep: j.keep.ID, Gone: j.gone.ID, By: j.by, From: j.from}
	e.part(j.keep, j.by)
	j.keep.Phase, j.keep.Joins, j.keep.Via = Joining, j.gone.ID, by
	j.gone.Into = j.keep.ID
	if j.from == ByTarget { // its caller stays
		order.As = j.gone.Talk.ID
		e.endTalk(j.gone)
		j.gone.Phase, j.gone.As, j.gone.Group = Joining, order.As, ""
	}
	e.order(order)
}

// callsJoined moves what is left of gone to keep: who talks, who is rung, the place in the line.
func (e *Engine) callsJoined(f CallsJoined) {
	keep, gone := e.joined(f.Keep, f.Gone)
	if keep == nil {
		return
	}
	was, rung, visit := gone.Phase, len(gone.Attempts), gone.visiting()
	e.handOver(gone, keep)
	if visit {
		e.moveVisit(gone, keep)
	}
	if was != Ending {
		gone.Cause = CauseJoined
	}
	gone.Phase, gone.Group = Ending, ""
	switch {
	case keep.Phase == Ending:
		keep.withdrawn()
		e.report(gone, 487)
	case keep.Talk != nil:
		keep.Phase, keep.Hears = Talking, Sound{}
		if keep.Group == "" {
			keep.Back = BackToGiver
		}
		e.connect(keep)
		e.report(keep, 200)
	case was == InGroup:
		e.place(keep)
		e.report(keep, 200)
	case was == Direct && rung > 0:
		keep.Phase, keep.Back = Direct, BackToGiver
		e.report(keep, 200)
	default: // it was empty by then
		e.comeBack(keep, 480)
		e.report(gone, 480)
	}
	e.report(gone, 200) // who was transferring its caller is done with it
	e.timeOut(keep)     // what is due already would wait for ever
}

// joined finds the two calls that a fact about joining names; nil if nobody waits for it.
func (e *Engine) joined(keepID, goneID CallID) (keep, gone *Call) {
	keep, gone = e.calls[keepID], e.calls[goneID]
	if keep == nil || gone == nil || keep.Joins != goneID {
		return nil, nil
	}
	keep.Joins = ""
	e.touch(keep)
	e.touch(gone)
	return keep, gone
}

// handOver gives the attempts of gone, and who talks in it, to keep.
func (e *Engine) handOver(gone, keep *Call) {
	for _, a := range gone.Attempts {
		a.Joined = true
		keep.Attempts = append(keep.Attempts, a)
		e.rebind(a, gone, keep)
	}
	slices.SortFunc(keep.Attempts, func(a, b Attempt) int { return cmp.Compare(a.ID, b.ID) })
	gone.Attempts = nil
	switch {
	case gone.Phase == Joining:
		e.callerAsTarget(gone, keep)
	case gone.Talk != nil && gone.Phase == Talking:
		talk := *gone.Talk
		talk.Joined, talk.Met = true, !gone.TalkFrom.IsZero()
		if talk.Met {
			gone.Talked += e.now.Sub(gone.TalkFrom)
		}
		gone.Talk, keep.Talk = nil, &talk
		e.rebind(talk, gone, keep)
	}
}

// callerAsTarget makes the caller of gone the target that keep talks with.
func (e *Engine) callerAsTarget(gone, keep *Call) {
	talk := Attempt{ID: gone.As, Agent: gone.User, Group: gone.Serves, Payer: gone.Payer, Joined: true, Met: true}
	if gone.User == "" {
		talk.Number = gone.Caller.Number
	}
	gone.Serves, gone.Payer = "", ""
	e.disown(gone)
	if a := e.stir(talk.Agent); a != nil {
		a.Bound = append(a.Bound, Binding{keep.ID, talk.ID})
	}
	keep.Talk = &talk
}

func (e *Engine) rebind(a Attempt, gone, keep *Call) {
	if agent := e.stir(a.Agent); agent != nil {
		for i, b := range agent.Bound {
			if b.Attempt == a.ID && b.Call == gone.ID {
				agent.Bound[i].Call = keep.ID
			}
		}
	}
}

// moveVisit closes the visit of gone and opens it in keep, in its place. A caller who has left meanwhile has left that
// line, too.
func (e *Engine) moveVisit(gone, keep *Call) {
	phase := gone.Phase
	e.leaveLine(gone, Ending)
	v := Event{Type: EvCallOverflowed, Cause: string(CauseJoined), To: "call:" + string(keep.ID), Waited: gone.Waited, Position: gone.Position}
	if keep.Phase == Ending {
		v.Type, v.Cause, v.To = EvCallAbandoned, "", ""
		e.note(gone, v)
		return
	}
	e.note(gone, v)
	keep.Phase, keep.Visit = phase, keep.Visit+1
	keep.Group, keep.Entered, keep.Since, keep.Waited, keep.Position = gone.Group, gone.Entered, gone.Since, gone.Waited, gone.Position
	keep.Priority, keep.Turn = gone.Priority, gone.Turn
	keep.Admitted, keep.Chain, keep.Pass, keep.Orphan = gone.Admitted, gone.Chain, gone.Pass, gone.Orphan
	e.note(keep, Event{Type: EvCallQueued})
}

// joinFailed lets a caller come back who was to be joined with somebody who had left.
func (e *Engine) joinFailed(f JoinFailed) {
	if keep, gone := e.joined(f.Keep, f.Gone); keep != nil {
		e.notJoined(keep, gone)
	}
}

func (e *Engine) notJoined(keep, gone *Call) {
	gone.Into = ""
	if gone.Phase != Ending { // its user has parted from it
		e.hangUp(gone)
	}
	if keep.Phase == Joining {
		e.comeBack(keep, 480)
	}
}

// orphaned settles a join of which one call has ended without the fact that was owed.
func (e *Engine) orphaned(c *Call) {
	if keep := e.calls[c.Into]; keep != nil && keep.Joins == c.ID {
		keep.Joins = ""
		e.touch(keep)
		e.notJoined(keep, c)
	}
	if gone := e.calls[c.Joins]; gone != nil && gone.Into == c.ID {
		c.Joins = ""
		e.touch(gone)
		e.notJoined(c, gone)
	}
}

// hangUp ends a call in any phase, as if its caller had hung up.
func (e *Engine) hangUp(c *Call) {
	e.touch(c)
	e.left(c)
	if c.Accepted {
		e.order(Release{c.ID, c.Cause})
	} else {
		e.order(Refuse{c.ID, 480})
	}
}
