package sip

import "ringtide/sip/internal/wire"

// outOfDialog answers what a proven peer sends outside of dialogs, INVITE excepted (RFC 3261 section 8.2.1). Nothing stays
// unanswered.
func (s *Server) outOfDialog(tx *wire.ServerTx) {
	req := tx.Request()
	var res *wire.Response
	switch req.Method {
	case wire.REGISTER:
		res = s.register(req, tx.Flow())
	case wire.OPTIONS:
		res = s.refusal(req, 200, allow(), wire.NewHeader("Accept", bodies),
			wire.NewHeader("Supported", understood), wire.NewHeader("Allow-Events", events))
	case wire.BYE, wire.CANCEL, wire.INFO, wire.UPDATE, wire.PRACK, wire.NOTIFY:
		res = s.refusal(req, 481)
	case wire.SUBSCRIBE:
		s.subscribe(tx)
		return
	case wire.PUBLISH:
		res = s.refusal(req, 489, wire.NewHeader("Allow-Events", events))
	case wire.REFER:
		// Nobody sends our users' calls anywhere from outside of them.
		code := 403
		if s.identify(req, tx.Flow()).Trunk != "" {
			code = 603
		}
		res = s.refusal(req, code)
	case wire.MESSAGE:
		res = s.refusal(req, 405, allow())
	default:
		res = s.refusal(req, 501, allow())
	}
	if err := tx.Respond(res); err != nil {
		s.log.Debug("answer request", "method", req.Method.String(), "err", err)
	}
}
