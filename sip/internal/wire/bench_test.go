package wire

import (
	"fmt"
	"net/netip"
	"testing"
)

// BenchmarkServerInvite: INVITE in, 180 and 486 out, ACK in.
func BenchmarkServerInvite(b *testing.B) {
	s := New(Config{MaxTransactions: 1 << 30, Handler: Handler{Request: func(tx *ServerTx) {
		tx.Respond(tagged(tx, 180))
		tx.Respond(tagged(tx, 486))
	}}})
	defer s.Close()
	s.listeners = append(s.listeners, &listener{transport: "udp", addr: ourAddr, packets: nowhere{}, close: func() error { return nil }})
	flow := Flow{Transport: "udp", Local: ourAddr, Remote: peerAddr}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		branch := fmt.Sprint(i)
		s.receive([]byte(crlf(request("INVITE", branch, "Contact: <sip:a@198.51.100.7:5062>\nUser-Agent: bench\n"))), flow)
		s.receive([]byte(crlf(request("ACK", branch, ""))), flow)
	}
}

// BenchmarkClientInvite: INVITE out, 180 and 486 in, ACK out.
func BenchmarkClientInvite(b *testing.B) {
	s := New(Config{})
	defer s.Close()
	echo := &answerer{}
	s.listeners = append(s.listeners, &listener{transport: "udp", addr: ourAddr, packets: echo, close: func() error { return nil }})
	flow := Flow{Transport: "udp", Local: ourAddr, Remote: peerAddr}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Request(outgoing(INVITE), flow, ClientHandler{}, ClientOptions{}); err != nil {
			b.Fatal(err)
		}
		invite := echo.invite
		s.receive([]byte(crlf(reply(invite, 180, "t"))), flow)
		s.receive([]byte(crlf(reply(invite, 486, "t"))), flow)
	}
}

// answerer keeps the last INVITE.
type answerer struct {
	nowhere
	invite []byte
}

func (a *answerer) WriteToUDPAddrPort(b []byte, _ netip.AddrPort) (int, error) {
	if short(b) == "INVITE" {
		a.invite = b
	}
	return len(b), nil
}

// BenchmarkCallOverLoopback: INVITE, 180, 200, ACK, BYE, 200 between two stacks on real sockets, one after the other.
func BenchmarkCallOverLoopback(b *testing.B) {
	_, to := loopback(b, Config{MaxTransactions: 1 << 30, Handler: answering}, "127.0.0.1:0")
	from, _ := loopback(b, Config{}, "127.0.0.1:0")
	b.ReportAllocs()
	for b.Loop() {
		ring(b, from, "udp", to)
	}
}

// BenchmarkGate: one INVITE of ordinary size, with a body.
func BenchmarkGate(b *testing.B) {
	g := gate{extensions: map[string]bool{}}
	data := []byte(crlf(request("INVITE", "1", "Contact: <sip:a@198.51.100.7:5062>\nUser-Agent: bench\nSupported: timer, replaces\nAllow: INVITE, ACK, BYE\nContent-Type: application/sdp\n")))
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if m, l := g.datagram(data); m == nil {
			b.Fatal(l.fault)
		}
	}
}
