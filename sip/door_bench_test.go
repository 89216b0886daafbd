package sip

import (
	"net/netip"
	"testing"

	"ringtide/internal/phone"
	"ringtide/sip/internal/wire"
)

// BenchmarkStranger is what one INVITE of a stranger costs at the door, without reading and writing it.
func BenchmarkStranger(b *testing.B) {
	for name, budget := range map[string]int{"challenged": 0, "dropped": 1} {
		b.Run(name, func(b *testing.B) {
			c := deskConfig()
			c.SourcePerSecond = budget
			s, err := New(c, Handler{}, nil, discardLog(), Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			req := wire.NewRequest(wire.INVITE, wire.Uri{Scheme: "sip", User: "00441234567", Host: phone.Domain})
			callID := wire.CallIDHeader("4711@203.0.113.66")
			req.AppendHeader(&wire.ViaHeader{ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: "UDP", Host: "203.0.113.66", Port: 5060, Params: wire.Params{{K: "branch", V: "z9hG4bK1"}}})
			req.AppendHeader(&wire.FromHeader{Address: wire.Uri{Scheme: "sip", User: "100", Host: phone.Domain}, Params: wire.Params{{K: "tag", V: "1"}}})
			req.AppendHeader(&wire.ToHeader{Address: req.Recipient})
			req.AppendHeader(&callID)
			req.AppendHeader(&wire.CSeqHeader{SeqNo: 1, MethodName: wire.INVITE})
			f := wire.Flow{Transport: "udp", Local: deskAddr, Remote: netip.MustParseAddrPort("203.0.113.66:5060")}
			for b.Loop() {
				s.door(req, f)
			}
		})
	}
}
