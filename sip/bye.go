package sip

import (
	"time"

	"ringtide/sip/internal/wire"
)

// byePatience is how long the answer to our BYE is waited for before the leg counts as down. BYE is repeated longer.
const byePatience = 4 * time.Second

// bye ends a confirmed dialog from our side (RFC 3261 section 15.1.1).
func (d *Dialog) bye() {
	for _, u := range d.unacked {
		u.stop()
	}
	d.unacked = nil
	d.dropPending()
	d.state = ending
	d.after(byePatience, d.end)
	d.ask(wire.BYE, nil, func(*wire.Response) { d.end() }, d.why.headers()...)
}

// farBye takes the peer's BYE, in any state: it may have overtaken the ACK of our 200 or the 200 of our INVITE (RFC
// 5407 sections 3.1 and 3.3), or crossed our own BYE.
func (d *Dialog) farBye(tx *wire.ServerTx) {
	req := tx.Request()
	d.say(tx, 200)
	switch {
	case d.state == setup && d.theirs != nil:
		// Section 15: a caller may end its early dialog with BYE. What is pending is answered 487 (section 15.1.2).
		d.emit(Cancelled{})
		d.final(487)
	case d.state == setup, d.state == cancelling:
		d.ours.endedEarly(tagOf(req.From().Params))
	case d.state == ending:
		d.end()
	default:
		d.emit(HungUp{})
		d.end()
	}
}
