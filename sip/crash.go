package sip

import (
	"runtime/debug"

	"ringtide/sip/internal/wire"
)

// crashed ends the dialog after a panic: that is all it may cost.
func (d *Dialog) crashed(p any) {
	d.s.panics.Add(1)
	d.s.log.Error("dialog ended by a panic", "sip_call_id", d.ID(), "panic", p, "stack", string(debug.Stack()))
	last, events := d.state, d.events
	d.forgetNow()
	attempt(func() { d.leave(last) })
	if events != nil && last != gone {
		attempt(func() { events(HungUp{Dead: true}) })
		attempt(func() { events(Gone{}) })
	}
}

// attempt runs f, whatever it does.
func attempt(f func()) {
	defer func() { _ = recover() }()
	f()
}

// leave tells the peer, in one word and without waiting, that a dialog in that state is over.
func (d *Dialog) leave(last state) {
	switch {
	case last == setup && d.theirs != nil:
		d.say(d.theirs.tx, 500)
	case last == setup:
		d.ours.cancel(NoReason)
	case last == unconfirmed, last == confirmed:
		d.ask(wire.BYE, nil, func(*wire.Response) {})
	}
}
