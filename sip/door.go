package sip

import (
	"net/netip"
	"strings"

	"ringtide/sip/internal/wire"
)

// door decides about a request that belongs to no transaction, before any state is made for it: who is calling, and may
// he. Only proven users and configured trunks get in, and identity comes from credentials or the source address alone; a
// From can only ask for more proof.
func (s *Server) door(req *wire.Request, f wire.Flow) (answer *wire.Response, drop bool) {
	if isScanner(wire.Get(req, "User-Agent")) {
		return s.dropped("scanner", req, f)
	}
	if tagOf(req.To().Params) != "" {
		return s.insideDoor(req, f)
	}
	d, answered := s.desk.auth.credentialsOf(req)
	if req.Method != wire.REGISTER && !answered && !s.desk.reg.onFlow(f) {
		if s.desk.trunks.bySource(f.Remote) != "" && !s.claimsUser(req) {
			return s.admit(req, f), false
		}
	}
	return s.phoneDoor(req, f, d, answered)
}

// insideDoor is the door for what claims to belong to a dialog. A user whose address has changed in mid-call proves who he
// is; the dialog moves there with him.
func (s *Server) insideDoor(req *wire.Request, f wire.Flow) (answer *wire.Response, drop bool) {
	in := s.findInside(req)
	if in != nil && in.admits(f) {
		return nil, false
	}
	if in != nil && in.Identity().User != "" {
		credentials, answered := s.desk.auth.credentialsOf(req)
		answer, drop = s.prove(req, f, credentials, answered)
		if answer == nil && !drop && credentials.username != in.Identity().User {
			s.desk.security.event("dialog of another", req, f, credentials.username)
			answer = s.refusal(req, 481)
		}
		return answer, drop
	}
	if s.desk.trunks.bySource(f.Remote) == "" && !s.withinBudget(f) {
		return s.dropped("flood", req, f)
	}
	return s.refusal(req, 481), false
}

// phoneDoor is the door for everybody who must show credentials: users, and strangers, who are treated like users that do
// not exist.
func (s *Server) phoneDoor(req *wire.Request, f wire.Flow, d digest, answered bool) (answer *wire.Response, drop bool) {
	if answer, drop = s.prove(req, f, d, answered); answer != nil || drop {
		return answer, drop
	}
	return s.admit(req, f), false
}

// prove lets pass (neither answer nor drop) who answers a challenge as the user he says he is, and challenges the others.
func (s *Server) prove(req *wire.Request, f wire.Flow, d digest, answered bool) (answer *wire.Response, drop bool) {
	source := sourceOf(f.Remote.Addr())
	if s.desk.budget.banned(source, "") && s.desk.reg.devicesAt(source) == 0 {
		return s.dropped("banned", req, f)
	}
	if !s.withinBudget(f) {
		return s.dropped("flood", req, f)
	}
	// RFC 3261 section 22.1: a CANCEL cannot be challenged. This one has nothing to cancel.
	if req.Method == wire.CANCEL {
		return s.refusal(req, 481), false
	}
	// While a pair is banned nothing is weighed, but it looks as if it was. A phone that is registered goes on: a second one
	// beside it with an old password must not lock it out.
	if !answered || s.desk.budget.banned(source, d.username) && !s.desk.reg.onFlow(f) {
		return s.challenge(req, f, false), false
	}
	switch s.desk.auth.judge(req, d, source) {
	case right:
		s.desk.budget.right(source, d.username)
		s.desk.budget.giveBack(source)
		s.desk.old.proved(f, d.algorithm)
		if makesDialog(req) && !s.desk.budget.takeCall(d.username, s.config.Load().SourcePerSecond) {
			s.desk.security.event("call flood", req, f, d.username)
			return s.refusal(req, 503, retryAfter(busyPause)), false
		}
		return nil, false
	case stale:
		return s.challenge(req, f, true), false
	}
	pair, whole := s.desk.budget.wrong(source, d.username)
	s.desk.security.event("wrong password", req, f, d.username)
	if pair || whole {
		s.desk.security.event("banned", req, f, d.username)
	}
	return s.challenge(req, f, false), false
}

// makesDialog tells whether a request of a proven user costs more than its answer.
func makesDialog(req *wire.Request) bool {
	return req.Method == wire.INVITE || req.Method == wire.SUBSCRIBE
}

// identify names the proven sender of a request that has passed the door.
func (s *Server) identify(req *wire.Request, f wire.Flow) Identity {
	if d, ok := s.desk.auth.credentialsOf(req); ok {
		if !s.knows(d.username) {
			return Identity{}
		}
		return Identity{User: d.username}
	}
	return Identity{Trunk: s.desk.trunks.bySource(f.Remote)}
}

// claimsUser tells whether From says that a user of ours is calling.
func (s *Server) claimsUser(req *wire.Request) bool {
	from := req.From().Address
	return s.knows(unescape(from.User)) && s.isOurs(from)
}

// isOurs tells whether the host of a URI is the domain or an address of ours.
func (s *Server) isOurs(uri wire.Uri) bool {
	c := s.config.Load()
	if strings.EqualFold(uri.Host, c.Domain) || s.wire.IsOurs(uri.Host, uri.Port) {
		return true
	}
	// Phones leave the port out, or say another listener's.
	ip, err := netip.ParseAddr(uri.Host)
	if err != nil {
		return false
	}
	for _, l := range c.Listen {
		if l.Addr.Addr() == ip || s.wire.IsOurs(uri.Host, int(l.Addr.Port())) {
			return true
		}
	}
	return ip == c.PublicIP
}

// withinBudget spends one request of the source; an address has as many as devices registered there, one at least.
func (s *Server) withinBudget(f wire.Flow) bool {
	source := sourceOf(f.Remote.Addr())
	return s.desk.budget.take(source, s.config.Load().SourcePerSecond*max(1, s.desk.reg.devicesAt(source)))
}

// isScanner knows the tools that search the Internet for open PBXs by the name they give themselves.
func isScanner(userAgent string) bool {
	agent := strings.ToLower(userAgent)
	for _, name := range [...]string{"friendly-scanner", "sipvicious", "vaxsipuseragent", "pplsip", "sipcli", "sundayddr"} {
		if strings.Contains(agent, name) {
			return true
		}
	}
	return false
}
