package sip

import (
	"time"

	"ringtide/sip/internal/wire"
)

// ourOffer is a re-INVITE of ours (RFC 3261 section 14.1). It outlives its dialog: a 2xx gets its ACK whenever it comes.
type ourOffer struct {
	d        *Dialog
	wish     *wish
	seq      uint32
	proof    wire.Header // the answer to a trunk's challenge
	tx       *wire.ClientTx
	patience *alarm
}

// offerPatience is how long a re-INVITE may be undecided before it is taken back: nobody is asked before it is answered.
const offerPatience = 10 * time.Second

func (d *Dialog) reinvite(w *wish, proof wire.Header) {
	d.seq++
	o := &ourOffer{d: d, wish: w, seq: d.seq, proof: proof}
	d.offering = o
	o.send(d.way(d.far))
	o.patience = d.after(offerPatience, o.cancel)
}

func (o *ourOffer) send(way wire.Flow) {
	d := o.d
	more := d.telltale(o.wish)
	if o.proof != nil {
		more = append(more, o.proof)
	}
	req := d.request(wire.INVITE, d.far, o.seq, more...)
	setSDP(req, o.wish.offer)
	failed := func(err error) {
		d.do(func() {
			if anew, ok := d.wayAnew(d.far, way, err); ok && d.offering == o {
				o.send(anew)
				return
			}
			o.ended(req, nil)
		})
	}
	tx, err := d.s.wire.Request(req, way, wire.ClientHandler{
		Response: func(res *wire.Response) {
			if res.StatusCode >= 200 {
				d.do(func() { o.ended(req, res) })
			}
		},
		Failed: failed,
	}, wire.ClientOptions{})
	if o.tx = tx; err != nil {
		failed(err)
	}
}

// ended takes each final response; nil: none will come. The session is what it was unless it is 2xx.
func (o *ourOffer) ended(req *wire.Request, res *wire.Response) {
	d := o.d
	accepted := res != nil && res.StatusCode < 300
	if accepted {
		d.ack(d.far.renewed(res), o.seq, o.proof)
	}
	if d.offering != o { // it was answered before, or the dialog is over
		return
	}
	d.offering = nil
	o.patience.stop()
	if o.proof == nil {
		if proof, ok := d.proof(req, res); ok {
			d.reinvite(o.wish, proof)
			return
		}
	}
	if accepted {
		d.said = o.wish.offer
	}
	d.told(o.wish, res, false)
	if accepted {
		if sdp, _ := sdpOf(res); sdp != nil {
			d.emit(Reanswered{SDP: sdp})
		}
	}
}

// cancel takes the offer back once a 1xx has come. The answer may cross it, and counts then.
func (o *ourOffer) cancel() {
	if o.tx != nil {
		o.tx.Cancel()
	}
}

// dropOffer gives up the offer when the dialog ends.
func (d *Dialog) dropOffer() {
	if o := d.offering; o != nil {
		d.offering = nil
		o.cancel()
	}
}
