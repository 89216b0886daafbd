package sip

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ringtide/internal/fakenet"
)

// TestCallsOverABadNetwork lets two servers call each other over networks that lose, double, delay and reorder. Calls are
// answered, refused and hung up by either side at moments drawn from the seed; whatever happens, both legs of each call end
// with Gone, once, and nothing stays.
func TestCallsOverABadNetwork(t *testing.T) {
	networks := map[string]fakenet.Options{
		"perfect":    {},
		"lossy":      {Loss: 0.25, MinDelay: 5 * time.Millisecond, MaxDelay: 60 * time.Millisecond},
		"doubling":   {Duplicate: 0.5, Reorder: 0.3, MaxDelay: 80 * time.Millisecond},
		"everything": {Loss: 0.1, Duplicate: 0.2, Reorder: 0.2, MinDelay: 20 * time.Millisecond, MaxDelay: 400 * time.Millisecond},
	}
	for name, o := range networks {
		for seed := range uint64(8) {
			t.Run(fmt.Sprintf("%s-%d", name, seed), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { newStorm(t, o, seed).blow() })
			})
		}
	}
}

// storm is many short calls from server a to server b.
type storm struct {
	t      *testing.T
	a, b   *Server
	random *rand.Rand
	net    *fakenet.Network
	answer func(*Dialog) *leg // plays the callee; nil: by the seed
	mu     sync.Mutex
	legs   []*leg
}

const stormCalls = 30

func newStorm(t *testing.T, o fakenet.Options, seed uint64) *storm {
	s := &storm{t: t, random: rand.New(rand.NewPCG(seed, 1))}
	s.net = fakenet.New(seed, o)
	open := func(addr, peer string, invited func(*Dialog, Invitation) func(Event)) *Server {
		c := Config{Domain: "pbx.test", Trunks: []Trunk{{Name: "peer", URIs: []string{"sip:" + peer},
			Peers: []Peer{{Net: netip.PrefixFrom(netip.MustParseAddr(peer), 32)}}}}}
		server, err := New(c, Handler{Invited: invited}, nil, slog.New(slog.DiscardHandler), Options{})
		if err != nil {
			t.Fatal(err)
		}
		conn, err := s.net.ListenPacket(netip.AddrPortFrom(netip.MustParseAddr(addr), 5060))
		if err != nil {
			t.Fatal(err)
		}
		go server.ServeUDP(conn)
		t.Cleanup(server.Close)
		return server
	}
	s.a = open("10.0.0.1", "10.0.0.2", nil)
	s.b = open("10.0.0.2", "10.0.0.1", s.invited)
	synctest.Wait()
	return s
}

// draw is a moment up to most.
func (s *storm) draw(most time.Duration) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Duration(s.random.Int64N(int64(most)))
}

// soon does one thing in up to most.
func (s *storm) soon(most time.Duration, do func()) { time.AfterFunc(s.draw(most), do) }

// invited plays the callee. It runs on b's reader, one call after the other.
func (s *storm) invited(d *Dialog, _ Invitation) func(Event) {
	if s.answer != nil {
		return s.answer(d).take
	}
	l := &leg{Dialog: d, t: s.t}
	s.mu.Lock()
	s.legs = append(s.legs, l)
	s.mu.Unlock()
	s.soon(time.Second, d.Ringing)
	switch s.draw(4) {
	case 0:
		s.soon(6*time.Second, func() { d.Refuse(486, 0) })
	case 1:
		s.soon(6*time.Second, func() { d.Answer([]byte("v=0 b")) })
		s.soon(9*time.Second, func() { d.Hangup(NoReason) })
	default:
		s.soon(6*time.Second, func() { d.Answer([]byte("v=0 b")) })
	}
	return l.take
}

func (s *storm) blow() {
	s.t.Helper()
	to, err := s.a.TrunkTarget("peer")
	if err != nil {
		s.t.Fatal(err)
	}
	var callers []*leg
	for range stormCalls {
		l := &leg{t: s.t}
		l.Dialog = s.a.Dial(to, Invite{Number: "1", Offer: []byte("v=0 a")}, l.take)
		callers = append(callers, l)
		s.soon(10*time.Second, func() { l.Hangup(Elsewhere) })
		passes(s.draw(200 * time.Millisecond))
	}
	passes(3 * time.Minute)
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range append(callers, s.legs...) {
		l.mu.Lock()
		if !l.over {
			s.t.Errorf("a leg did not end: %q", l.events)
		}
		l.mu.Unlock()
	}
	for name, server := range map[string]*Server{"a": s.a, "b": s.b} {
		if st := server.Stats(); st.Dialogs != 0 || st.Transactions != 0 || st.Panics != 0 {
			s.t.Errorf("%s: left behind: %+v", name, st)
		}
	}
}
