package sip

import (
	"time"

	"ringtide/sip/internal/wire"
)

// theirInvite is the INVITE that made a dialog in which we are called (RFC 3261 section 13.3).
type theirInvite struct {
	tx    *wire.ServerTx
	late  bool           // it had no offer: ours goes in the 200, the answer comes in ACK
	ring  *wire.Response // last 1xx above 100
	again *alarm

	reliable reliable
	answer   []byte // of Answer; sent as soon as nothing is in its way
	answered bool   // Answer was called
}

// ringAgain repeats a 1xx before proxies' Timer C cuts the call (RFC 3261 sections 13.3.1.1 and 16.6 item 11).
const ringAgain = time.Minute

// invited takes an INVITE that asks for a new dialog, from a peer that the door let in.
func (s *Server) invited(tx *wire.ServerTx) {
	req := tx.Request()
	refuse := func(code int, more ...wire.Header) { _ = tx.Respond(s.reply(req, code, more...)) }
	far, ok := farOfCaller(req)
	if !ok || s.strictlyRouted(far, req) {
		refuse(400)
		return
	}
	if _, ok := sdpOf(req); !ok {
		refuse(415, wire.NewHeader("Accept", bodies))
		return
	}
	if tooBrief(req) {
		refuse(422, atLeast())
		return
	}
	if s.drain.Load() {
		refuse(503, retryAfter(drainPause))
		return
	}
	id := s.identify(req, tx.Flow())
	if id == (Identity{}) { // removed from the configuration since the door let him in
		refuse(403)
		return
	}
	if id.Trunk != "" && !s.desk.trunks.begin(id.Trunk) {
		refuse(503, retryAfter(busyPause))
		return
	}
	d := newTheirs(s, tx, id, far)
	if !s.dialogs.add(d) {
		if id.Trunk != "" {
			s.desk.trunks.end(id.Trunk)
		}
		refuse(482) // merged request (section 8.2.2.2)
		return
	}
	_ = tx.Respond(s.reply(req, 100))
	d.do(func() {
		d.lives(tx.Flow())
		d.heeds(req)
		inv := s.invitation(req, id, tx.Flow())
		d.theirs.late = inv.Offer == nil
		d.events = s.handler.Invited(d, inv)
		tx.OnCancel(func(cancel *wire.Request) { d.do(func() { d.cancelled(cancel) }) })
	})
}

// strictlyRouted tells whether requests of ours would have to pass a proxy that follows RFC 2543.
func (s *Server) strictlyRouted(f far, invite *wire.Request) bool {
	if looseRoutes(f.routes) {
		return false
	}
	s.log.Warn("INVITE refused: a proxy on its way is a strict router (RFC 3261 section 16.12 asks for lr)",
		"sip_call_id", wire.Get(invite, "Call-ID"), "record_route", wire.Get(invite, "Record-Route"))
	return true
}

// Pauses said in Retry-After.
const (
	drainPause = 30 * time.Second
	busyPause  = 10 * time.Second
)

func newTheirs(s *Server, tx *wire.ServerTx, id Identity, f far) *Dialog {
	req := tx.Request()
	callID, seq := wire.Get(req, "Call-ID"), req.CSeq().SeqNo
	return &Dialog{
		s:      s,
		who:    id,
		key:    dialogKey{callID, wire.NewTag()},
		merge:  inviteKey{callID, f.tag, seq},
		local:  "<" + req.To().Address.String() + ">",
		peer:   peer{tags: []string{f.tag}, flow: tx.Flow()},
		far:    f,
		farSeq: seq,
		theirs: &theirInvite{tx: tx},
	}
}

// Ringing tells the caller that somebody is rung: 180, repeated every minute. Early media goes on. A caller that requires
// reliable responses has 64*T1 to acknowledge each, else the dialog ends with HungUp{Dead: true}.
func (d *Dialog) Ringing() { d.do(func() { d.proceed(180, nil) }) }

// Progress opens early media with its SDP: 183, repeated every minute; reliable, as Ringing, if the caller supports that.
func (d *Dialog) Progress(sdp []byte) { d.do(func() { d.proceed(183, sdp) }) }

func (d *Dialog) proceed(code int, sdp []byte) {
	if d.state != setup || d.theirs == nil || d.theirs.answered {
		return
	}
	t := d.theirs
	t.again.stop()
	if t.asksReliably(sdp) {
		d.proceedReliably(code, sdp)
		return
	}
	t.ring = d.agree(t.tx, code, sdp)
	d.ringOnce()
}

func (d *Dialog) ringOnce() {
	if t := d.theirs; d.rings(t.ring) {
		t.again = d.after(ringAgain, d.ringOnce)
	}
}

// rings sends a 1xx. False: the caller's connection is gone, so no CANCEL can come either, and the dialog is over.
func (d *Dialog) rings(res *wire.Response) bool {
	t := d.theirs
	if err := t.tx.Respond(res); err == nil || t.tx.Flow().Transport == "udp" {
		return true
	}
	d.emit(HungUp{Dead: true})
	d.final(480)
	return false
}

// Answer accepts the call: 200 with sdp, repeated until its ACK comes. Without one for 64*T1 the dialog ends with
// HungUp{Dead: true} and BYE. A reliable 1xx that has opened early media is waited for first (RFC 3262 section 3).
func (d *Dialog) Answer(sdp []byte) {
	d.do(func() {
		if t := d.theirs; t != nil && d.state == setup && !t.answered {
			t.again.stop()
			t.answer, t.answered = sdp, true
		}
	})
}

// answerNow sends the 200 of Answer, unless an offer or answer of ours is on its way in a reliable 1xx, or the caller waits
// for an answer to another offer of its.
func (d *Dialog) answerNow() {
	t := d.theirs
	if t == nil || !t.answered || d.state != setup || d.reoffer != nil || t.reliable.binds() {
		return
	}
	t.reliable.stop()
	d.state = unconfirmed
	if t.reliable.agreed { // nothing is left to be said
		d.awaitAck(t.tx, d.accepts(t.tx, nil), true, false)
		return
	}
	d.says(t.answer)
	d.awaitAck(t.tx, d.accepts(t.tx, t.answer), true, t.late)
}

// Refuse declines the call with a final response of 400 to 699; anything else becomes 500. retryAfter is said if it is
// not zero. Gone follows.
func (d *Dialog) Refuse(code int, after time.Duration) {
	d.do(func() {
		if d.state != setup || d.theirs == nil {
			return
		}
		if code < 400 || code > 699 {
			code = 500
		}
		var more []wire.Header
		if after > 0 {
			more = append(more, retryAfter(after))
		}
		d.final(code, more...)
	})
}

// refuseCaller hangs up before we have answered.
func (d *Dialog) refuseCaller(r Reason) {
	if r == Elsewhere {
		d.final(487, r.headers()...)
		return
	}
	d.final(480)
}

// final ends an undecided INVITE of theirs, and with it the dialog.
func (d *Dialog) final(code int, more ...wire.Header) {
	d.say(d.theirs.tx, code, more...)
	d.end()
}

// cancelled: the caller took its INVITE back. Whoever comes first decides, CANCEL or our answer (section 9.2).
func (d *Dialog) cancelled(cancel *wire.Request) {
	if d.state != setup {
		return
	}
	d.emit(Cancelled{Elsewhere: saysElsewhere(cancel)})
	d.final(487)
}
