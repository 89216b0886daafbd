package wire

import "time"

// receive takes a datagram.
func (s *Stack) receive(data []byte, f Flow) {
	m, l := s.gate.datagram(data)
	if l == nil {
		return // a keep-alive
	}
	if m == nil {
		s.refuse(data, l, f)
		return
	}
	s.dispatch(m, f)
}

// refuse answers or drops what the gate did not let in.
func (s *Stack) refuse(data []byte, l *letter, f Flow) {
	s.malformed(data, f.Remote, l.fault.why)
	if answer := l.refusal(f.Remote); answer != nil {
		_ = s.send(answer, f) // a sender who means it repeats
	}
}

// dispatch gives a message to its transaction, or to the handler. It runs on the reader's goroutine.
func (s *Stack) dispatch(m Message, f Flow) {
	s.counts.in.Add(1)
	m.SetTransport(f.Transport)
	m.SetSource(f.Remote.String())
	switch m := m.(type) {
	case *Response:
		s.response(m)
	case *Request:
		markSource(m.Via(), f.Remote)
		s.request(m, f)
	}
}

func (s *Stack) response(res *Response) {
	// RFC 3261 section 8.1.3.3: a response with a second Via was meant for somebody else.
	branch, _ := res.Via().Params.Get("branch")
	s.mu.Lock()
	t := s.clients[clientKey(branch, res.CSeq().MethodName)]
	s.mu.Unlock()
	if t == nil || len(res.GetHeaders("Via")) > 1 {
		s.counts.dropped.Add(1)
		return
	}
	t.response(res)
}

func (s *Stack) request(req *Request, f Flow) {
	key := serverKey(req, req.Method)
	s.mu.Lock()
	t := s.servers[key]
	var invite *inviteServer
	if req.Method == CANCEL && t == nil {
		invite, _ = s.servers[serverKey(req, INVITE)].(*inviteServer)
	}
	s.mu.Unlock()
	switch {
	case req.Method == ACK:
		if t == nil || !t.ack() {
			s.guard(func() { s.config.Handler.Ack(req, f) })
		}
	case t != nil:
		t.again()
	// RFC 3261 section 9.2, and 26: only who sent the INVITE may cancel it.
	case invite != nil && invite.flow.Remote.Addr() == f.Remote.Addr():
		s.cancel(req, f, invite)
	default:
		s.fresh(key, req, f)
	}
}

// cancel answers a CANCEL, statelessly: each copy gets the same answer and the INVITE is cancelled once. The answer leaves
// before the INVITE's 487: no RFC demands it, but there are callers that take them in this order only.
func (s *Stack) cancel(req *Request, f Flow, invite *inviteServer) {
	res := NewResponse(req, 200, "")
	if to := res.To(); !to.Params.Has("tag") {
		to.Params.Add("tag", invite.toTag())
	}
	_ = s.post(res, f) // lost: the CANCEL is repeated
	invite.cancel(req)
}

// fresh takes a request that no transaction knows.
func (s *Stack) fresh(key string, req *Request, f Flow) {
	h := s.config.Handler
	var answer *Response
	var drop bool
	if !s.guard(func() { answer, drop = h.Door(req, f) }) {
		answer = stateless(req, 500)
	}
	if answer == nil && !drop && s.full(req) {
		s.counts.overload.Add(1)
		answer = stateless(req, 503)
		answer.AppendHeader(NewHeader("Retry-After", "5"))
	}
	if drop {
		return
	}
	if answer != nil {
		if err := s.post(answer, f); err != nil {
			s.log.Warn("send stateless answer", "err", err)
		}
		return
	}
	t := s.newServer(key, req, f)
	if t == nil {
		return
	}
	if !s.guard(func() { h.Request(t) }) {
		_ = t.Respond(stateless(req, 500)) // an error if the handler had answered: that stands
		return
	}
	t.machine.trying(req)
}

// full tells whether a new transaction would be one too many; running dialogs come before new ones.
func (s *Stack) full(req *Request) bool {
	limit := s.config.MaxTransactions
	if to := req.To(); to.Params.Has("tag") {
		limit += limit / 4
	}
	s.mu.Lock()
	over := len(s.servers) >= limit
	s.mu.Unlock()
	return over && !s.makeRoom()
}

// stateless makes an answer whose To tag is the same for each copy of the request.
func stateless(req *Request, code int) *Response {
	res := NewResponse(req, code, "")
	if to := res.To(); !to.Params.Has("tag") {
		to.Params.Add("tag", steadyTag(string(*req.CallID())))
	}
	return res
}

// unreliable tells whether a flow loses messages, so that we must repeat them.
func (f Flow) unreliable() bool { return f.Transport == "udp" }

// linger is d on an unreliable flow and nothing on a reliable one: how long a dead transaction absorbs copies.
func (f Flow) linger(d time.Duration) time.Duration {
	if f.unreliable() {
		return d
	}
	return 0
}
