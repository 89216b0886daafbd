package wire

import "time"

// inviteServer is RFC 3261 section 17.2.1 with the changes of RFC 6026 section 7.1.
type inviteServer struct {
	server
	tag      string // our To tag, once a response showed it
	cancels  func(*Request)
	canceled *Request // a CANCEL came before anybody wanted to know
	told     bool
}

func (t *inviteServer) respond(res *Response) error {
	t.mu.Lock()
	defer t.leave()
	code := res.StatusCode
	again2xx := t.state == accepted && code >= 200 && code < 300
	if t.state > proceeding && !again2xx {
		return errLate
	}
	data, err := encode(res)
	if err != nil {
		return err
	}
	if !again2xx {
		t.enter(res, data)
	}
	return t.reply(data, res.StatusCode)
}

// enter changes the state as the first response of each kind does.
func (t *inviteServer) enter(res *Response, data []byte) {
	t.state, t.last = proceeding, data
	if tag, ok := res.To().Params.Get("tag"); ok {
		t.tag = tag
	}
	t1 := t.stack.config.Timers.T1
	switch code := res.StatusCode; {
	case code < 200:
		return
	case code < 300:
		t.state, t.last = accepted, nil
		t.over.set(&t.core, 64*t1, t.finish) // timer L
	default:
		t.state = completed
		t.over.set(&t.core, 64*t1, t.finish) // timer H
		if t.flow.unreliable() {
			t.repeat.set(&t.core, t1, func() { t.resend(2 * t1) })
		}
	}
	t.cancels, t.canceled = nil, nil
}

// resend is timer G.
func (t *inviteServer) resend(next time.Duration) {
	_ = t.stack.send(t.last, t.flow) // the next one may come through
	next = min(next, t.stack.config.Timers.T2)
	t.repeat.set(&t.core, next, func() { t.resend(2 * next) })
}

func (t *inviteServer) again() {
	t.mu.Lock()
	defer t.leave()
	if t.last != nil && t.state <= completed {
		_ = t.stack.send(t.last, t.flow) // lost: the next copy asks again
	}
}

// ack: the ACK of a final response other than 2xx ends here; that of a 2xx is the dialog's even if its sender used the
// INVITE's branch again, as old stacks do.
func (t *inviteServer) ack() bool {
	t.mu.Lock()
	defer t.leave()
	switch t.state {
	case completed:
		t.state, t.last = confirmed, nil
		t.repeat.stop()
		if i := t.flow.linger(t.stack.config.Timers.T4); i > 0 {
			t.over.set(&t.core, i, t.finish) // timer I
		} else {
			t.finish()
		}
		return true
	case confirmed:
		return true
	}
	return false
}

// trying says 100 if the handler has said nothing yet, so that the sender stops repeating.
func (t *inviteServer) trying(req *Request) {
	t.mu.Lock()
	defer t.leave()
	if t.state != calling {
		return
	}
	res := NewResponse(req, 100, "")
	if data, err := encode(res); err == nil {
		t.enter(res, data)
		_ = t.stack.send(data, t.flow) // lost: a copy of the INVITE asks again
	}
}

func (t *inviteServer) cancel(req *Request) {
	t.mu.Lock()
	defer t.leave()
	if t.state <= proceeding && !t.told {
		t.told, t.canceled = true, req
		t.deliver()
	}
}

func (t *inviteServer) onCancel(f func(*Request)) {
	t.mu.Lock()
	defer t.leave()
	if t.state <= proceeding {
		t.cancels = f
		t.deliver()
	}
}

// deliver brings a CANCEL and who waits for it together.
func (t *inviteServer) deliver() {
	if f, req := t.cancels, t.canceled; f != nil && req != nil {
		t.canceled = nil
		t.tell(func() { f(req) })
	}
}

func (t *inviteServer) toTag() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.tag == "" {
		return steadyTag(t.key)
	}
	return t.tag
}
