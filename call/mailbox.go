package call

import (
	"time"

	"ringtide/queue"
	"ringtide/voicemail"
)

// openMailbox lets the user who calls listen to its mailboxes. Its own phone needs a PIN only if the user has one.
func (c *Call) openMailbox(o queue.OpenMailbox) {
	visit := voicemail.Visit{AskPIN: c.x.PINs.Has(string(o.User))}
	for _, box := range o.Boxes {
		visit.Boxes = append(visit.Boxes, string(box))
	}
	m := &attendant{call: c, mailbox: queue.Mailbox(o.User)}
	m.closed = func(d voicemail.Done) queue.Fact { return queue.MailboxClosed{Call: c.id, Dial: d.Dial} }
	m.begin(c.x.Shelf.NewOwner(visit))
}

// obey carries out one order.
func (m *attendant) obey(o voicemail.Order) {
	if m.play(o) || m.record(o) {
		return
	}
	shelf := m.call.x.Shelf
	switch o := o.(type) {
	case voicemail.Wait:
		m.wait(o)
	case voicemail.LogIn:
		m.machine = shelf.NewOwner(voicemail.Visit{Boxes: []string{string(m.mailbox)}, AskPIN: true, Remote: true})
		m.step(voicemail.Began{})
	case voicemail.CheckPIN:
		source := m.call.source()
		m.beside(func() func() {
			ok := m.call.x.PINs.Check(o.Mailbox, source, o.PIN)
			if !ok {
				m.call.log.Warn("PIN refused", "mailbox", o.Mailbox, "source", source)
			}
			return m.fact(voicemail.Checked{OK: ok})
		})
	case voicemail.List:
		m.beside(func() func() { return m.fact(listed(shelf, o.Mailboxes)) })
	case voicemail.Mark:
		m.beside(func() func() {
			m.complain("message not marked", shelf.Mark(o.Mailbox, o.ID, o.Heard))
			return nil
		})
	case voicemail.Remove:
		m.beside(func() func() {
			for _, r := range o.Messages {
				m.complain("message not removed", shelf.Delete(r.Mailbox, r.ID))
			}
			return m.fact(voicemail.Removed{})
		})
	case voicemail.RemoveGreeting:
		m.beside(func() func() {
			err := shelf.RemoveGreeting(o.Mailbox)
			m.complain("greeting not removed", err)
			return m.fact(voicemail.Kept{OK: err == nil})
		})
	case voicemail.Done:
		m.close(o)
	}
}

// fact is to hand a fact to the machine.
func (m *attendant) fact(f voicemail.Fact) func() { return func() { m.step(f) } }

func (m *attendant) complain(what string, err error) {
	if err != nil {
		m.call.log.Error("voicemail failed", "what", what, "mailbox", m.mailbox, "err", err)
	}
}

// wait asks for a fact after a time, instead of any other.
func (m *attendant) wait(o voicemail.Wait) {
	if m.timer != nil {
		m.timer.Stop()
	}
	m.timer = time.AfterFunc(o.For, func() { m.goOn(m.fact(voicemail.Waited{N: o.N})) })
}

func listed(shelf *voicemail.Shelf, mailboxes []string) (l voicemail.Listed) {
	for _, box := range mailboxes {
		list := shelf.List(box)
		for i := range list {
			list[i].At = list[i].At.Local()
		}
		l.Boxes = append(l.Boxes, list)
	}
	return l
}

// source is who tries a PIN, by proof and not by the number shown.
func (c *Call) source() string {
	switch {
	case c.caller.agent != "":
		return "user " + string(c.caller.agent)
	case c.inv.From.Trunk != "":
		return "trunk " + c.inv.From.Trunk
	}
	return "outside"
}
