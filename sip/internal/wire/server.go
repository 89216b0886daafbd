package wire

import (
	"cmp"
	"fmt"
	"net/netip"
)

// ServerTx is a request of others and the answering of it. The stack itself keeps only what absorbs copies: once the
// owner lets go of a ServerTx, its request is free.
type ServerTx struct {
	req     *Request
	machine serverMachine
	flow    Flow
}

// Request returns the request. It must not be changed.
func (t *ServerTx) Request() *Request { return t.req }

// Flow returns where the request came from, and its responses go.
func (t *ServerTx) Flow() Flow { return t.flow }

// Respond sends a response, of any size, to where the request came from: any number of provisional ones, then one final.
// A 2xx to INVITE may be repeated until the transaction ends; sending it again until its ACK comes is the dialog's
// business (RFC 6026). Everything else after a final response is an error and is not sent. An error of the network does
// not undo the answer. Over TCP and TLS, when the connection of the request is gone, a 1xx is an error (ErrClosed) and a final
// response goes on a new connection.
func (t *ServerTx) Respond(res *Response) error {
	if err := t.machine.respond(res); err != nil {
		return fmt.Errorf("answer %s with %d: %w", t.req.Method, res.StatusCode, err)
	}
	return nil
}

// OnCancel sets who is told when a CANCEL for this INVITE comes, from the address the INVITE came from and before a final
// response. wire has answered the CANCEL itself; the receiver answers the INVITE, with 487 (RFC 3261 section 9.2). If
// the CANCEL came already, f is called at once. Requests other than INVITE are never cancelled.
func (t *ServerTx) OnCancel(f func(cancel *Request)) {
	if invite, ok := t.machine.(*inviteServer); ok {
		invite.onCancel(f)
	}
}

// server is what both server machines share. Guarded by core.
type server struct {
	core
	key   string
	flow  Flow
	back  Flow // over a connection: where the sender listens, should its connection be gone
	state state
	last  []byte // the last response, for copies of the request

	repeat alarm // G
	over   alarm // H, I, J, L
}

// newServer makes the transaction of a request; nil if another socket brought a copy in this very moment.
func (s *Stack) newServer(key string, req *Request, f Flow) *ServerTx {
	t := &ServerTx{req: req, flow: f}
	if req.Method == INVITE {
		invite := &inviteServer{}
		invite.init(s, key, req, f)
		t.machine = invite
	} else {
		plain := &plainServer{}
		plain.init(s, key, req, f)
		plain.await()
		t.machine = plain
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.servers[key] != nil || s.closed {
		return nil
	}
	s.servers[key] = t.machine
	return t
}

func (t *server) init(s *Stack, key string, req *Request, f Flow) {
	via := req.Via()
	port := via.Port
	switch {
	case port != 0:
	case f.Transport == "tls":
		port = 5061
	default:
		port = 5060
	}
	t.stack, t.key, t.flow = s, key, f
	t.back = Flow{Transport: f.Transport, Local: f.Local, Remote: netip.AddrPortFrom(f.Remote.Addr(), uint16(port))}
	t.back = t.back.Named(cmp.Or(f.Name, via.Host))
}

// reply sends a response the way the request came. If that was a connection and it is gone, a final response goes on a
// new one (RFC 3261 section 18.2.2); a provisional one is an error, so that nobody rings for a caller who may be dead.
func (t *server) reply(data []byte, code int) error {
	err := t.stack.send(data, t.flow)
	if err != nil && code >= 200 && !t.flow.unreliable() {
		err = t.stack.send(data, t.back)
	}
	return err
}

// finish ends the transaction; it absorbs nothing more.
func (t *server) finish() {
	t.state, t.last = ended, nil
	t.repeat.stop()
	t.over.stop()
	t.stack.mu.Lock()
	delete(t.stack.servers, t.key)
	t.stack.mu.Unlock()
}

func (t *server) onFlow() Flow { return t.flow } // never changes

func (t *server) stop() {
	t.mu.Lock()
	defer t.leave()
	t.finish()
}
