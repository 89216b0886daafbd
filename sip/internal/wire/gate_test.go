package wire

import (
	"fmt"
	"strings"
	"testing"
)

var good = request("OPTIONS", "1", "")

// with changes a good request.
func with(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(good) }

// The rules of the gate, one by one. "" is accepted, "-" dropped in silence.
func TestGate(t *testing.T) {
	lines := func(n int, format string) (s string) {
		for i := range n {
			s += strings.ReplaceAll(format, "#", fmt.Sprint(i))
		}
		return s
	}
	cases := []struct{ name, message, want string }{
		{"good", good, ""},
		{"lower-case version", with("sip:100@192.0.2.1 SIP/2.0", "sip:100@192.0.2.1 sip/2.0"), ""},
		{"SIP/3.0", with("sip:100@192.0.2.1 SIP/2.0", "sip:100@192.0.2.1 SIP/3.0"), "505"},
		{"SIP/<script>", with("sip:100@192.0.2.1 SIP/2.0", "sip:100@192.0.2.1 SIP/<script>"), "505"},
		{"no version", with("sip:100@192.0.2.1 SIP/2.0", "sip:100@192.0.2.1"), "-"},
		{"HTTP", "GET / HTTP/1.1\n\n", "-"},
		{"STUN", "\x00\x01\x00\x00", "-"},
		{"no From", with("From: <sip:a@example.org>;tag=them\n", ""), "400"},
		{"two From", with("From: ", "From: <sip:b@h>;tag=x\nFrom: "), "400"},
		{"From and f", with("From: ", "f: <sip:b@h>;tag=x\nFrom: "), "400"},
		{"no To", with("To: <sip:100@example.org>\n", ""), "400"},
		{"two To", with("To: ", "t: <sip:b@h>\nTo: "), "400"},
		{"no Call-ID", with("Call-ID: call-1\n", ""), "400"},
		{"empty Call-ID", with("Call-ID: call-1\n", "Call-ID:\n"), "400"},
		{"two Call-ID", with("Call-ID: ", "i: x\nCall-ID: "), "400"},
		{"no CSeq", with("CSeq: 1 OPTIONS\n", ""), "400"},
		{"two CSeq", with("CSeq: ", "CSeq: 1 OPTIONS\nCSEQ: "), "400"},
		{"CSeq of another method", with("CSeq: 1 OPTIONS", "CSeq: 1 INVITE"), "400"},
		{"CSeq 2^31-1", with("CSeq: 1 OPTIONS", "CSeq: 2147483647 OPTIONS"), ""},
		{"CSeq 2^31", with("CSeq: 1 OPTIONS", "CSeq: 2147483648 OPTIONS"), "400"},
		{"CSeq -1", with("CSeq: 1 OPTIONS", "CSeq: -1 OPTIONS"), "400"},
		{"no Via", with("Via: SIP/2.0/UDP 198.51.100.7:5062;branch=z9hG4bK1\n", ""), "-"}, // no answer could find its way
		{"Via port 0", with("198.51.100.7:5062;", "198.51.100.7:0;"), "400"},
		{"Via port 70000", with("198.51.100.7:5062;", "198.51.100.7:70000;"), "400"},
		{"two Max-Forwards", with("Max-Forwards: 70", "Max-Forwards: 70\nMax-Forwards: 70"), "400"},
		{"Max-Forwards 256", with("Max-Forwards: 70", "Max-Forwards: 256"), "400"},
		{"Max-Forwards x", with("Max-Forwards: 70", "Max-Forwards: x"), "400"},
		{"no Max-Forwards", with("Max-Forwards: 70\n", ""), ""},
		{"two Content-Length", with("Content-Length: 0", "Content-Length: 0\nl: 0"), "400"},
		{"Content-Length too large", with("Content-Length: 0", "Content-Length: 1"), "400"},
		{"Content-Length 4 GiB", with("Content-Length: 0", "Content-Length: 4294967295"), "400"},
		{"Content-Length beyond all", with("Content-Length: 0", "Content-Length: 99999999999999999999"), "400"},
		{"Content-Length x", with("Content-Length: 0", "Content-Length: x"), "400"},
		{"no Content-Length", with("Content-Length: 0\n", ""), ""},
		{"mailto", with("OPTIONS sip:100@192.0.2.1", "OPTIONS mailto:a@b"), "416"},
		{"tel", with("OPTIONS sip:100@192.0.2.1", "OPTIONS tel:+4930123;phone-context=x"), ""},
		{"sips", with("OPTIONS sip:100@192.0.2.1", "OPTIONS SIPS:100@192.0.2.1"), ""},
		{"no scheme", with("OPTIONS sip:100@192.0.2.1", "OPTIONS 100@192.0.2.1"), "400"},
		{"no host", with("OPTIONS sip:100@192.0.2.1", "OPTIONS sip:100@"), "400"},
		{"empty user", with("OPTIONS sip:100@192.0.2.1", "OPTIONS sip:@192.0.2.1"), "400"},
		{"bad escape", with("OPTIONS sip:100@192.0.2.1", "OPTIONS sip:1%0g@192.0.2.1"), "400"},
		{"IPv6 host", with("OPTIONS sip:100@192.0.2.1", "OPTIONS sip:100@[2001:db8::1]:5060;maddr=[::1]"), ""},
		{"broken IPv6 host", with("OPTIONS sip:100@192.0.2.1", "OPTIONS sip:100@[2001:db8::1"), "400"},
		{"IPv6 host without brackets", with("OPTIONS sip:100@192.0.2.1", "OPTIONS sip:100@2001:db8::1"), "400"},
		{"Require known", with("Max-Forwards", "Require: 100rel, TIMER\nMax-Forwards"), ""},
		{"Require unknown", with("Max-Forwards", "Require: timer\nRequire: magic\nMax-Forwards"), "420"},
		{"Proxy-Require", with("Max-Forwards", "Proxy-Require: magic\nMax-Forwards"), ""},
		{"lone LF", strings.Replace(good, "Max-", "X: a\x01b\nMax-", 1), "400"},
		{"lone CR", with("Max-Forwards", "X: a\rb\nMax-Forwards"), "400"},
		{"NUL", with("Max-Forwards", "X: a\x00b\nMax-Forwards"), "400"},
		{"no colon", with("Max-Forwards", "Nonsense\nMax-Forwards"), "400"},
		{"blank in name", with("Max-Forwards", "Non sense: x\nMax-Forwards"), "400"},
		{"folded", with("Max-Forwards", "X: a\n b\n\tc\nMax-Forwards"), ""},
		{"folded start line", with("SIP/2.0\nVia", "SIP/2.0\n x: y\nVia"), "400"},
		{"no empty line", strings.TrimSuffix(good, "\n"), "400"},
		{"255 lines", with("Max-Forwards", lines(249, "X#: y\n")+"Max-Forwards"), ""},
		{"257 lines", with("Max-Forwards", lines(251, "X#: y\n")+"Max-Forwards"), "400"},
		{"long line", with("Max-Forwards", "X: "+strings.Repeat("x", maxLine)+"\nMax-Forwards"), "400"},
		{"long folded line", with("Max-Forwards", "X: x\n"+strings.Repeat(" "+strings.Repeat("x", 4000)+"\n", 3)+"Max-Forwards"), "400"},
		{"70 Via", with("From", lines(69, "Via: SIP/2.0/UDP h#;branch=z9hG4bKx\n")+"From"), ""},
		{"71 Via in one line", with("From", "Via: SIP/2.0/UDP h"+lines(69, ",SIP/2.0/UDP h#")+"\nFrom"), "400"},
		{"10 Contact", with("From", "Contact: <sip:x@y>"+lines(9, ",<sip:a#@h>")+"\nFrom"), ""},
		{"11 Contact", with("From", "m: <sip:x@y>"+lines(9, ",<sip:a#@h>")+"\nContact: sip:a@h\nFrom"), "400"},
		{"many parameters", with(";tag=them", lines(65, ";p#=1")), "400"},
		{"body 32 KiB", with("Content-Length: 0\n\n", fmt.Sprintf("Content-Length: %d\n\n%s", maxBody, strings.Repeat("b", maxBody))), ""},
		{"body above", with("Content-Length: 0\n\n", fmt.Sprintf("Content-Length: %d\n\n%s", maxBody+1, strings.Repeat("b", maxBody+1))), "413"},
		{"body above, unsaid", with("Content-Length: 0\n\n", "\n"+strings.Repeat("b", maxBody+1)), "413"},
		{"bad response", "SIP/2.0 200 OK\nVia: x\n\n", "-"},
		{"response 99", "SIP/2.0 99 x\n\n", "-"},
		{"keep-alive", "\n\n", ""},
		{"NAT keep-alive", "\x00\x00", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			g := gate{extensions: map[string]bool{"100rel": true, "timer": true}}
			raw := crlf(c.message)
			raw = strings.ReplaceAll(raw, "\x01", "\n")
			_, l := g.datagram([]byte(raw))
			got := ""
			if l != nil && l.fault != nil {
				got = "-"
				if answer := l.refusal(peerAddr); answer != nil {
					got = short(answer)
					m, again := g.datagram(answer)
					if _, ok := m.(*Response); !ok && got != "400" {
						t.Errorf("the answer would not pass the gate: %v\n%s", again.fault, answer)
					}
				}
			}
			if got != c.want {
				t.Errorf("got %q (%v), want %q", got, l.fault, c.want)
			}
		})
	}
}

// ACK and CANCEL are not subject to Require, and a bad ACK is never answered (RFC 3261 section 8.2.2.3).
func TestGateForAckAndCancel(t *testing.T) {
	g := gate{}
	for _, m := range []string{"ACK", "CANCEL"} {
		if _, l := g.datagram([]byte(crlf(request(m, "1", "Require: magic\n")))); l.fault != nil {
			t.Error(m, l.fault)
		}
	}
	_, l := g.datagram([]byte(crlf(strings.Replace(request("ACK", "1", ""), "Call-ID", "X", 1))))
	if l.fault == nil || l.refusal(peerAddr) != nil {
		t.Error(l.fault)
	}
}

// What the model looks like behind the gate.
func TestGateNormalises(t *testing.T) {
	g := gate{extensions: map[string]bool{}}
	m, l := g.datagram([]byte(crlf("INVITE sip:100@192.0.2.1;Transport=TCP SIP/2.0\nv: SIP / 2.0 / udp h.example:5070 ;Branch=z9hG4bKx;RPORT\nf: Bob (work) <sip:b@H;LR> ; TAG = x\n" +
		"t: \"A \\\"B\\\" C\" <sip:100@[::1]:7>\ni: 1@h\nCSEQ: 0007   INVITE\nx: 1800;refresher=uac\nk: timer\nr: <sip:c@h?Replaces=a%40b>\n" +
		"b: <sip:r@h>\no: dialog\nu: presence\ne: gzip\ns:\nj: *;x\nd: no-fork\nn: <http://x>\nm: *\nc: application/sdp\nX-Own: 1,2\n\nv=0\n")))
	req, ok := m.(*Request)
	if !ok {
		t.Fatal(l.fault)
	}
	for name, want := range map[string]string{
		"Session-Expires": "1800;refresher=uac", "x": "1800;refresher=uac", "supported": "timer", "Refer-To": "<sip:c@h?Replaces=a%40b>",
		"Referred-By": "<sip:r@h>", "Event": "dialog", "Allow-Events": "presence", "Content-Encoding": "gzip", "Subject": "",
		"Reject-Contact": "*;x", "Request-Disposition": "no-fork", "Identity-Info": "<http://x>", "Content-Type": "application/sdp",
		"Contact": "*", "x-own": "1,2", "From": `"Bob (work)" <sip:b@H;lr>;tag=x`, "To": `"A \"B\" C" <sip:100@[::1]:7>`,
		"Via": "SIP/2.0/UDP h.example:5070;branch=z9hG4bKx;rport", "Max-Forwards": "70", "Content-Length": "5", "CSeq": "7 INVITE",
	} {
		if got := Get(req, name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if tp, _ := req.Recipient.UriParams.Get("transport"); tp != "TCP" || req.To().Address.Host != "::1" || string(req.Body()) != "v=0\r\n" {
		t.Errorf("%v %v", req.Recipient, req.To())
	}
}

func TestUnsupported(t *testing.T) {
	g := gate{extensions: map[string]bool{}}
	_, l := g.datagram([]byte(crlf(with("Max-Forwards", "Require: one, two\nRequire: three\nMax-Forwards"))))
	if answer := string(l.refusal(peerAddr)); !strings.Contains(answer, "\r\nUnsupported: one, two, three\r\n") {
		t.Error(answer)
	}
}

// A refusal is hardly larger than what it refuses.
func TestRefusalDoesNotAmplify(t *testing.T) {
	g := gate{}
	message := crlf(with("CSeq: 1 OPTIONS", "CSeq: 1 BYE"))
	_, l := g.datagram([]byte(message))
	if answer := l.refusal(peerAddr); len(answer)*2 > len(message)*3 {
		t.Errorf("%d for %d octets", len(answer), len(message))
	}
}

// What real phones and trunks write, and what it must be read as.
func TestGateTakesWhatPhonesWrite(t *testing.T) {
	for _, c := range []struct{ line, name, want string }{
		{`Contact: <sip:alice@192.0.2.5:5060;line=abc>;reg-id=1;q=1.0;+sip.instance="<urn:uuid:0-1>";audio;description="a phone";methods="INVITE,ACK"`,
			"Contact", `<sip:alice@192.0.2.5:5060;line=abc>;reg-id=1;q=1.0;+sip.instance="<urn:uuid:0-1>";audio;description="a phone";methods="INVITE,ACK"`},
		{`Contact: <sip:7@192.0.2.5>;+u.sip!devicename.ccm.example="SEP00";+u.sip!model="437"`, "m", `<sip:7@192.0.2.5>;+u.sip!devicename.ccm.example="SEP00";+u.sip!model="437"`},
		{"Contact: sip:sipp@127.0.0.1:5061;expires=60", "Contact", "<sip:sipp@127.0.0.1:5061>;expires=60"},
		{`Contact: "Müller, Öl" <sip:m@h>`, "Contact", `"Müller, Öl" <sip:m@h>`},
		{"Contact: Jörg (mobil) <sip:m@h>;", "Contact", `"Jörg (mobil)" <sip:m@h>`},
		{"Contact: <sip:*98@h>,<sip:#31#49@h;user=phone>", "Contact", "<sip:*98@h>"},
		{"P-Charging-Vector: icid-value=\"a;b\";icid-generated-at=[::1]", "p-charging-vector", "icid-value=\"a;b\";icid-generated-at=[::1]"},
		{"Date: nonsense", "Date", "nonsense"},
		{"X-Empty:", "X-Empty", ""},
		{"Route: <sip:p.example.org;lr=on>", "Route", "<sip:p.example.org;lr=on>"},
	} {
		g := gate{}
		m, l := g.datagram([]byte(crlf(with("Max-Forwards", c.line+"\nMax-Forwards"))))
		if m == nil {
			t.Errorf("%s: refused: %v", c.line, l.fault)
		} else if got := Get(m, c.name); got != c.want {
			t.Errorf("%s: read as %q", c.line, got)
		}
	}
}
