package sip

import (
	"net/netip"
	"strings"
	"testing"

	"ringtide/internal/phone"
)

func TestItem40_SourceIsTheTarget(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		// The phone knows only its private address, in Via and in Contact, and does not ask for rport.
		h := o.phone("203.0.113.5:61234")
		private := []string{"Via: SIP/2.0/UDP 192.168.1.10:5060;branch=z9hG4bKnat", "Contact: <sip:101@192.168.1.10:5060>"}
		res := h.Tries("REGISTER", "sip:pbx.test", private...)
		wantCode(t, "answered where it came from", res, 401)
		if !strings.Contains(phone.Header(res, "Via"), "received=203.0.113.5") {
			t.Errorf("Via: %s", phone.Header(res, "Via"))
		}
		h.MustRegister("101", "Contact: <sip:101@192.168.1.10:5060>")
		d := o.server.Devices("101")[0]
		hops, err := o.server.resolve(d, Invite{})
		if err != nil || hops[0].flow.Remote != netip.MustParseAddrPort("203.0.113.5:61234") || hops[0].flow.Local != deskAddr {
			t.Fatalf("%+v, %v", hops, err)
		}
		// The contact is still what the phone is addressed by.
		if got := hops[0].uri.String(); got != "sip:101@192.168.1.10:5060" {
			t.Errorf("Request-URI %s", got)
		}
		if d.Remote != netip.MustParseAddr("203.0.113.5") || d.Local != deskAddr.Addr() || d.Advertise.IsValid() {
			t.Errorf("%+v", d)
		}
	})
}

// With no NAT between, the Contact is believed: one program may register what another answers.
func TestContactOnAnotherPort(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		h := o.phone("203.0.113.5:5082")
		h.MustRegister("101", "Contact: <sip:101@203.0.113.5:5081>")
		hops, err := o.server.resolve(o.server.Devices("101")[0], Invite{})
		if err != nil || hops[0].flow.Remote != netip.MustParseAddrPort("203.0.113.5:5081") {
			t.Errorf("%+v, %v", hops, err)
		}
		// Another host is not: who knows the password could have anybody rung.
		h.MustRegister("101", "Contact: <sip:101@203.0.113.9:5081>")
		for _, d := range o.server.Devices("101") {
			if d.Remote != netip.MustParseAddr("203.0.113.5") {
				t.Errorf("%+v", d)
			}
		}
	})
}
