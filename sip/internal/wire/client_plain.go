package wire

import "time"

// plainClient is RFC 3261 section 17.1.2: every request but INVITE and ACK.
type plainClient struct{ client }

func (t *plainClient) response(res *Response) {
	t.mu.Lock()
	defer t.leave()
	if t.state != calling && t.state != proceeding {
		return // a copy
	}
	t.mute.stop()
	t.tell(func() { t.h.Response(res) })
	if res.StatusCode < 200 {
		if t.state == calling && t.flow.unreliable() {
			t2 := t.stack.config.Timers.T2
			t.again.set(&t.core, t2, func() { t.repeat(t2) })
		}
		t.state = proceeding
		return
	}
	t.again.stop()
	t.state, t.data = completed, nil
	if k := t.flow.linger(t.stack.config.Timers.T4); k > 0 {
		t.over.set(&t.core, k, t.finish) // timer K
		return
	}
	t.finish()
}

// repeat is timer E.
func (t *plainClient) repeat(next time.Duration) {
	if err := t.stack.send(t.data, t.flow); err != nil {
		t.lost(err)
		return
	}
	next = min(next, t.stack.config.Timers.T2)
	t.again.set(&t.core, next, func() { t.repeat(2 * next) })
}

// expire is timer F.
func (t *plainClient) expire() { t.lost(ErrTimeout) }

func (t *plainClient) silent() { t.lost(ErrSilent) }

func (t *plainClient) lost(err error) {
	if t.state == calling || t.state == proceeding {
		t.tell(func() { t.h.Failed(err) })
	}
	t.finish()
}

func (t *plainClient) fail(err error) {
	t.mu.Lock()
	defer t.leave()
	if !t.fallBack(t) {
		t.lost(err)
	}
}
