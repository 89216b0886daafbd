package sip

import "ringtide/sip/internal/wire"

// agree makes a response that a session may come of: it says where we are and what we take. No Supported: there is no
// extension to calls that we know.
func (d *Dialog) agree(tx *wire.ServerTx, code int, sdp []byte) *wire.Response {
	res := d.answer(tx.Request(), code, d.contact(tx.Flow()), allow())
	setSDP(res, sdp)
	return res
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
