package queue

import "strings"

// messageBox finds the mailbox that the voicemail code with an extension behind it names: a user's or a group's.
func (e *Engine) messageBox(dialled string) (Destination, bool) {
	code := e.rules.Codes.Voicemail
	extension, ok := strings.CutPrefix(dialled, code)
	if code == "" || !ok {
		return Destination{}, false
	}
	to, ok := e.extension(extension)
	return Destination{ToVoicemail, to.Name}, ok
}

// openMailbox lets a user listen to its messages, and to those of its groups.
func (e *Engine) openMailbox(c *Call, a *Agent) {
	e.touch(c)
	e.withdraw(a)
	boxes := []Mailbox{Mailbox(a.ID)}
	for _, g := range a.groups {
		boxes = append(boxes, Mailbox(g.Name))
	}
	c.Phase = InMailbox
	e.accept(c)
	e.order(OpenMailbox{c.ID, a.ID, boxes})
}

// mailboxClosed ends the call, or lets it go on to the extension that left a message. It never goes outside: the number of
// whoever left a message proves nothing.
func (e *Engine) mailboxClosed(f MailboxClosed) {
	c := e.calls[f.Call]
	if c == nil || c.Phase != InMailbox {
		return
	}
	to, ok := e.extension(f.Dial)
	switch {
	case f.Dial == "":
		e.end(c, 0, CauseDone)
	case !ok:
		e.end(c, 0, CauseNotFound)
	default:
		c.Number, c.Wanted = f.Dial, true
		e.send(c, to, CauseNoAnswer)
	}
}
