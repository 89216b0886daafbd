package sip

import (
	"strings"

	"ringtide/sip/internal/wire"
)

// agree makes a response that a session may come of: it says where we are and what we take.
func (d *Dialog) agree(tx *wire.ServerTx, code int, sdp []byte) *wire.Response {
	res := d.answer(tx.Request(), code, append(d.abilities(), d.contact(tx.Flow()))...)
	setSDP(res, sdp)
	return res
}

// accepts makes the 200 to an INVITE or UPDATE. With it the session begins, or is refreshed.
func (d *Dialog) accepts(tx *wire.ServerTx, sdp []byte) *wire.Response {
	res := d.agree(tx, 200, sdp)
	if d.state >= unconfirmed {
		for _, h := range d.grants(tx.Request()) {
			res.AppendHeader(h)
		}
	}
	return res
}

// abilities tell the peer what we take in its dialogs. Users move calls by REFER: for them Replaces is known (RFC 3891),
// inside Refer-To, and that they may want no news (RFC 4488). more are option tags besides.
func (d *Dialog) abilities(more ...string) []wire.Header {
	allowed := methods
	more = append(more, timers)
	if d.who.User != "" {
		allowed += ", REFER"
		more = append(more, "replaces", withoutNews)
	}
	return []wire.Header{wire.NewHeader("Allow", allowed), wire.NewHeader("Supported", strings.Join(more, ", "))}
}

// answer responds to a request within the dialog, or to the INVITE that makes it: with our tag.
func (d *Dialog) answer(req *wire.Request, code int, more ...wire.Header) *wire.Response {
	res := d.s.reply(req, code, more...)
	if to := res.To(); tagOf(to.Params) == "" {
		to.Params.Add("tag", d.key.localTag)
	}
	return res
}

// say answers a request. An error is a lost packet: the peer asks again.
func (d *Dialog) say(tx *wire.ServerTx, code int, more ...wire.Header) {
	_ = tx.Respond(d.answer(tx.Request(), code, more...))
}
