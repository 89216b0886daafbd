package sip

import (
	"time"

	"ringtide/sip/internal/wire"
)

// unacked is a 2xx of ours to an INVITE. It is repeated until its ACK comes, over TCP too (RFC 3261 section 13.3.1.4).
type unacked struct {
	tx     *wire.ServerTx
	res    *wire.Response
	seq    uint32
	first  bool // answers the INVITE that made the dialog
	late   bool // it carries our offer, ACK the peer's answer
	pause  time.Duration
	resend *alarm
	giveUp *alarm
}

// awaitAck sends a 2xx and repeats it: T1, doubling up to T2; after 64*T1 the dialog is over.
func (d *Dialog) awaitAck(tx *wire.ServerTx, res *wire.Response, first, late bool) {
	t1, _ := d.s.timers()
	u := &unacked{tx: tx, res: res, seq: tx.Request().CSeq().SeqNo, first: first, late: late, pause: t1}
	d.unacked = append(d.unacked, u)
	u.giveUp = d.after(64*t1, d.ackLost)
	d.transmit(u)
}

func (d *Dialog) transmit(u *unacked) {
	_ = u.tx.Respond(u.res) // an error is a lost packet: the next one, or giveUp, comes
	_, t2 := d.s.timers()
	u.resend = d.after(u.pause, func() { d.transmit(u) })
	u.pause = min(2*u.pause, t2)
}

func (u *unacked) stop() {
	u.resend.stop()
	u.giveUp.stop()
}

// ackLost: nobody acknowledged for 64*T1. The dialog is confirmed all the same, so it ends with BYE.
func (d *Dialog) ackLost() {
	d.emit(HungUp{Dead: true})
	d.bye()
}

// ack takes an ACK that no transaction wanted.
func (s *Server) ack(req *wire.Request, _ wire.Flow) {
	if d := s.findDialog(req); d != nil {
		d.do(func() { d.acked(req) })
	}
}

// acked stops the 2xx that the ACK is for, and older ones: a peer that answers a later INVITE has got them.
func (d *Dialog) acked(req *wire.Request) {
	seq, sdp := req.CSeq().SeqNo, []byte(nil)
	left := d.unacked[:0]
	report := false
	for _, u := range d.unacked {
		if u.seq > seq {
			left = append(left, u)
			continue
		}
		u.stop()
		if u.seq == seq && u.late {
			sdp, _ = sdpOf(req)
		}
		report = report || u.first || u.late
	}
	clear(d.unacked[len(left):])
	d.unacked = left
	if d.state == unconfirmed && report {
		d.state = confirmed
	}
	switch {
	case d.state != confirmed:
	case d.leaving:
		d.bye()
	case report:
		d.emit(Confirmed{SDP: sdp})
	}
}

// ack acknowledges a 2xx of the peer. It is no transaction: the peer repeats its 2xx until an ACK arrives. proof is that of
// the INVITE (RFC 3261 section 22.1), nil if it had none.
func (d *Dialog) ack(f far, seq uint32, proof wire.Header) {
	var more []wire.Header
	if proof != nil {
		more = append(more, proof)
	}
	send := func(to wire.Flow) error { return d.s.wire.Send(d.request(wire.ACK, f, seq, more...), to) }
	way := d.way(f)
	err := send(way)
	if anew, ok := d.wayAnew(f, way, err); ok {
		err = send(anew)
	}
	if err != nil {
		d.s.log.Debug("ACK not sent", "sip_call_id", d.ID(), "err", err)
	}
}

// timers of the stack, defaults filled in (RFC 3261 appendix A).
func (s *Server) timers() (t1, t2 time.Duration) {
	t1, t2 = s.options.T1, s.options.T2
	if t1 == 0 {
		t1 = 500 * time.Millisecond
	}
	if t2 == 0 {
		t2 = 4 * time.Second
	}
	return t1, t2
}
