package wire

import (
	"strings"
	"testing"
)

// The addresses of RFC 5118's messages, each where it stands there.
func TestIPv6(t *testing.T) {
	for _, c := range []struct{ section, old, new, want string }{
		{"4.1", "sip:100@192.0.2.1", "sip:[2001:db8::10]", ""},
		{"4.1", "198.51.100.7:5062", "[2001:db8::9:1]", ""},
		{"4.1", "Max-F", "Contact: \"Caller\" <sip:caller@[2001:db8::1]>\nMax-F", ""},
		{"4.2", "sip:100@192.0.2.1", "sip:2001:db8::10", "400"},
		{"4.3", "sip:100@192.0.2.1", "sip:[2001:db8::10:5070]", ""},
		{"4.4", "sip:100@192.0.2.1", "sip:[2001:db8::10]:5070", ""},
		{"4.5", ";branch", ";received=[2001:db8::9:255];branch", ""},
		{"4.5", ";branch", ";received=2001:db8::9:255;branch", ""},
		{"4.7", "From:", "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKjhja8781hjuaij65144\nVia: SIP/2.0/TCP [2001:db8::9:255];branch=z9hG4bK451jj;received=192.0.2.200\nFrom:", ""},
		{"4.9", "198.51.100.7:5062", "[::ffff:192.0.2.10]:19823", ""},
		{"4.9", "Max-F", "Contact: \"T. desk phone\" <sip:ted@[::ffff:192.0.2.2]>\nMax-F", ""},
		{"4.10", "sip:100@192.0.2.1", "sip:user@[2001:db8:::192.0.2.1]", ""},
		{"4.10", "sip:100@192.0.2.1", "sip:user@[2001:db8::192.0.2.1]", ""},
		{"4.10", "sip:100@192.0.2.1", "sip:user@[2001:db8:::1]", "400"},
	} {
		g := gate{}
		m, l := g.datagram([]byte(crlf(strings.Replace(good, c.old, c.new, 1))))
		got := ""
		if m == nil {
			got = short(l.refusal(peerAddr))
		}
		if got != c.want {
			t.Errorf("%s %s: got %q (%v), want %q", c.section, c.new, got, l.fault, c.want)
		}
	}
}
