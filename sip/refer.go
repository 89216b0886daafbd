package sip

import (
	"strings"
	"time"

	"ringtide/sip/internal/wire"
)

// refer is a REFER that the call has been asked about (RFC 3515). While there is one, no other is taken.
type refer struct {
	tx      *wire.ServerTx
	first   bool       // REFER of the dialog
	pending bool       // it waits for AnswerRefer
	news    *referNews // the subscription that came with it; nil: none, or over
	parting *alarm     // the end was reported: who does not hang up is hung up
}

// withoutNews is the option tag of a REFER without subscription (RFC 4488).
const withoutNews = "norefersub"

// parting is how long who has transferred a call may take to hang up.
const parting = 5 * time.Second

// referred takes a REFER. It comes from a user in a call, in his own name: Referred-By and Target-Dialog are not looked at.
// A second one before the first is over would have to undo what is under way.
func (d *Dialog) referred(tx *wire.ServerTx) {
	d.refers++
	to, bad := d.s.readReferral(tx.Request())
	switch {
	case d.who.User == "":
		d.say(tx, 603) // nobody outside sends our calls anywhere
	case bad != nil:
		d.say(tx, bad.code, bad.more...)
	case d.state < unconfirmed, d.leaving, d.refer != nil:
		d.say(tx, 491)
	default:
		r := &refer{tx: tx, first: d.refers == 1, pending: true}
		d.refer = r
		if to.replaces == nil {
			d.emit(Referred{To: to.to})
			return
		}
		d.findLive(to.replaces, func(other *Dialog, code int) {
			switch {
			case d.refer != r || !r.pending: // the dialog has ended meanwhile
			case other == nil:
				d.refuseRefer(code)
			default:
				d.emit(Referred{Replaces: other})
			}
		})
	}
}

// findLive finds a dialog of the same user by its id and has found run in the mailbox of d: with the dialog, or with the
// answer to a REFER that names none (RFC 3891 section 3). The state of another dialog is known in its own mailbox alone.
func (d *Dialog) findLive(r *replaced, found func(*Dialog, int)) {
	other := d.s.findReplaced(r, d.who.User)
	if other == nil {
		found(nil, 481)
		return
	}
	other.do(func() {
		code := 0
		switch {
		case other.state >= ending || other.leaving:
			code = 481
		case r.earlyOnly && other.state >= unconfirmed:
			code = 486
		}
		d.do(func() {
			if code != 0 {
				found(nil, code)
				return
			}
			found(other, 0)
		})
	})
}

// AnswerRefer answers Referred: with 202, after which the peer is told how it goes (RFC 3515 section 2.4.4), or with a final
// response of 400 to 699; other codes of 200 and above become 202 or 603.
func (d *Dialog) AnswerRefer(code int) {
	d.do(func() {
		switch {
		case d.refer == nil || !d.refer.pending:
		case code >= 200 && code < 300:
			d.acceptRefer()
		case code < 400 || code > 699:
			d.refuseRefer(603)
		default:
			d.refuseRefer(code)
		}
	})
}

func (d *Dialog) refuseRefer(code int) {
	d.say(d.refer.tx, code)
	d.refer = nil
}

func (d *Dialog) acceptRefer() {
	r := d.refer
	r.pending = false
	res := d.agree(r.tx, 202, nil)
	if strings.EqualFold(strings.TrimSpace(wire.Get(r.tx.Request(), "Refer-Sub")), "false") { // RFC 4488
		res.AppendHeader(wire.NewHeader("Refer-Sub", "false"))
		_ = r.tx.Respond(res)
		return
	}
	_ = r.tx.Respond(res) // lost, it is repeated when the REFER is
	r.news = newReferNews(d, r)
	r.news.begin()
}

// ReportRefer tells the peer by NOTIFY how its transfer goes: a status of 100 to 699; from 200 on it is the end. A peer
// that has not hung up 5 s later is hung up (RFC 5589 section 6.1), which is reported as HungUp. It does nothing if no REFER
// was accepted, or after the end was reported.
func (d *Dialog) ReportRefer(code int) {
	d.do(func() {
		r := d.refer
		if r == nil || r.pending || r.parting != nil || code < 100 || code > 699 {
			return
		}
		if r.news != nil {
			r.news.report(code)
		}
		if code >= 200 {
			r.parting = d.after(parting, func() {
				d.emit(HungUp{})
				d.hangup(NoReason)
			})
		}
	})
}

// dropRefer forgets the REFER when the dialog ends.
func (d *Dialog) dropRefer() {
	r := d.refer
	if r == nil {
		return
	}
	d.refer = nil
	r.parting.stop()
	if r.pending {
		d.say(r.tx, 487)
	}
}
