package queue

import "cmp"

// unheard says that the caller is still hearing the ring tone of its own network.
func (c *Call) unheard() bool {
	return !c.Accepted && c.Into == "" && (c.Phase == InGroup || c.Phase == Direct && c.Visit > 0)
}

// sound accepts a call that must stand in a line, and lets it hear what it should.
func (e *Engine) sound(c *Call) {
	if c.Into != "" { // its legs are on their way to another call
		return
	}
	if c.waiting() {
		e.accept(c)
	}
	switch {
	case !c.Accepted:
	case c.Phase == Joining, c.Phase == Direct && c.Back != "" && c.Hears == Sound{}:
		e.play(c, Sound{Music, e.music(c)})
	case c.Phase == InGroup:
		e.play(c, Sound{Music, e.music(c)})
	case c.Phase == Direct && c.Hears == Sound{}:
		e.play(c, Sound{Kind: Ringback})
	}
}

// music is what the caller waits with: that of its group, or of the one that it was transferred from.
func (e *Engine) music(c *Call) string {
	if g := e.groups[cmp.Or(c.Group, c.Origin)]; g != nil && g.Music != "" {
		return g.Music
	}
	return c.Music
}

func (e *Engine) play(c *Call, s Sound) {
	if c.Hears != s {
		c.Hears = s
		e.order(Play{c.ID, s})
	}
}

func (e *Engine) accept(c *Call) {
	if !c.Accepted {
		c.Accepted = true
		e.order(Accept{c.ID})
	}
}
