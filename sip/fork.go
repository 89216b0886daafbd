package sip

import "ringtide/sip/internal/wire"

// early is what the callees of one INVITE have said before one of them answered: a proxy behind the target may ring
// several at once (RFC 3261 section 13.2.2.4).
type early struct {
	media           map[string][]byte // SDP by To tag: some send it in a 183 only and leave it out of the 200
	first           string            // whose early media is passed on; that of others would only replace it
	agreed, renewed bool              // the first has answered our offer reliably (RFC 3262), and has made another one by UPDATE since
	over            map[string]bool   // ended by a BYE that overtook their 200
}

// heard keeps the SDP of a 1xx and returns what of it is for the caller.
func (e *early) heard(tag string, sdp []byte, forGood bool) []byte {
	if sdp == nil {
		return nil
	}
	if e.media == nil {
		e.media = make(map[string][]byte)
	}
	if len(e.media) < maxForks {
		e.media[tag] = sdp
	}
	if e.first == "" {
		e.first = tag
	}
	if e.first != tag {
		return nil
	}
	e.agreed = e.agreed || forGood
	return sdp
}

// renews takes an offer by UPDATE. Not ok: our own has no answer yet that could be relied on (RFC 3311 section 5.1), or its
// media is not passed on.
func (e *early) renews(tag string, offer []byte) (ok bool) {
	if tag != e.first || !e.agreed {
		return false
	}
	e.media[tag], e.renewed = offer, true
	return true
}

// endedEarly notes a BYE in an early dialog: if its 200 comes yet, it is acknowledged and forgotten.
func (o *ourInvite) endedEarly(tag string) {
	if o.early.over == nil {
		o.early.over = make(map[string]bool)
	}
	if len(o.early.over) < maxForks {
		o.early.over[tag] = true
	}
}

// accepted takes every 2xx: each gets an ACK, each time it comes. The first one makes the dialog; the others, and those
// that come after Hangup, are hung up (RFC 3261 section 13.2.2.4, RFC 5407 section 3.1.2).
func (o *ourInvite) accepted(t *try, res *wire.Response) {
	d, tag := o.d, tagOf(res.To().Params)
	if f, again := t.acked[tag]; again {
		d.ack(f, t.seq, t.proof)
		return
	}
	if len(t.acked) == maxForks {
		return
	}
	f := farOfCallee(o.party, t.hop.uri, res)
	if !looseRoutes(f.routes) {
		d.s.log.Warn("a proxy on the way is a strict router (RFC 3261 section 16.12 asks for lr)", "sip_call_id", d.ID())
	}
	t.acked[tag] = f
	d.ack(f, t.seq, t.proof)
	switch {
	case t != o.try || d.state != setup && d.state != cancelling:
		o.hangupFork(t, f)
	case o.early.over[tag]:
		if d.state == setup {
			o.fail(0, false)
			return
		}
		d.end()
	default:
		d.far = f
		if d.said == nil {
			d.said = o.inv.Offer
		}
		d.heeds(res)
		d.peer.settles(tag)
		if d.state == cancelling {
			d.bye()
			return
		}
		d.state = confirmed
		d.granted(res)
		sdp, _ := sdpOf(res)
		if sdp == nil || o.early.renewed && tag == o.early.first { // what it repeats is out of date
			sdp = o.early.media[tag]
		}
		d.emit(Answered{SDP: sdp})
	}
}

// hangupFork ends the call with somebody who answered too late: another one has the call, or nobody wants it any more.
func (o *ourInvite) hangupFork(t *try, f far) {
	d, why := o.d, Elsewhere
	if d.leaving {
		why = d.why
	}
	down := o.forkLeaves()
	d.seq++ // the fork may have had PRACKs
	d.transact(wire.BYE, f, d.seq, d.way(f), nil, func(*wire.Request, *wire.Response) { down() }, why.headers()...)
}

// forkLeaves notes that a fork is being hung up, and returns what to call when it is down; at the latest that is so after
// byePatience. Until then the leg is not down: its phone would be rung while it is still in a call of ours.
func (o *ourInvite) forkLeaves() (down func()) {
	d := o.d
	if d.state == gone {
		return func() {}
	}
	o.forks++
	var patience *alarm
	down = func() {
		if patience == nil {
			return
		}
		patience.stop()
		patience = nil
		if o.forks--; o.forks == 0 && o.ended {
			d.end()
		}
	}
	patience = d.after(byePatience, func() { down() })
	return down
}
