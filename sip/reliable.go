package sip

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"ringtide/sip/internal/wire"
)

// reliable are our provisional responses that the caller acknowledges by PRACK (RFC 3262 section 3): all of them if its INVITE
// requires that, those with SDP if it supports it. One is on its way at a time; of what is to be said meanwhile the last
// follows it.
//
//	1xx --> unacknowledged --PRACK, 200--> the next 1xx, or the 200 to the INVITE that had to wait
//	          |   '--T1, doubling: once more
//	          '--64*T1: HungUp{Dead}, 504
type reliable struct {
	seq    uint32         // RSeq of the last one; 0: there was none
	res    *wire.Response // the last one, until its PRACK comes
	sdp    bool           // it has SDP
	agreed bool           // the offer of the INVITE, or ours, has its answer
	next   func()         // says what follows it
	resend *alarm
	giveUp *alarm
}

// asksReliably tells whether the caller wants a 1xx with this SDP to be reliable.
func (t *theirInvite) asksReliably(sdp []byte) bool {
	req := t.tx.Request()
	return lists(req, "Require", reliably) || sdp != nil && lists(req, "Supported", reliably)
}

// binds tells whether a PRACK has to come before a 200 may be sent.
func (r *reliable) binds() bool { return r.res != nil && r.sdp }

func (r *reliable) stop() {
	r.resend.stop()
	r.giveUp.stop()
}

func (d *Dialog) proceedReliably(code int, sdp []byte) {
	r := &d.theirs.reliable
	if r.next = nil; r.res != nil {
		r.next = func() { d.proceedReliably(code, sdp) }
		return
	}
	if r.seq == 0 {
		r.seq = rand.N(uint32(1<<31 - 1))
	}
	r.seq++
	if r.agreed {
		sdp = nil // it was said, and may have changed since
	}
	d.says(sdp)
	r.sdp = sdp != nil
	r.res = d.agree(d.theirs.tx, code, sdp)
	r.res.AppendHeader(wire.NewHeader("Require", reliably))
	r.res.AppendHeader(wire.NewHeader("RSeq", strconv.FormatUint(uint64(r.seq), 10)))
	t1, _ := d.s.timers()
	r.giveUp = d.after(64*t1, d.notAcknowledged)
	r.next = func() { // nothing new: it is said again for the proxies on the way, see ringAgain
		d.theirs.again.stop()
		d.theirs.again = d.after(ringAgain, func() { d.proceedReliably(code, nil) })
	}
	d.retell(t1)
}

func (d *Dialog) retell(pause time.Duration) {
	if r := &d.theirs.reliable; d.rings(r.res) {
		r.resend = d.after(pause, func() { d.retell(2 * pause) })
	}
}

// notAcknowledged: whoever called does not answer any more, or cannot do what it promised.
func (d *Dialog) notAcknowledged() {
	d.emit(HungUp{Dead: true})
	d.final(504)
}

// pracked takes a PRACK. It may bring the answer to an offer of ours, or a new offer once the first has its answer (RFC 3262
// section 5).
func (d *Dialog) pracked(tx *wire.ServerTx) {
	req := tx.Request()
	sdp, ok := sdpOf(req)
	if d.theirs == nil || !d.theirs.awaits(wire.Get(req, "RAck")) {
		d.say(tx, 481)
		return
	}
	r, theirOffer := &d.theirs.reliable, !d.theirs.late
	if theirOffer && r.sdp {
		r.agreed = true
	}
	switch {
	case !ok:
		d.say(tx, 415, wire.NewHeader("Accept", bodies))
		return
	case sdp == nil:
		d.say(tx, 200)
	case !r.agreed && !r.sdp || d.state != setup || d.reoffer != nil:
		d.say(tx, 491)
	case !r.agreed:
		r.agreed = true
		d.say(tx, 200)
		d.emit(Confirmed{SDP: sdp})
	default:
		d.reoffer = &reoffer{tx: tx}
		d.emit(Reoffered{Offer: sdp})
	}
	r.stop()
	r.res = nil
	if d.state == setup && !d.theirs.answered {
		r.next()
	}
}

// awaits tells whether a RAck names the response that is on its way.
func (t *theirInvite) awaits(rack string) bool {
	want := []string{strconv.FormatUint(uint64(t.reliable.seq), 10), strconv.FormatUint(uint64(t.tx.Request().CSeq().SeqNo), 10), string(wire.INVITE)}
	return t.reliable.res != nil && strings.Join(strings.Fields(rack), " ") == strings.Join(want, " ")
}
