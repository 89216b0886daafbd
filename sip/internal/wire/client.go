package wire

import (
	"fmt"
	"strings"
	"time"
)

// maxUDP is the size of a request above which RFC 3261 section 18.1.1 wants TCP.
const maxUDP = 1300

// ClientTx is a request of ours and what becomes of it.
type ClientTx struct {
	req    *Request
	invite *inviteClient // nil: another request, which cannot be cancelled
}

// Request returns the request as it was sent, with its Via. It must not be changed.
func (t *ClientTx) Request() *Request { return t.req }

// Cancel gives up an INVITE (RFC 3261 section 9.1): at once if a 1xx has come, else with the first 1xx; after a final
// response it does nothing, and to other requests neither. extra headers (Reason) go into the CANCEL, which is a
// transaction of its own whose outcome does not matter. The INVITE's own final response still comes, or
// Failed(ErrTimeout) 64*T1 after the CANCEL.
func (t *ClientTx) Cancel(extra ...Header) {
	if t.invite != nil {
		t.invite.cancel(extra)
	}
}

// Request sends req in a new client transaction on a flow. It puts a Via on top, and Max-Forwards and Content-Length
// where they are missing; req belongs to the stack afterwards. It never blocks (TCP connections are made elsewhere). An
// error means that nothing was sent and h is never called; h may be called before Request returns.
func (s *Stack) Request(req *Request, to Flow, h ClientHandler, o ClientOptions) (*ClientTx, error) {
	setDefault(&o.T1, s.config.Timers.T1)
	p, err := s.address(req, to, o.TCPToo)
	if err != nil {
		return nil, err
	}
	t := &ClientTx{req: req}
	if req.Method == INVITE {
		t.invite = &inviteClient{req: req}
		err = s.begin(t.invite, t.invite.init(s, p, INVITE, o.T1, h), o.Silence)
	} else {
		plain := &plainClient{}
		err = s.begin(plain, plain.init(s, p, req.Method, o.T1, h), o.Silence)
	}
	if err != nil {
		return nil, fmt.Errorf("send %s: %w", req.Method, err)
	}
	return t, nil
}

// whole fills in what the owner does not want to know.
func (h ClientHandler) whole() ClientHandler {
	if h.Response == nil {
		h.Response = func(*Response) {}
	}
	if h.Failed == nil {
		h.Failed = func(error) {}
	}
	if h.Ended == nil {
		h.Ended = func() {}
	}
	return h
}

// Send sends a request without a transaction: the ACK for a 2xx. A Via with a fresh branch is put on top.
func (s *Stack) Send(req *Request, to Flow) error {
	p, err := s.address(req, to, false)
	if err != nil {
		return err
	}
	return s.send(p.data, p.flow)
}

// parcel is an encoded request and where it goes.
type parcel struct {
	data   []byte
	branch string
	flow   Flow
	spare  *parcel // the same over UDP, should TCP not be taken after all
}

// address completes a request for a flow and encodes it. A big one moves to TCP if the peer takes that.
func (s *Stack) address(req *Request, to Flow, tcpToo bool) (parcel, error) {
	if req.MaxForwards() == nil {
		hops := MaxForwardsHeader(70)
		req.AppendHeader(&hops)
	}
	req.SetBody(req.Body())
	p := parcel{branch: NewBranch(), flow: to}
	via := &ViaHeader{ProtocolName: "SIP", ProtocolVersion: "2.0", Params: Params{{K: "branch", V: p.branch}, {K: "rport"}}}
	s.signVia(via, to)
	req.PrependHeader(via)
	var err error
	if p.data, err = encode(req); err != nil || to.Transport != "udp" || len(p.data) <= maxUDP || !tcpToo {
		return p, err
	}
	tcp, err := s.Route("tcp", to.Remote)
	if err != nil {
		return p, nil // fragmented UDP is better than nothing
	}
	s.signVia(via, tcp)
	big := parcel{branch: p.branch, flow: tcp, spare: &p}
	big.data, err = encode(req)
	return big, err
}

// signVia says in a Via where the answer to a request sent on that flow goes.
func (s *Stack) signVia(via *ViaHeader, f Flow) {
	self := s.Self(f)
	via.Transport, via.Host, via.Port = strings.ToUpper(f.Transport), self.Host, self.Port
}

// client is what both client machines share. Guarded by core.
type client struct {
	core
	key   string
	flow  Flow
	data  []byte // what is repeated: the request, later perhaps an ACK
	spare *parcel
	t1    time.Duration
	h     ClientHandler
	state state

	again alarm // A, E: repeat the request
	over  alarm // B, F, D, K, M: give up, or stop absorbing
	mute  alarm // Silence
}

// state of a transaction. Which follow which stands in doc.go.
type state byte

const (
	calling state = iota // sent, nothing heard; of a server: received, nothing said
	proceeding
	completed
	confirmed
	accepted
	ended
)

func (c *client) init(s *Stack, p parcel, m Method, t1 time.Duration, h ClientHandler) *client {
	c.stack, c.key, c.flow, c.data, c.spare, c.t1, c.h = s, clientKey(p.branch, m), p.flow, p.data, p.spare, t1, h.whole()
	return c
}

// begin enters a transaction into the table, sends its request and starts its timers.
func (s *Stack) begin(m clientMachine, c *client, silence time.Duration) error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return ErrClosed
	}
	s.clients[c.key] = m
	s.mu.Unlock()
	c.mu.Lock()
	defer c.leave()
	if err := c.launch(m); err != nil && !c.fallBack(m) {
		c.finish()
		c.queue = nil
		return err
	}
	c.over.set(&c.core, 64*c.t1, m.expire)
	if silence > 0 {
		c.mute.set(&c.core, silence, m.silent)
	}
	return nil
}

// launch sends the request for the first time.
func (c *client) launch(m clientMachine) error {
	if !c.flow.unreliable() {
		n, err := c.stack.sendConn(c.data, c.flow)
		c.flow.Conn = n // what follows goes the same way
		return err
	}
	if err := c.stack.send(c.data, c.flow); err != nil {
		return err
	}
	c.again.set(&c.core, c.t1, func() { m.repeat(2 * c.t1) })
	return nil
}

// fallBack sends a request over UDP that was too big for it, if TCP failed before anything was heard (RFC 3261 section
// 18.1.1).
func (c *client) fallBack(m clientMachine) bool {
	p := c.spare
	if p == nil || c.state != calling {
		return false
	}
	c.spare, c.data, c.flow = nil, p.data, p.flow
	return c.launch(m) == nil
}

// finish ends the transaction; it absorbs nothing more.
func (c *client) finish() {
	if c.state == ended {
		return
	}
	c.state, c.data = ended, nil
	c.again.stop()
	c.over.stop()
	c.mute.stop()
	c.stack.mu.Lock()
	delete(c.stack.clients, c.key)
	c.stack.mu.Unlock()
	c.tell(c.h.Ended)
}

func (c *client) onFlow() Flow {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.flow
}
