package sip

import (
	"math/rand/v2"
	"time"

	"ringtide/sip/internal/wire"
)

// reoffer is a re-INVITE, UPDATE or PRACK of the peer that waits for Accept or Reject.
type reoffer struct {
	tx   *wire.ServerTx
	late bool // a re-INVITE without offer: we are to offer
}

// reinvited takes a re-INVITE (RFC 3261 section 14.2).
func (d *Dialog) reinvited(tx *wire.ServerTx) {
	req := tx.Request()
	offer, ok := sdpOf(req)
	switch {
	case d.state == setup || d.state == cancelling || d.reoffer != nil:
		d.pleaseWait(tx)
	case !ok:
		d.say(tx, 415, wire.NewHeader("Accept", bodies))
	case tooBrief(req):
		d.say(tx, 422, atLeast())
	case d.ourOfferPending():
		d.say(tx, 491)
	default:
		d.say(tx, 100)
		d.refreshTarget(req)
		r := &reoffer{tx: tx, late: offer == nil}
		d.reoffer = r
		tx.OnCancel(func(*wire.Request) { d.do(func() { d.takenBack(r) }) })
		d.emit(Reoffered{Offer: offer})
	}
}

// updated takes an UPDATE (RFC 3311 section 5.2): without offer it only refreshes the target.
func (d *Dialog) updated(tx *wire.ServerTx) {
	req := tx.Request()
	offer, ok := sdpOf(req)
	switch {
	case !ok:
		d.say(tx, 415, wire.NewHeader("Accept", bodies))
	case tooBrief(req):
		d.say(tx, 422, atLeast())
	case offer == nil:
		if !d.forked() {
			d.refreshTarget(req)
		}
		_ = tx.Respond(d.accepts(tx, nil))
	case d.reoffer != nil || d.state == setup && d.theirs != nil && !d.theirs.reliable.agreed:
		d.pleaseWait(tx) // theirs has no answer yet
	case d.state == cancelling || d.forked() && !d.ours.early.renews(tagOf(req.From().Params), offer) || d.ourOfferPending():
		d.say(tx, 491) // our own has none
	default:
		if !d.forked() {
			d.refreshTarget(req)
		}
		d.reoffer = &reoffer{tx: tx}
		d.emit(Reoffered{Offer: offer})
	}
}

// pleaseWait: the request before this one is undecided. The peer tries again after 0 to 10 s, at random.
func (d *Dialog) pleaseWait(tx *wire.ServerTx) {
	d.say(tx, 500, retryAfter(rand.N(11*time.Second)))
}

// ourOfferPending: our re-INVITE is undecided (RFC 3261 section 14.2), or a 2xx of ours with an offer waits for the ACK with
// its answer. Until then neither side may offer (RFC 5407 section 3.1.5); after an ordinary 2xx the peer may go on although
// its ACK is late or lost (section 3.1.4).
func (d *Dialog) ourOfferPending() bool {
	if d.offering != nil {
		return true
	}
	for _, u := range d.unacked {
		if u.late {
			return true
		}
	}
	return false
}

// refreshTarget: requests of ours go to the peer's new Contact (RFC 3261 sections 12.2.1.2 and 12.2.2); the route stays.
func (d *Dialog) refreshTarget(m wire.Message) { d.far = d.far.renewed(m) }

// Accept answers Reoffered with our SDP: the answer, or our offer if there was none.
func (d *Dialog) Accept(sdp []byte) {
	d.do(func() {
		r := d.reoffer
		if r == nil {
			return
		}
		d.reoffer = nil
		d.says(sdp)
		res := d.accepts(r.tx, sdp)
		if r.tx.Request().Method == wire.INVITE {
			d.awaitAck(r.tx, res, false, r.late)
			return
		}
		_ = r.tx.Respond(res)
	})
}

// Reject answers Reoffered with a final response of 400 to 699, as a rule 488; anything else becomes 488. The session
// stays as it was.
func (d *Dialog) Reject(code int) {
	d.do(func() {
		if code < 400 || code > 699 {
			code = 488
		}
		if r := d.reoffer; r != nil {
			d.reoffer = nil
			d.say(r.tx, code)
		}
	})
}

// takenBack: the peer cancelled its re-INVITE. The session stays as it was; Accept and Reject come too late.
func (d *Dialog) takenBack(r *reoffer) {
	if d.reoffer == r {
		d.reoffer = nil
		d.say(r.tx, 487)
	}
}

// dropReoffer answers an offer that is pending when the dialog ends.
func (d *Dialog) dropReoffer() {
	if r := d.reoffer; r != nil {
		d.reoffer = nil
		d.say(r.tx, 487)
	}
}
