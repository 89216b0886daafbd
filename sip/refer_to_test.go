package sip

import (
	"strings"
	"testing"

	"ringtide/internal/phone"
	"ringtide/sip/internal/wire"
)

// Refer-To (RFC 3515 section 2.1, RFC 3891 section 6.1), as phones write it, and as attackers do.
func TestReferTo(t *testing.T) {
	for _, c := range []struct {
		line string // "": none
		code int
		to   string
	}{
		{"<sip:102@pbx.test>", 0, "102"},
		{`"Ann, \"the boss\"" <sip:102@pbx.test>;x=y`, 0, "102"},
		{"sip:102@pbx.test", 0, "102"},
		{"sip:102@pbx.test;method=INVITE", 0, "102"},
		{"<sips:102@PBX.test:5060;transport=tcp;method=invite>", 0, "102"},
		{"<sip:102@10.0.0.1>", 0, "102"},
		{"<sip:%31%30%32;npdi@10.0.0.1:5060>", 0, "102"},
		{"<sip:*8101@pbx.test>", 0, "*8101"},
		{"<sip:+1-555-0100;phone-context=x@pbx.test;user=phone>", 0, "+15550100"},
		{"<tel:+1-555-0100;phone-context=x>", 0, "+15550100"},
		{"<sip:102@pbx.test?Subject=hi&Call-ID=x&From=sip%3Aboss@pbx.test&Route=%3Csip%3Aevil.example%3E>", 0, "102"},
		{"", 400, ""},
		{"<sip:102@pbx.test>, <sip:103@pbx.test>", 400, ""},
		{"sip:102@pbx.test,sip:103@pbx.test", 400, ""},
		{"<sip:102@pbx.test", 400, ""},
		{"102", 400, ""},
		{"<sip:102@pbx.test?Replaces=x>", 400, ""},
		{"<sip:102@pbx.test?Replaces=x%3Bto-tag%3D1>", 400, ""},
		{"<sip:102@pbx.test?Replaces=x%3Bto-tag%3D1%3Bfrom-tag%3D>", 400, ""},
		{"<sip:102@pbx.test?Replaces=x%3Bto-tag%3D1%3Bfrom-tag%3D2%3Bto-tag%3D3>", 400, ""},
		{"<sip:102@pbx.test?Replaces=x%3Bto-tag%3D1%3Bfrom-tag%3D2&replaces=y%3Bto-tag%3D1%3Bfrom-tag%3D2>", 400, ""},
		{"<http://pbx.test/>", 416, ""},
		{"<mailto:102@pbx.test>", 416, ""},
		{"<tel:ann>", 416, ""},
		{"<urn:service:sos>", 416, ""},
		{"<sip:102@evil.example>", 403, ""},
		{"<sip:102@10.0.1.7>", 403, ""},
		{"<sip:102@pbx.test.evil.example>", 403, ""},
		{"<sip:102@anonymous.invalid>", 403, ""},
		{"<sip:102@pbx.test;method=BYE>", 403, ""},
		{"<sip:102@evil.example?Replaces=x%3Bto-tag%3D1%3Bfrom-tag%3D2>", 403, ""},
		{"<sip:pbx.test>", 404, ""},
		{"<sip:%00@pbx.test>", 404, ""},
		{"<sip:102@pbx.test?Require=replaces>", 420, ""},
		{"<sip:102@pbx.test?Require=100rel%2C%20timer>", 420, ""},
		{"<sip:102@pbx.test?Replaces=x%3Bto-tag%3D1%3Bfrom-tag%3D2&Require=replaces,gruu>", 420, ""},
	} {
		play(t, quiet, 1, func(s *stage) {
			r, bad := s.server.readReferral(referring(c.line))
			code := 0
			if bad != nil {
				code = bad.code
			}
			if code != c.code || code == 0 && (r.to != c.to || r.replaces != nil) {
				t.Errorf("%s: %d, %q, %v", c.line, code, r.to, r.replaces)
			}
		})
	}
}

func referring(lines ...string) *wire.Request {
	req := wire.NewRequest(wire.REFER, wire.Uri{Scheme: "sip", Host: phone.Domain})
	for _, line := range lines {
		if line != "" {
			req.AppendHeader(wire.NewHeader("Refer-To", line))
		}
	}
	return req
}

func TestReplaces(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		for _, text := range []string{
			"sip:102@pbx.test?Replaces=12345%40192.168.118.3%3Bto-tag%3D12345%3Bfrom-tag%3D5FFE-3994", // RFC 3515 section 2.1
			"<sip:pbx.test?Replaces=12345%40192.168.118.3%3Bto-tag%3D12345%3Bfrom-tag%3D5FFE-3994&Require=replaces>",
			"<sip:anonymous@anonymous.invalid?r%65places=%20%312345@192.168.118.3;FROM-TAG=5FFE-3994;x;to-tag=12345>",
		} {
			r, bad := s.server.readReferral(referring(text))
			if bad != nil || r.to != "" || *r.replaces != (replaced{callID: "12345@192.168.118.3", toTag: "12345", fromTag: "5FFE-3994"}) {
				t.Errorf("%s: %v, %q, %v", text, bad, r.to, r.replaces)
			}
		}
		r, bad := s.server.readReferral(referring("<sip:102@pbx.test?Replaces=12adf2f34456gs5%3Bto-tag%3D12345%3Bfrom-tag%3D54321%3Bearly-only>"))
		if bad != nil || *r.replaces != (replaced{"12adf2f34456gs5", "12345", "54321", true}) {
			t.Errorf("%v, %v", bad, r.replaces)
		}
		for _, req := range []*wire.Request{referring("<sip:102@pbx.test>", "<sip:102@pbx.test>"), referring()} {
			if _, bad := s.server.readReferral(req); bad == nil || bad.code != 400 {
				t.Errorf("%v", bad)
			}
		}
		req := referring("<sip:102@pbx.test>")
		req.AppendHeader(wire.NewHeader("Replaces", "x;to-tag=1;from-tag=2"))
		if _, bad := s.server.readReferral(req); bad == nil || bad.code != 400 {
			t.Errorf("Replaces outside of INVITE: %v", bad)
		}
		_, bad = s.server.readReferral(referring("<sip:102@pbx.test?Require=one%0D%0AX:y,two>"))
		if bad == nil || bad.more[0].Value() != "one X:y, two" {
			t.Errorf("Unsupported: %v", bad)
		}
	})
}

// Whatever Refer-To says: it is refused, or leads to a name without anything that could be taken for syntax.
func FuzzReferTo(f *testing.F) {
	for _, s := range []string{
		"<sip:102@pbx.test>", "sip:102@pbx.test;method=INVITE", "<tel:+1-555;x=y>", "<sip:pbx.test?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2%3Bearly-only&Require=replaces>",
		"<sip:%22%3C@pbx.test>", "<sip:a@b>,<sip:c@d>", `"x\"" <sip:1@pbx.test>`, "<sip:1@pbx.test?%52equire=%00>", "<sip:1@[::1]?=&&x>",
	} {
		f.Add(s)
	}
	s := &Server{wire: wire.New(wire.Config{Log: discardLog()})}
	s.config.Store(&stageConfig)
	f.Cleanup(s.wire.Close)
	f.Fuzz(func(t *testing.T, text string) {
		r, bad := s.readReferral(referring(text))
		if bad != nil {
			for _, h := range bad.more {
				if strings.ContainsAny(h.Value(), "\r\n\x00") {
					t.Errorf("%q is answered with %q", text, h.Value())
				}
			}
			if bad.code < 400 || bad.code > 499 {
				t.Errorf("%q: %d", text, bad.code)
			}
			return
		}
		if (r.to == "") == (r.replaces == nil) || strings.ContainsAny(r.to, " \"<>@;,\\\r\n\x00") || len(r.to) > 4*maxRunes {
			t.Errorf("%q leads to %q, %v", text, r.to, r.replaces)
		}
		if p := r.replaces; p != nil && (p.callID == "" || p.toTag == "" || p.fromTag == "") {
			t.Errorf("%q replaces %v", text, p)
		}
	})
}
