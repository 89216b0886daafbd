package wire

import (
	"time"

	"github.com/emiago/sipgo/sip"
)

// inviteClient is RFC 3261 section 17.1.1 with the changes of RFC 6026 section 7.2.
type inviteClient struct {
	client
	req       *Request // until the final response: CANCEL and ACK are made of it
	toCancel  bool     // Cancel was called
	cancelled bool     // the CANCEL is out
	failed    bool     // its owner was told so, and wants nothing but a late 2xx
	reason    []Header
}

func (t *inviteClient) response(res *Response) {
	t.mu.Lock()
	defer t.leave()
	undecided := t.state == calling || t.state == proceeding
	switch code := res.StatusCode; {
	case code < 200:
		if undecided {
			t.provisional(res)
		}
	case code < 300:
		if undecided {
			t.settle(accepted, 64*t.t1) // timer M
			t.data = nil
		}
		if t.state == accepted {
			t.tell(func() { t.h.Response(res) })
		}
	case undecided:
		t.refused(res)
	case t.state == completed:
		_ = t.stack.send(t.data, t.flow) // an ACK that is lost is asked for again
	}
}

func (t *inviteClient) provisional(res *Response) {
	if t.state == calling {
		t.state = proceeding
		t.again.stop()
		t.mute.stop()
		if !t.failed {
			t.over.stop() // from now on the owner's patience counts: timer C is a proxy's
		}
	}
	if t.toCancel {
		t.sendCancel()
	}
	if !t.failed {
		t.tell(func() { t.h.Response(res) })
	}
}

// refused: RFC 3261 section 17.1.1.3, the ACK is ours.
func (t *inviteClient) refused(res *Response) {
	ack := t.follow(ACK, res.To())
	var err error
	if t.data, err = encode(ack); err == nil {
		_ = t.stack.send(t.data, t.flow) // as above
	}
	if !t.failed {
		t.tell(func() { t.h.Response(res) })
	}
	t.settle(completed, t.flow.linger(64*t.t1)) // timer D: 32 s
}

// settle enters the state that follows a final response.
func (t *inviteClient) settle(next state, absorb time.Duration) {
	t.state, t.req = next, nil
	t.again.stop()
	t.mute.stop()
	if absorb == 0 {
		t.finish()
		return
	}
	t.over.set(&t.core, absorb, t.finish)
}

// repeat is timer A.
func (t *inviteClient) repeat(next time.Duration) {
	if err := t.stack.send(t.data, t.flow); err != nil {
		t.lost(err)
		return
	}
	t.again.set(&t.core, next, func() { t.repeat(2 * next) })
}

// expire is timer B, and the end of patience after a CANCEL.
func (t *inviteClient) expire() { t.lost(ErrTimeout) }

// lost ends an undecided transaction without a final response.
func (t *inviteClient) lost(err error) {
	if (t.state == calling || t.state == proceeding) && !t.failed {
		t.tell(func() { t.h.Failed(err) })
	}
	t.finish()
}

// silent reports a mute peer at once, but goes on listening: what it says late must still be undone.
func (t *inviteClient) silent() {
	t.tell(func() { t.h.Failed(ErrSilent) })
	t.failed, t.toCancel = true, true
	t.again.stop()
	t.over.set(&t.core, 64*t.t1, t.expire)
}

func (t *inviteClient) cancel(extra []Header) {
	t.mu.Lock()
	defer t.leave()
	if t.toCancel || t.state != calling && t.state != proceeding {
		return
	}
	t.toCancel, t.reason = true, extra
	if t.state == proceeding {
		t.sendCancel()
	}
}

// sendCancel: RFC 3261 section 9.1, on the INVITE's flow, with its Via.
func (t *inviteClient) sendCancel() {
	if t.cancelled {
		return
	}
	t.cancelled = true
	req := t.follow(CANCEL, t.req.To())
	for _, h := range t.reason {
		req.AppendHeader(h)
	}
	t.over.set(&t.core, 64*t.t1, t.expire)
	data, err := encode(req)
	if err != nil {
		t.stack.log.Warn("send CANCEL", "err", err, "sip_call_id", req.CallID().Value())
		return
	}
	branch, _ := req.Via().Params.Get("branch")
	c := &plainClient{}
	p := parcel{data: data, branch: branch, flow: t.flow}
	// Should it fail, the INVITE still ends by its own timer.
	_ = t.stack.begin(c, c.init(t.stack, p, CANCEL, t.t1, ClientHandler{}), 0)
}

// follow makes a request that belongs to the INVITE's transaction: same Request-URI, top Via, From, Call-ID, CSeq number
// and Route.
func (t *inviteClient) follow(m Method, to *ToHeader) *Request {
	req := sip.NewRequest(m, *t.req.Recipient.Clone())
	via := t.req.Via().Clone()
	t.stack.signVia(via, t.flow) // it may have fallen back to UDP
	req.AppendHeader(via)
	for _, h := range t.req.GetHeaders("Route") {
		req.AppendHeader(copyHeader(h))
	}
	hops := MaxForwardsHeader(70)
	req.AppendHeader(&hops)
	req.AppendHeader(copyHeader(t.req.From()))
	req.AppendHeader(copyHeader(to))
	req.AppendHeader(copyHeader(t.req.CallID()))
	req.AppendHeader(&CSeqHeader{SeqNo: t.req.CSeq().SeqNo, MethodName: m})
	req.SetBody(nil)
	return req
}

// fail: the connection under the transaction is gone.
func (t *inviteClient) fail(err error) {
	t.mu.Lock()
	defer t.leave()
	if !t.fallBack(t) {
		t.lost(err)
	}
}
