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
	req     *Request
	machine clientControl
}

// clientControl is what the owner of a request can do to its transaction.
type clientControl interface {
	cancel(extra []Header)
	abandon()
}

// Request returns the request as it was sent, with its Via. It must not be changed.
func (t *ClientTx) Request() *Request { return t.req }

// Cancel gives up an INVITE (RFC 3261 section 9.1): at once if a 1xx has come, else with the first 1xx; after a final
// response it does nothing, and to other requests neither. extra headers (Reason) go into the CANCEL, which is a
// transaction of its own whose outcome does not matter. The INVITE's own final response still comes, or
// Failed(ErrTimeout) 64*T1 after the CANCEL.
func (t *ClientTx) Cancel(extra ...Header) { t.machine.cancel(extra) }

// Abandon forgets a request: nothing is repeated, and neither Failed nor responses are reported any more, except that for
// 64*T1 a late 2xx to an INVITE still comes through Response, to be given its ACK and BYE. An INVITE that turns out to
// ring is cancelled.
func (t *ClientTx) Abandon() { t.machine.abandon() }

// Request sends req in a new client transaction on a flow. It puts a Via on top, and Max-Forwards and Content-Length
// where they are missing; req belongs to the stack afterwards. It never blocks (TCP connections are made elsewhere). An
// error means that nothing was sent and h is never called; h may be called before Request returns.
func (s *Stack) Request(req *Request, to Flow, h ClientHandler, o ClientOptions) (*ClientTx, error) {
	setDefault(&o.T1, s.config.Timers.T1)
	data, branch, err := s.address(req, &to, o.TCPToo)
	if err != nil {
		return nil, err
	}
	t := &ClientTx{req: req}
	if req.Method == INVITE {
		invite := &inviteClient{req: req}
		invite.init(s, clientKey(branch, INVITE), to, data, o.T1, h)
		t.machine = invite
		err = s.begin(invite, &invite.client, o.Silence)
	} else {
		plain := &plainClient{}
		plain.init(s, clientKey(branch, req.Method), to, data, o.T1, h)
		t.machine = plain
		err = s.begin(plain, &plain.client, o.Silence)
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
	data, _, err := s.address(req, &to, false)
	if err != nil {
		return err
	}
	return s.send(data, to)
}

// address completes a request for a flow and encodes it. A big one moves to TCP if the peer takes that.
func (s *Stack) address(req *Request, to *Flow, tcpToo bool) (data []byte, branch string, err error) {
	if req.MaxForwards() == nil {
		hops := MaxForwardsHeader(70)
		req.AppendHeader(&hops)
	}
	req.SetBody(req.Body())
	branch = NewBranch()
	self := s.Self(*to)
	via := &ViaHeader{ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: strings.ToUpper(to.Transport), Host: self.Host, Port: self.Port,
		Params: Params{{K: "branch", V: branch}, {K: "rport"}}}
	req.PrependHeader(via)
	if data, err = encode(req); err != nil {
		return nil, "", err
	}
	if to.Transport != "udp" || len(data) <= maxUDP || !tcpToo {
		return data, branch, nil
	}
	big, err := s.Route("tcp", to.Remote)
	if err != nil {
		return data, branch, nil // fragmented UDP is better than nothing
	}
	*to = big
	via.Transport, via.Port = "TCP", s.Self(big).Port
	data, err = encode(req)
	return data, branch, err
}

// client is what both client machines share. Guarded by core.
type client struct {
	core
	key   string
	flow  Flow
	data  []byte // what is repeated: the request, later perhaps an ACK
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

func (c *client) init(s *Stack, key string, f Flow, data []byte, t1 time.Duration, h ClientHandler) {
	c.stack, c.key, c.flow, c.data, c.t1, c.h = s, key, f, data, t1, h.whole()
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
	if err := s.send(c.data, c.flow); err != nil {
		c.finish()
		c.queue = nil
		return err
	}
	if c.flow.unreliable() {
		c.again.set(&c.core, c.t1, func() { m.repeat(2 * c.t1) })
	}
	c.over.set(&c.core, 64*c.t1, m.expire)
	if silence > 0 {
		c.mute.set(&c.core, silence, m.silent)
	}
	return nil
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

func (c *client) onFlow() Flow { return c.flow }
