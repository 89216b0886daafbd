package sip

import (
	"testing"
	"time"

	"ringtide/internal/phone"
	"ringtide/sip/internal/wire"
)

// What is registered can be listed and read again, whatever it is.
func FuzzRegister(f *testing.F) {
	for _, s := range []string{
		"<sip:101@192.0.2.5:5060;transport=tcp>;expires=60;q=0.5", `"A \"B\"" <sip:a@[2001:db8::1]>;+sip.instance="<urn:uuid:1>";reg-id=1`,
		"sip:a@b;expires=0", "<sip:%20%22@b;x=%0d>;q=7", "<sips:a@b?Subject=x>;expires=-1", "<tel:+1>", `<sip:a@b>;+sip.instance="\"\\"`, "*",
	} {
		f.Add(s, "3600", "<sip:edge;lr>")
	}
	flow := wire.Flow{Transport: "udp", Local: deskAddr, Remote: trunkAddr}
	f.Fuzz(func(t *testing.T, contact, expires, path string) {
		name, uri, params, err := wire.ParseAddress(contact)
		if err != nil {
			return
		}
		req := wire.NewRequest(wire.REGISTER, wire.Uri{Scheme: "sip", Host: phone.Domain})
		req.AppendHeader(&wire.CSeqHeader{SeqNo: 1, MethodName: wire.REGISTER})
		req.AppendHeader(&wire.ContactHeader{DisplayName: name, Address: uri, Params: params})
		req.AppendHeader(wire.NewHeader("Expires", expires))
		req.AppendHeader(wire.NewHeader("Path", path))
		c := deskConfig()
		limits := limitsOf(&c)
		a, code := readRegister(req, flow, limits)
		if code != 0 {
			return
		}
		r := newRegistrar(func() *Config { return &c }, discardLog())
		r.keep, r.changed, r.reachable = func(wire.Flow, bool) {}, func(string) {}, func(string, int, bool) {}
		defer r.close()
		lines, code := r.register("101", a)
		if code != 200 || len(lines) > 1 {
			t.Fatalf("%d %q", code, lines)
		}
		for _, line := range lines {
			_, back, params, err := wire.ParseAddress(line)
			if err != nil || !sameURI(back, uri) || param(params, "+sip.instance") != a.contacts[0].instance {
				t.Errorf("%q is listed as %q: %v", contact, line, err)
			}
		}
		for _, kept := range r.all() {
			if left := time.Until(kept.Expires); left < limits.least-time.Second || left > limits.most+time.Second {
				t.Errorf("expires in %v", left)
			}
			if _, err := wire.ParseURI(kept.Contact); err != nil {
				t.Errorf("%q is kept as %q: %v", contact, kept.Contact, err)
			}
		}
	})
}
