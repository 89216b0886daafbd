package sip

import (
	"time"

	"ringtide/sip/internal/wire"
)

// subscribe takes a SUBSCRIBE of a proven peer that asks for a new dialog (RFC 6665 section 4.2.1): the answer is final at once,
// and a NOTIFY with the whole state follows. Expires: 0 wants that one only.
func (s *Server) subscribe(tx *wire.ServerTx) {
	req := tx.Request()
	u, code, more := s.subscriptionFor(tx)
	if code != 0 {
		_ = tx.Respond(s.refusal(req, code, more...)) // an error is a lost packet: the peer asks again
		return
	}
	lasts, _ := limitsOf(s.config.Load()).grant(wire.Get(req, "Expires"))
	if lasts > 0 {
		left, others, code := s.desk.subscriptions.add(u)
		if code == 503 {
			more = append(more, retryAfter(busyPause))
		}
		if code != 0 {
			_ = tx.Respond(s.refusal(req, code, more...))
			return
		}
		for _, v := range left {
			v.drop()
		}
		for _, v := range others {
			v.end(rejected)
		}
	}
	u.accept(tx, lasts)
}

// accept answers the SUBSCRIBE that made a subscription, and tells the state.
func (u *subscription) accept(tx *wire.ServerTx, lasts time.Duration) {
	u.mu.Lock()
	u.spoke(tx.Flow())
	u.lastsFor(lasts)
	u.mu.Unlock()
	u.say(tx, 200, wire.NewHeader("Contact", "<"+u.selfOn(tx.Flow())+">"), wire.NewHeader("Expires", seconds(lasts)))
	if lasts == 0 {
		u.end(timedOut)
		return
	}
	u.tell()
}

// subscriptionFor checks a SUBSCRIBE and makes what it asks for; code is 0, or that of the refusal.
func (s *Server) subscriptionFor(tx *wire.ServerTx) (u *subscription, code int, more []wire.Header) {
	req := tx.Request()
	about, id := s.packageOf(req)
	if about == nil {
		return nil, 489, []wire.Header{wire.NewHeader("Allow-Events", events)}
	}
	user := s.identify(req, tx.Flow()).User
	if user == "" {
		s.desk.security.event("subscribe without user", req, tx.Flow(), "")
		return nil, 403, nil
	}
	at := req.Recipient
	if at.User == "" {
		at = req.To().Address
	}
	resource, code := about.watched(user, at)
	if code != 0 {
		s.desk.security.event("subscribe to another", req, tx.Flow(), user)
		return nil, code, nil
	}
	if !about.accepted(req) {
		return nil, 406, []wire.Header{wire.NewHeader("Accept", about.kind)}
	}
	far, ok := farOfCaller(req)
	if !ok || !looseRoutes(far.routes) {
		return nil, 400, nil
	}
	limits := limitsOf(s.config.Load())
	if _, code := limits.grant(wire.Get(req, "Expires")); code != 0 {
		return nil, code, []wire.Header{wire.NewHeader("Min-Expires", seconds(limits.least))}
	}
	callID, seq := wire.Get(req, "Call-ID"), req.CSeq().SeqNo
	return &subscription{
		s: s, about: about, subject: subject{about.name, resource}, id: id, user: user,
		key:   dialogKey{callID, wire.NewTag()},
		merge: inviteKey{callID, far.tag, seq},
		local: "<" + req.To().Address.String() + ">",
		peer:  peer{tags: []string{far.tag}, flow: tx.Flow()},
		far:   far, farSeq: seq,
	}, 0, nil
}

// samePhone tells whether another subscription to the same subject is of the same phone, as it was before it was started
// anew: no phone wants to hear everything twice.
func (u *subscription) samePhone(other *subscription) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.peer.lastFlow() == other.peer.lastFlow() && sameURI(u.far.target, other.far.target)
}
