package wire

// plainServer is RFC 3261 section 17.2.2: every request but INVITE and ACK.
type plainServer struct{ server }

// await forgets a request that nobody answers: its sender has given up by then (timer F).
func (t *plainServer) await() {
	t.mu.Lock()
	defer t.leave()
	t.over.set(&t.core, 64*t.stack.config.Timers.T1, t.finish)
}

func (t *plainServer) respond(res *Response) error {
	t.mu.Lock()
	defer t.leave()
	switch t.state {
	case ended:
		return ErrTimeout
	case completed:
		return errLate
	}
	data, err := encode(res)
	if err != nil {
		return err
	}
	t.last = data
	if res.StatusCode < 200 {
		t.state = proceeding
		return t.reply(data, res.StatusCode)
	}
	t.state = completed
	if j := t.flow.linger(64 * t.stack.config.Timers.T1); j > 0 {
		t.over.set(&t.core, j, t.finish) // timer J
		t.stack.absorbs(t)
	} else {
		t.finish()
	}
	return t.reply(data, res.StatusCode)
}

func (t *plainServer) again() {
	t.mu.Lock()
	defer t.leave()
	if t.last != nil {
		_ = t.stack.send(t.last, t.flow) // lost: the next copy asks again
	}
}

func (t *plainServer) ack() bool { return false }

// trying: RFC 4320 section 4.1, nothing but INVITE gets a 100 without need.
func (t *plainServer) trying(*Request) {}
