package sip

import (
	"strconv"
	"strings"

	"ringtide/sip/internal/wire"
)

// acknowledges sends a PRACK for a 1xx whose sender relies on one, in the early dialog it belongs to (RFC 3262 section 4).
// False: the response is a copy, or one before it is missing; it is not to be heeded. The PRACK has no body, because each
// INVITE of ours makes the offer, and whatever becomes of it the INVITE decides about the call.
func (o *ourInvite) acknowledges(t *try, res *wire.Response) (heed bool) {
	if !lists(res, "Require", reliably) {
		return true
	}
	seq, err := strconv.ParseUint(strings.TrimSpace(wire.Get(res, "RSeq")), 10, 32)
	tag := tagOf(res.To().Params)
	if err != nil || seq == 0 || tag == "" {
		return false
	}
	last, known := t.rseq[tag]
	if known && uint32(seq) != last+1 || len(t.rseq) == maxForks && !known {
		return false
	}
	if t.rseq == nil {
		t.rseq = make(map[string]uint32)
	}
	t.rseq[tag] = uint32(seq)
	o.prack(farOfCallee(o.party, t.hop.uri, res), wire.NewHeader("RAck", strconv.FormatUint(seq, 10)+" "+strconv.FormatUint(uint64(t.seq), 10)+" INVITE"))
	return true
}

// prack sends a PRACK; one challenge of a trunk is answered.
func (o *ourInvite) prack(f far, rack wire.Header) {
	d := o.d
	send := func(done func(*wire.Request, *wire.Response), more ...wire.Header) {
		d.seq++
		d.transact(wire.PRACK, f, d.seq, d.way(f), nil, done, more...)
	}
	send(func(req *wire.Request, res *wire.Response) {
		if proof, ok := d.proof(req, res); ok {
			send(func(*wire.Request, *wire.Response) {}, rack, proof)
		}
	}, rack)
}
