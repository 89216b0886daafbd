package sip

import (
	"strconv"
	"strings"

	"ringtide/sip/internal/wire"
)

const (
	understood = "path"            // Supported: of registrations, there is no extension to calls
	events     = "refer"           // Allow-Events: RFC 6665 section 8.2.5 wants one at least
	bodies     = "application/sdp" // Accept
)

// outOfDialog answers what a proven peer sends outside of dialogs, INVITE excepted (RFC 3261 section 8.2.1). Nothing stays
// unanswered.
func (s *Server) outOfDialog(tx *wire.ServerTx) {
	req := tx.Request()
	var res *wire.Response
	switch req.Method {
	case wire.REGISTER:
		res = s.register(req, tx.Flow())
	case wire.OPTIONS:
		res = s.refusal(req, 200, wire.NewHeader("Allow", allowed), wire.NewHeader("Accept", bodies),
			wire.NewHeader("Supported", understood), wire.NewHeader("Allow-Events", events))
	case wire.BYE, wire.CANCEL, wire.INFO, wire.UPDATE, wire.PRACK, wire.NOTIFY:
		res = s.refusal(req, 481)
	case wire.SUBSCRIBE, wire.PUBLISH:
		res = s.refusal(req, 489, wire.NewHeader("Allow-Events", events))
	case wire.REFER:
		// Nobody sends our users' calls anywhere from outside of them.
		code := 403
		if s.identify(req, tx.Flow()).Trunk != "" {
			code = 603
		}
		res = s.refusal(req, code)
	case wire.MESSAGE:
		res = s.refusal(req, 405, wire.NewHeader("Allow", allowed))
	default:
		res = s.refusal(req, 501, wire.NewHeader("Allow", allowed))
	}
	if err := tx.Respond(res); err != nil {
		s.log.Debug("answer request", "method", req.Method.String(), "err", err)
	}
}

// register answers a REGISTER of a proven user (RFC 3261 section 10.3).
func (s *Server) register(req *wire.Request, f wire.Flow) *wire.Response {
	user, to := s.identify(req, f).User, req.To().Address
	if !s.isOurs(to) {
		s.desk.security.event("register for another domain", req, f, to.User+"@"+to.Host)
		return s.refusal(req, 404)
	}
	if user == "" || unescape(to.User) != user {
		s.desk.security.event("register for another", req, f, user)
		return s.refusal(req, 403)
	}
	limits := limitsOf(s.config.Load())
	a, code := readRegister(req, f, limits)
	if code != 0 {
		res := s.refusal(req, code)
		if code == 423 {
			res.AppendHeader(wire.NewHeader("Min-Expires", strconv.Itoa(int(limits.least.Seconds()))))
		}
		return res
	}
	lines, code := s.desk.reg.register(user, a)
	res := s.refusal(req, code)
	for _, line := range lines {
		res.AppendHeader(wire.NewHeader("Contact", line))
	}
	if len(a.path) > 0 {
		res.AppendHeader(wire.NewHeader("Path", strings.Join(a.path, ", ")))
	}
	return res
}
