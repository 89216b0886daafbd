package sip

import (
	"log/slog"
	"net/netip"
	"runtime"
	"testing"

	"ringtide/internal/fakenet"
)

// BenchmarkCall is one call between two servers of ours in one process: INVITE, 100, 180, 200, ACK, BYE, 200, both sides of
// each.
func BenchmarkCall(b *testing.B) {
	net := fakenet.New(1, fakenet.Options{})
	open := func(addr, peer string, invited func(*Dialog, Invitation) func(Event)) *Server {
		c := Config{Domain: "pbx.test", Trunks: []Trunk{{Name: "peer", URIs: []string{"sip:" + peer},
			Peers: []Peer{{Net: netip.PrefixFrom(netip.MustParseAddr(peer), 32)}}}}}
		s, err := New(c, Handler{Invited: invited}, nil, slog.New(slog.DiscardHandler), Options{})
		if err != nil {
			b.Fatal(err)
		}
		conn, err := net.ListenPacket(netip.AddrPortFrom(netip.MustParseAddr(addr), 5060))
		if err != nil {
			b.Fatal(err)
		}
		go s.ServeUDP(conn)
		b.Cleanup(s.Close)
		return s
	}
	offer := []byte("v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\nm=audio 10000 RTP/AVP 8 101\r\n")
	open("10.0.0.2", "10.0.0.1", func(d *Dialog, _ Invitation) func(Event) {
		d.Ringing()
		d.Answer(offer)
		return func(Event) {}
	})
	caller := open("10.0.0.1", "10.0.0.2", nil)
	for { // until both listen
		if _, err := caller.TrunkTarget("peer"); err == nil {
			break
		}
		runtime.Gosched()
	}
	b.ReportAllocs()
	for b.Loop() {
		to, err := caller.TrunkTarget("peer")
		if err != nil {
			b.Fatal(err)
		}
		over := make(chan bool)
		var d *Dialog
		answered := make(chan bool, 1)
		d = caller.Dial(to, Invite{Number: "1", Offer: offer}, func(e Event) {
			switch e.(type) {
			case Answered:
				answered <- true
			case Gone:
				close(over)
			}
		})
		<-answered
		d.Hangup(NoReason)
		<-over
	}
}
