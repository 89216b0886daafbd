package queue

// code is what a dialled code does for the user who dials it.
type code struct {
	prompt string // heard afterwards
	do     func(*Engine, AgentID)
}

// meaning finds the code that was dialled.
func (k Codes) meaning(dialled string) (code, bool) {
	for _, known := range []struct {
		dialled string
		code
	}{
		{k.LogIn, code{PromptLoggedIn, func(e *Engine, a AgentID) { e.logIn(a, true) }}},
		{k.LogOut, code{PromptLoggedOut, func(e *Engine, a AgentID) { e.logIn(a, false) }}},
		{k.Pause, code{PromptPaused, func(e *Engine, a AgentID) { e.pause(a, true) }}},
		{k.Resume, code{PromptResumed, func(e *Engine, a AgentID) { e.pause(a, false) }}},
		{k.WrapUp, code{PromptWrapUpEnded, (*Engine).endWrapUp}},
	} {
		if known.dialled != "" && known.dialled == dialled {
			return known.code, true
		}
	}
	return code{}, false
}

// carryOut does what the code says and tells the user so. The user's phone may go on ringing for a group meanwhile.
func (e *Engine) carryOut(c *Call, a *Agent, k code) {
	if len(a.groups) == 0 {
		e.end(c, 403, CauseForbidden)
		return
	}
	e.touch(c)
	k.do(e, a.ID)
	c.Phase = Spoken
	e.accept(c)
	e.play(c, Sound{Prompt, k.prompt})
}
