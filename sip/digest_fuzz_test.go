package sip

import (
	"net/netip"
	"strings"
	"testing"

	"ringtide/internal/phone"
	"ringtide/sip/internal/wire"
)

func FuzzDigest(f *testing.F) {
	for _, s := range []string{
		`Digest username="101",realm="pbx.test",nonce="n",uri="sip:pbx.test",response="r",algorithm=SHA-256,qop=auth,nc=00000001,cnonce="c"`,
		`Digest realm="pbx.test",nonce="n",qop="auth,auth-int",stale=TRUE,opaque=""`, `digest realm=pbx.test , nonce = n`,
		`Digest`, `Digest ,`, `Digest =`, `Digest realm="`, `Digest realm="a\`, `Basic x`, `Digest realm="pbx.test",realm="pbx.test"`,
		`Digest username="\"",realm="pbx.test"`, "Digest nonce=\x00,realm=pbx.test",
	} {
		f.Add(s)
	}
	a := newAuthenticator(phone.Domain, deskConfig().Users)
	source := netip.MustParseAddr("203.0.113.66")
	f.Fuzz(func(t *testing.T, s string) {
		d, err := parseDigest(s)
		if err != nil {
			return
		}
		if strings.Count(strings.ToLower(s), "nonce") == 0 && d.nonce != "" {
			t.Errorf("nonce %q out of %q", d.nonce, s)
		}
		req := wire.NewRequest(wire.REGISTER, wire.Uri{Scheme: "sip", Host: phone.Domain})
		req.AppendHeader(wire.NewHeader("Authorization", s))
		if v := a.judge(req, d, source); v == right {
			t.Errorf("%q is accepted", s)
		}
		d.nonce = a.nonces.issue(source)
		if v := a.judge(req, d, source); v == right {
			t.Errorf("%q is accepted with a fresh nonce", s)
		}
	})
}
