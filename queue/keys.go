package queue

// digits lets a caller leave the line by a key. Phones that ring are stopped first: an answer that was faster wins.
func (e *Engine) digits(f Digits) {
	c := e.calls[f.Call]
	if c == nil || c.Phase != InGroup || c.Key != "" || c.Into != "" {
		return
	}
	g := e.groups[c.Group]
	if g == nil {
		return
	}
	for _, key := range f.Keys {
		to, known := g.Keys[string(key)]
		if !known || to.Kind == ToHold {
			continue
		}
		e.touch(c)
		c.Key, c.Exit = string(key), to
		for i := range c.Attempts {
			e.stop(c, &c.Attempts[i], Withdrawn)
		}
		e.exit(c)
		return
	}
}

// exit sends a caller who has pressed a key on its way when nobody is rung for it any more.
func (e *Engine) exit(c *Call) {
	if c.Key == "" || c.Phase != InGroup || len(c.Attempts) > 0 {
		return
	}
	key, to := c.Key, c.Exit
	e.leaveLine(c, Ending)
	e.note(c, Event{Type: EvCallExited, Cause: key, To: to.String(), Waited: c.Waited, Position: c.Position})
	c.Key, c.Exit, c.Chain = "", Destination{}, nil
	e.send(c, to, CauseNoAnswer)
}
