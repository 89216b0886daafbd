package sip

import (
	"hash/maphash"
	"strconv"

	"ringtide/sip/internal/wire"
)

// challenge asks for credentials; expired: those that came were made with a nonce that is void. It is the answer to all who
// have not proven who they are.
func (s *Server) challenge(req *wire.Request, f wire.Flow, expired bool) *wire.Response {
	source := sourceOf(f.Remote.Addr())
	if s.desk.reg.devicesAt(source) == 0 {
		s.desk.refused.Add(1)
	}
	headers := s.desk.auth.challenge(source, expired)
	if s.desk.old.asked(req, f) {
		headers = headers[:1]
	}
	res := s.refusal(req, 401, headers...)
	// A forged source must not get much more than the forger spends. Phones learn what there is when they register, and
	// write longer requests otherwise.
	if f.Transport == "udp" && req.Method != wire.REGISTER && 2*len(res.String()) > 3*len(req.String()) {
		res = s.refusal(req, 401, headers[:1]...)
	}
	res.RemoveHeader("Server")
	return res
}

// refusal is an answer without state: copies of the request get the same To tag (RFC 3261 section 8.2.7).
func (s *Server) refusal(req *wire.Request, code int, more ...wire.Header) *wire.Response {
	res := s.reply(req, code, more...)
	if to := res.To(); tagOf(to.Params) == "" {
		to.Params.Add("tag", strconv.FormatUint(maphash.String(refusalSeed, wire.Get(req, "Call-ID")), 36))
	}
	return res
}

var refusalSeed = maphash.MakeSeed()

// dropped counts and logs a request that gets no answer.
func (s *Server) dropped(kind string, req *wire.Request, f wire.Flow) (*wire.Response, bool) {
	s.desk.refused.Add(1)
	s.desk.security.event(kind, req, f, req.From().Address.User)
	return nil, true
}
