package wire

import (
	"strings"
	"testing"
)

// Section 4, and beyond it: responses go to where the request came from, whatever Via says, asked or not.
func TestForcedRport(t *testing.T) {
	for _, c := range []struct{ via, want string }{
		{"10.9.8.7:5060;branch=z9hG4bK1;rport", ";rport=5062;received=198.51.100.7"},
		{"10.9.8.7:5060;branch=z9hG4bK1;RPort", ";rport=5062;received=198.51.100.7"},
		{"10.9.8.7;branch=z9hG4bK1", "10.9.8.7;branch=z9hG4bK1;received=198.51.100.7"},
		{"phone.example.org;branch=z9hG4bK1", ";received=198.51.100.7"},
		{"198.51.100.7:5062;branch=z9hG4bK1", "198.51.100.7:5062;branch=z9hG4bK1\r\n"},
		{"[2001:db8::9]:5070;branch=z9hG4bK1;rport", "[2001:db8::9]:5070;branch=z9hG4bK1;rport=5062;received=198.51.100.7"},
	} {
		h := Handler{Request: func(tx *ServerTx) { tx.Respond(tagged(tx, 200)) }}
		inBed(t, Config{Handler: h}, func(b *bed) {
			b.say(strings.Replace(request("OPTIONS", "1", ""), "198.51.100.7:5062;branch=z9hG4bK1", c.via, 1))
			out := b.packets()
			if len(out) != 1 || out[0].To != peerAddr || !strings.Contains(string(out[0].Data), c.want) {
				t.Errorf("%s: %v", c.via, out)
			}
		})
	}
}

// The stateless refusals of the gate too.
func TestForcedRportOfRefusals(t *testing.T) {
	inBed(t, Config{}, func(b *bed) {
		text := strings.Replace(request("OPTIONS", "1", ""), "198.51.100.7:5062;branch=z9hG4bK1", "10.9.8.7;rport;branch=z9hG4bK1", 1)
		b.say(strings.Replace(text, "CSeq: 1 OPTIONS", "CSeq: 1 BYE", 1))
		out := b.packets()
		if len(out) != 1 || out[0].To != peerAddr || !strings.Contains(string(out[0].Data), "10.9.8.7;rport=5062;branch=z9hG4bK1;received=198.51.100.7") {
			t.Errorf("%v", out)
		}
	})
}

// Our own requests ask for it, and leave from the socket others send to.
func TestRportAsked(t *testing.T) {
	inBed(t, Config{}, func(b *bed) {
		tx, _ := b.call(OPTIONS, ClientOptions{})
		if p := b.packets()[0]; p.From != ourAddr {
			t.Error(p.From)
		}
		if via := tx.Request().Via(); !via.Params.Has("rport") {
			t.Error(via)
		}
	})
}
