package sip

import (
	"strconv"

	"ringtide/sip/internal/wire"
)

// request makes a request of ours to f, complete but for what wire adds.
func (d *Dialog) request(m wire.Method, f far, seq uint32, more ...wire.Header) *wire.Request {
	return requestWithin(d.key, d.local, m, f, seq, more...)
}

// requestWithin makes a request within a dialog of ours (RFC 3261 section 12.2.1.1), in which we are called local.
func requestWithin(k dialogKey, local string, m wire.Method, f far, seq uint32, more ...wire.Header) *wire.Request {
	req := wire.NewRequest(m, f.target)
	for _, r := range f.routes {
		req.AppendHeader(wire.NewHeader("Route", "<"+r.String()+">"))
	}
	to := f.party
	if f.tag != "" {
		to += ";tag=" + f.tag
	}
	req.AppendHeader(wire.NewHeader("From", local+";tag="+k.localTag))
	req.AppendHeader(wire.NewHeader("To", to))
	req.AppendHeader(wire.NewHeader("Call-ID", k.callID))
	req.AppendHeader(wire.NewHeader("CSeq", strconv.FormatUint(uint64(seq), 10)+" "+string(m)))
	req.AppendHeader(wire.NewHeader("User-Agent", product))
	for _, h := range more {
		req.AppendHeader(h)
	}
	return req
}

// ask sends a request within the dialog and has done run, in the mailbox, with its final response; nil: none came. One
// challenge of a trunk is answered. body is nil if there is none; its type stands among the headers.
func (d *Dialog) ask(m wire.Method, body []byte, done func(*wire.Response), more ...wire.Header) {
	d.askOnce(m, body, func(req *wire.Request, res *wire.Response) {
		if proof, ok := d.proof(req, res); ok {
			d.askOnce(m, body, func(_ *wire.Request, res *wire.Response) { done(res) }, append(more[:len(more):len(more)], proof)...)
			return
		}
		done(res)
	}, more...)
}

func (d *Dialog) askOnce(m wire.Method, body []byte, done func(*wire.Request, *wire.Response), more ...wire.Header) {
	d.seq++
	d.transact(m, d.far, d.seq, d.way(d.far), body, done, more...)
}

// transact sends a request to f and has done run with its final response. If the connection turns out to be closed and
// there is another way, that is tried.
func (d *Dialog) transact(m wire.Method, f far, seq uint32, way wire.Flow, body []byte, done func(*wire.Request, *wire.Response), more ...wire.Header) {
	req := d.request(m, f, seq, more...)
	req.SetBody(body)
	failed := func(err error) {
		d.do(func() {
			if anew, ok := d.wayAnew(f, way, err); ok {
				d.transact(m, f, seq, anew, body, done, more...)
				return
			}
			done(req, nil)
		})
	}
	_, err := d.s.wire.Request(req, way, wire.ClientHandler{
		Response: func(res *wire.Response) {
			if res.StatusCode >= 200 {
				d.do(func() { done(req, res) })
			}
		},
		Failed: failed,
	}, wire.ClientOptions{})
	if err != nil {
		failed(err)
	}
}

// proof answers the challenge in res with the trunk's password; not ok: there is none, or none to answer with.
func (d *Dialog) proof(req *wire.Request, res *wire.Response) (h wire.Header, ok bool) {
	if d.who.Trunk == "" || res == nil || res.StatusCode != 401 && res.StatusCode != 407 {
		return nil, false
	}
	user, password := d.s.desk.trunks.credentials(d.who.Trunk)
	if user == "" {
		return nil, false
	}
	h, err := answerChallenge(req, res, user, password)
	if err != nil {
		d.s.log.Warn("trunk's challenge not answered", "trunk", d.who.Trunk, "sip_call_id", d.ID(), "err", err)
		return nil, false
	}
	return h, true
}
