package sip

import (
	"strconv"
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
		d := s.findDialog(req)
		if d == nil {
			_ = tx.Respond(s.reply(req, 481))
			return
		}
		d.do(func() { d.take(tx) })
	case req.Method == wire.INVITE:
		s.invited(tx)
	default:
		s.outOfDialog(tx)
	}
}

// take handles a request within the dialog (RFC 3261 section 12.2.2).
func (d *Dialog) take(tx *wire.ServerTx) {
	req := tx.Request()
	say := func(code int, more ...wire.Header) { _ = tx.Respond(d.answer(req, code, more...)) }
	seq := req.CSeq().SeqNo
	switch {
	case d.state == gone, d.state == ending && req.Method != wire.BYE:
		say(481) // RFC 5407 section 3.2
		return
	case !d.forked() && seq < d.farSeq:
		say(500) // out of order: a later one overtook it
		return
	case req.Method != wire.BYE && !d.requests.allows(time.Now(), perSecond, time.Second):
		say(503, retryAfter(time.Second))
		return
	}
	if !d.forked() {
		d.farSeq = seq
		d.peer.spokeFrom(tx.Flow())
		d.lives(tx.Flow())
	}
	switch req.Method {
	case wire.BYE:
		d.farBye(tx)
	case wire.INVITE:
		d.reinvited(tx)
	case wire.UPDATE:
		d.updated(tx)
	case wire.OPTIONS:
		say(200, wire.NewHeader("Allow", allowed), wire.NewHeader("Accept", bodies))
	case wire.INFO:
		d.informed(req, say)
	case wire.PRACK:
		say(481) // none of our provisional responses is reliable (RFC 3262 section 3)
	case wire.REFER:
		say(603)
	case wire.NOTIFY, wire.SUBSCRIBE:
		d.notified(req, say)
	case wire.MESSAGE, wire.REGISTER, wire.PUBLISH:
		say(405, wire.NewHeader("Allow", allowed))
	default:
		say(501, wire.NewHeader("Allow", allowed))
	}
}

// forked says whether a request comes from one of several early dialogs of our INVITE: each counts for itself.
func (d *Dialog) forked() bool { return d.ours != nil && d.state < confirmed }

// notified refuses what belongs to a subscription: there is none (RFC 6665 sections 4.1.3 and 4.2.1).
func (d *Dialog) notified(req *wire.Request, say func(int, ...wire.Header)) {
	if req.Method == wire.NOTIFY && wire.Get(req, "Event") == "refer" {
		say(481)
		return
	}
	say(489, wire.NewHeader("Allow-Events", events))
}

func retryAfter(t time.Duration) wire.Header {
	return wire.NewHeader("Retry-After", strconv.Itoa(int(max(t, time.Second)/time.Second)))
}

// perSecond requests of one dialog are handled, the rest is refused.
const perSecond = 50

// meter counts what one dialog asks of us: what it lets through ends up in the inbox of a call.
type meter struct {
	since time.Time
	n     int
}

// allows says whether this is one of the first most within a window of time.
func (m *meter) allows(now time.Time, most int, window time.Duration) bool {
	if now.Sub(m.since) >= window {
		*m = meter{since: now}
	}
	m.n++
	return m.n <= most
}
