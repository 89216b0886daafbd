package sip

import (
	"time"

	"ringtide/sip/internal/wire"
)

const (
	testSilence  = 4 * time.Second // without any answer for so long, a test is missed
	testAgain    = 5 * time.Second // from one test to the next after a miss, so while a device is unreachable
	missedInARow = 3               // one lost datagram says nothing, three tests with four copies each do
)

// testAfter has a device tested after d. Without Config.Qualify only unreachable ones are.
func (r *registrar) testAfter(b *binding, d time.Duration) {
	r.last++
	b.testing = r.last // what is under way counts no more
	stop(b.test)
	if r.closed || r.config().Qualify <= 0 && b.reachable && b.missed == 0 {
		return
	}
	number := b.testing
	b.test = time.AfterFunc(d, func() { r.runTest(b, number) })
}

// testAll begins the tests of all devices anew, after Config.Qualify changed.
func (r *registrar) testAll() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, b := range r.keys {
		r.testAfter(b, jitter(r.config().Qualify))
	}
}

// runTest asks a device for a sign of life: any final response is one.
func (r *registrar) runTest(b *binding, number uint64) {
	r.mu.Lock()
	due := r.keys[b.key] == b && b.testing == number && !r.closed
	uri, route, flow := b.uri, b.path, b.flow
	r.mu.Unlock()
	if !due {
		return
	}
	started := time.Now()
	r.probe(uri, route, flow, func(alive bool) {
		r.mu.Lock()
		defer r.unlock()
		if r.keys[b.key] == b && b.testing == number && !r.closed {
			r.tested(b, alive, time.Since(started))
		}
	})
}

// tested takes the result of a test that took so long.
func (r *registrar) tested(b *binding, alive bool, took time.Duration) {
	if alive {
		b.missed = 0
		if !b.reachable {
			b.reachable = true
			r.log.Info("phone answers again", "user", b.user, "source", b.flow.Remote.String())
			r.came(b, false)
		}
		every := r.config().Qualify
		r.testAfter(b, every-every/20+jitter(every/10))
		r.report(b.user, false)
		return
	}
	if b.missed++; b.missed >= missedInARow && b.reachable {
		r.lose(b, "no answer to OPTIONS")
	}
	r.testAfter(b, max(0, testAgain-took))
}

// lose marks a device as unreachable; it is not rung until it answers a test or registers again.
func (r *registrar) lose(b *binding, why string) {
	b.reachable = false
	r.log.Info("phone unreachable", "user", b.user, "source", b.flow.Remote.String(), "why", why)
	r.report(b.user, true)
}

// unreachable is told by who tried to call a device in vain.
func (r *registrar) unreachable(key string) {
	r.mu.Lock()
	defer r.unlock()
	if b := r.keys[key]; b != nil && b.reachable && !r.closed {
		r.lose(b, "no answer to a call")
		r.testAfter(b, testAgain)
	}
}

// ping sends OPTIONS to a device and reports whether any final response came.
func (s *Server) ping(device wire.Uri, route []string, f wire.Flow, done func(alive bool)) {
	self := wire.Uri{Scheme: "sip", Host: s.config.Load().Domain}
	req := s.requestTo(device, wire.OPTIONS, self, device, route, f)
	req.AppendHeader(wire.NewHeader("Accept", "application/sdp"))
	_, err := s.wire.Request(req, f, wire.ClientHandler{
		Response: func(res *wire.Response) {
			if !res.IsProvisional() {
				done(true)
			}
		},
		Failed: func(error) { done(false) },
		Ended:  func() {},
	}, wire.ClientOptions{Silence: testSilence})
	if err != nil {
		done(false)
	}
}

// requestTo makes a request to a device outside of any dialog.
func (s *Server) requestTo(device wire.Uri, m wire.Method, from, to wire.Uri, route []string, f wire.Flow) *wire.Request {
	req := wire.NewRequest(m, device)
	callID := wire.CallIDHeader(wire.NewCallID())
	req.AppendHeader(&wire.FromHeader{Address: from, Params: wire.Params{{K: "tag", V: wire.NewTag()}}})
	req.AppendHeader(&wire.ToHeader{Address: to})
	req.AppendHeader(&callID)
	req.AppendHeader(&wire.CSeqHeader{SeqNo: 1, MethodName: m})
	req.AppendHeader(&wire.ContactHeader{Address: s.selfFor(device, f)})
	for _, hop := range route {
		req.AppendHeader(wire.NewHeader("Route", hop))
	}
	req.AppendHeader(wire.NewHeader("User-Agent", product))
	return req
}
