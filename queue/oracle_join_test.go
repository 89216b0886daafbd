package queue

// refusals are all there are. Which of several reasons a code names is not checked where two calls are named.
var refusals = []int{403, 404, 480, 481, 482, 491}

// askJoin: with another call of the same user.
func (o *oracle) askJoin(c *seenCall, no func(bool, ...int)) {
	q := o.asked
	g := o.calls[q.With]
	if c == g {
		no(true, 482)
		return
	}
	if g == nil || g.final || g.joining != "" || g.box || g.open || g.spoken || g.picks != 0 || g.exit != "" {
		no(true, refusals...)
		return
	}
	side, ok := g.side(q.user)
	_, talks := c.side(q.user)
	rings := g.talk != nil || g.line || len(g.live) > 0
	if !ok || !talks || !rings {
		no(true, refusals...)
		return
	}
	if rest := c.other(q.By); rest == q.user || g.other(side) == q.user || rest != "" && rest == g.other(side) {
		no(true, refusals...)
		return
	}
	if g.talk != nil && !g.connected || g.moving() { // between two facts, either is right
		q.codes = append(q.codes, refusals...)
		q.codes = append(q.codes, 202)
	}
	keep, gone := c, g
	by, from := q.By, side
	switch {
	case q.By == ByTarget && side == ByTarget:
		if outside := g.user == "" && c.user != ""; outside || (g.user == "") == (c.user == "") && g.serial < c.serial {
			keep, gone, by, from = g, c, side, q.By
		}
	case side == ByTarget, q.By == ByCaller && side == ByCaller && g.talk != nil && g.connected && g.serial < c.serial:
		keep, gone, by, from = g, c, side, q.By
	}
	q.join = Join{Keep: keep.id, Gone: gone.id, By: by, From: from}
	if from == ByTarget {
		q.join.As = gone.talk.id
	}
}

// join: the right two calls, the right sides.
func (o *oracle) join(j Join) {
	q := o.asked
	if q == nil || q.ordered || q.answered || j != q.join {
		o.wrong("S14: %v: not asked, or %v", j, q)
		return
	}
	q.ordered = true
	keep, gone := o.calls[j.Keep], o.calls[j.Gone]
	o.parts(keep, j.By, &seenMove{by: q.user, asked: q.Call})
	if j.From == ByTarget {
		o.endTalk(gone)
	}
	keep.joining, keep.keeps, gone.joining = gone.id, true, keep.id
	o.joins[j.Keep] = j
}

// joined: what Gone was is Keep now, exactly in its place.
func (o *oracle) joined(f CallsJoined) {
	keep, gone := o.calls[f.Keep], o.calls[f.Gone]
	j, pending := o.joins[f.Keep]
	if keep == nil || gone == nil || !pending {
		return
	}
	delete(o.joins, f.Keep)
	keep.joining, keep.keeps, gone.joining = "", false, ""
	keep.moved.reached = true
	switch {
	case j.From == ByTarget: // its caller comes as the target that talks
		keep.talk = &seenAttempt{id: j.As, agent: gone.user, group: gone.serves, met: true}
		gone.serves = ""
		o.disown(gone)
		o.hold(keep.talk, keep.id)
	case gone.talk != nil:
		keep.talk, gone.talk = gone.talk, nil
		keep.talk.met = gone.connected
		o.hold(keep.talk, keep.id)
	}
	for id, a := range gone.live {
		keep.live[id] = a
		o.hold(a, keep.id)
	}
	gone.live, gone.final, gone.went = map[AttemptID]*seenAttempt{}, true, true
	o.takePlace(keep, gone)
	o.nobodyLeft(keep)
}

// takePlace: the place in the line moves.
func (o *oracle) takePlace(keep, gone *seenCall) {
	if o.fold.inVisit[gone.id] == "" || keep.final {
		return
	}
	o.inPlace = keep.id
	keep.waited = gone.waited
	keep.line, keep.group, keep.since, keep.entered, keep.busyFrom, keep.turn, keep.priority =
		gone.line, gone.group, gone.since, gone.entered, gone.busyFrom, gone.turn, gone.priority
	keep.tried, keep.clock, keep.retry, keep.over, keep.exit = gone.tried, gone.clock, gone.retry, gone.over, gone.exit
	gone.tried = map[AgentID]bool{}
	gone.line = false
}

// hold binds an attempt's agent to the call.
func (o *oracle) hold(a *seenAttempt, id CallID) {
	if agent := o.agents[a.agent]; agent != nil {
		agent.bound[a.id] = id
	}
}

// notJoined: the caller that waits must come back.
func (o *oracle) notJoined(f JoinFailed) {
	keep, gone := o.calls[f.Keep], o.calls[f.Gone]
	if _, pending := o.joins[f.Keep]; !pending {
		return
	}
	delete(o.joins, f.Keep)
	if gone != nil {
		gone.joining, gone.abandoned = "", true
	}
	if keep != nil {
		keep.joining, keep.keeps = "", false
		o.nobodyLeft(keep)
	}
}
