package sip

import (
	"time"

	"ringtide/sip/internal/wire"
)

// receive handles a request within the subscription's dialog.
func (u *subscription) receive(tx *wire.ServerTx) {
	req := tx.Request()
	if req.Method != wire.SUBSCRIBE {
		u.say(tx, 405, wire.NewHeader("Allow", string(wire.SUBSCRIBE)))
		return
	}
	lasts, code, more := u.refreshed(tx)
	if code == 200 {
		more = append(more, wire.NewHeader("Contact", "<"+u.selfOn(tx.Flow())+">"), wire.NewHeader("Expires", seconds(lasts)))
	}
	u.say(tx, code, more...)
	switch {
	case code != 200:
	case lasts == 0:
		u.end(timedOut)
	default:
		u.s.desk.subscriptions.heard(u)
		u.tell()
	}
}

// refreshed takes over what a SUBSCRIBE says (RFC 6665 section 4.2.1.3) and returns for how long it is granted.
func (u *subscription) refreshed(tx *wire.ServerTx) (lasts time.Duration, code int, more []wire.Header) {
	req := tx.Request()
	limits := limitsOf(u.s.config.Load())
	lasts, refusal := limits.grant(wire.Get(req, "Expires"))
	about, id := u.s.packageOf(req)
	u.mu.Lock()
	defer u.mu.Unlock()
	switch seq := req.CSeq().SeqNo; {
	case u.reason != "" || u.gone || !u.s.knows(u.user), about == u.about && id != u.id:
		return 0, 481, nil
	case seq < u.farSeq:
		return 0, 500, nil // a later one overtook it
	case !u.requests.allows(time.Now(), perSecond, time.Second):
		return 0, 503, []wire.Header{retryAfter(time.Second)}
	case about != u.about:
		return 0, 489, []wire.Header{wire.NewHeader("Allow-Events", events)}
	case !u.about.accepted(req):
		return 0, 406, nil
	case refusal == 423:
		return 0, 423, []wire.Header{wire.NewHeader("Min-Expires", seconds(limits.least))}
	default:
		u.farSeq = seq
	}
	if uri, ok := contactOf(req); ok {
		u.far.target = uri
	}
	u.spoke(tx.Flow())
	u.lastsFor(lasts)
	return lasts, 200, nil
}
