package sip

import (
	"strings"
	"time"

	"ringtide/sip/internal/wire"
)

// request takes every new request that the door let in.
func (s *Server) request(tx *wire.ServerTx) {
	req := tx.Request()
	switch {
	case req.Method == wire.CANCEL:
		_ = tx.Respond(s.reply(req, 481)) // it matches no INVITE
	case tagOf(req.To().Params) != "":
		in := s.findInside(req)
		if in == nil {
			_ = tx.Respond(s.reply(req, 481))
			return
		}
		in.receive(tx)
	case req.Method == wire.INVITE:
		s.invited(tx)
	default:
		s.outOfDialog(tx)
	}
}

func (d *Dialog) receive(tx *wire.ServerTx) { d.do(func() { d.take(tx) }) }

// take handles a request within the dialog (RFC 3261 section 12.2.2).
func (d *Dialog) take(tx *wire.ServerTx) {
	req := tx.Request()
	seq := req.CSeq().SeqNo
	switch {
	case d.state == gone, d.state == ending && req.Method != wire.BYE:
		d.say(tx, 481) // RFC 5407 section 3.2
		return
	case !d.forked() && seq < d.farSeq:
		d.say(tx, 500) // out of order: a later one overtook it
		return
	case req.Method != wire.BYE && !d.requests.allows(time.Now(), perSecond, time.Second):
		d.say(tx, 503, retryAfter(time.Second))
		return
	}
	if !d.forked() {
		d.farSeq = seq
		d.peer.spokeFrom(tx.Flow())
		d.lives(tx.Flow())
		d.heeds(req)
	}
	switch req.Method {
	case wire.BYE:
		d.farBye(tx)
	case wire.INVITE:
		d.reinvited(tx)
	case wire.UPDATE:
		d.updated(tx)
	case wire.OPTIONS:
		d.say(tx, 200, append(d.abilities(), wire.NewHeader("Accept", bodies))...)
	case wire.INFO:
		d.informed(tx)
	case wire.PRACK:
		d.pracked(tx)
	case wire.REFER:
		d.referred(tx)
	case wire.NOTIFY, wire.SUBSCRIBE:
		d.notified(tx)
	case wire.MESSAGE, wire.REGISTER, wire.PUBLISH:
		d.say(tx, 405, allow())
	default:
		d.say(tx, 501, allow())
	}
}

// forked says whether a request comes from one of several early dialogs of our INVITE: each counts for itself.
func (d *Dialog) forked() bool { return d.ours != nil && d.state < confirmed }

// notified takes what belongs to a subscription. Within dialogs there is one at most, which came with a REFER.
func (d *Dialog) notified(tx *wire.ServerTx) {
	req := tx.Request()
	about, _, _ := strings.Cut(wire.Get(req, "Event"), ";")
	switch {
	case strings.TrimSpace(about) != "refer":
		d.say(tx, 489, wire.NewHeader("Allow-Events", events))
	case req.Method == wire.NOTIFY:
		d.say(tx, 481) // we have referred nobody
	default:
		d.resubscribed(tx)
	}
}
