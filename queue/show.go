package queue

// shown is the caller as the phones that are rung for it display it.
func (e *Engine) shown(c *Call) Party {
	if g := e.groups[c.Group]; g != nil {
		return e.shownIn(g, c)
	}
	return c.Caller
}

// shownIn is the caller as the phones of a group's agents display it: "Support via Alice: +15557777".
func (e *Engine) shownIn(g *group, c *Call) Party {
	via := ""
	if a := e.agents[c.Via]; a != nil && a.user.Name != "" {
		via = " via " + a.user.Name
	}
	return Party{Number: c.Caller.Number, Name: g.Title + via + ": " + c.Caller.String()}
}

// party is the target of an attempt as others see it.
func (e *Engine) party(a *Attempt) Party {
	if a.Agent == "" {
		return Party{Number: a.Number}
	}
	p := Party{Number: string(a.Agent)}
	if u := e.agents[a.Agent]; u != nil {
		p.Name = u.user.Name
	}
	return p
}

// connect lets the two sides hear each other, and tells their phones with whom they speak, where those show somebody else.
func (e *Engine) connect(c *Call) {
	e.order(Connect{c.ID, c.Talk.ID, e.music(c)})
	if c.User != "" && (c.Moved || c.Talk.From != "") {
		e.order(Show{c.ID, ByCaller, e.party(c.Talk)})
	}
	if c.Talk.Agent != "" && (c.Talk.Joined || c.Talk.From != "") {
		e.order(Show{c.ID, ByTarget, e.shown(c)})
	}
}
