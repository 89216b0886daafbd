package sip

import (
	"net/netip"
	"strings"
	"testing"

	"ringtide/sip/internal/wire"
)

// inviteWith builds an INVITE as wire hands it up. Values of headers are text, as on the wire.
func inviteWith(t *testing.T, target, from string, more ...string) *wire.Request {
	t.Helper()
	uri, err := wire.ParseURI(target)
	if err != nil {
		t.Fatal(err)
	}
	req := wire.NewRequest(wire.INVITE, uri)
	name, address, params, err := wire.ParseAddress(from)
	if err != nil {
		t.Fatal(err)
	}
	req.AppendHeader(&wire.FromHeader{DisplayName: name, Address: address, Params: params})
	for _, line := range more {
		name, value, _ := strings.Cut(line, ": ")
		req.AppendHeader(wire.NewHeader(name, value))
	}
	return req
}

func TestItem31_CallerOfATrunk(t *testing.T) {
	for _, c := range []struct {
		what, from   string
		more         []string
		number, name string
	}{
		{"From alone", `"Bob \"B\" Smith" <sip:+15551234@carrier>;tag=1`, nil, "+15551234", `Bob "B" Smith`},
		{"PAI first", `Fake <sip:666@carrier>`, []string{`P-Asserted-Identity: "True" <sip:+1777@carrier>`, `Remote-Party-ID: <sip:888@carrier>`}, "+1777", "True"},
		{"RPID next", `Fake <sip:666@carrier>`, []string{`Remote-Party-ID: "Rita" <sip:888@carrier>;party=calling;screen=yes`}, "888", "Rita"},
		{"RPID of the called", `Fred <sip:666@carrier>`, []string{`Remote-Party-ID: "Me" <sip:888@carrier>;party=called`}, "666", "Fred"},
		{"two PAI in one header", `<sip:666@carrier>`, []string{`P-Asserted-Identity: "Ann, A" <sip:+1-777-1@carrier;user=phone>, <tel:+17771>`}, "+17771", "Ann, A"},
		{"two PAI, tel first", `<sip:666@carrier>`, []string{`P-Asserted-Identity: <tel:+1777>`, `P-Asserted-Identity: "Ann" <sip:ann@carrier>`}, "+1777", "Ann"},
		{"broken PAI", `Fred <sip:666@carrier>`, []string{`P-Asserted-Identity: <<<`}, "666", "Fred"},
		{"nobody", `<sip:carrier>`, nil, "", ""},
		{"Privacy: id", `"Bob" <sip:+1555@carrier>`, []string{"P-Asserted-Identity: <sip:+1777@carrier>", "Privacy: id"}, "", ""},
		{"Privacy: several", `"Bob" <sip:+1555@carrier>`, []string{"Privacy: critical;ID"}, "", ""},
		{"Privacy: none", `"Bob" <sip:+1555@carrier>`, []string{"Privacy: none"}, "+1555", "Bob"},
		{"RPID privacy", `"Bob" <sip:+1555@carrier>`, []string{"Remote-Party-ID: <sip:+1777@carrier>;privacy=full"}, "", ""},
		{"anonymous From", `"Anonymous" <sip:anonymous@anonymous.invalid>`, []string{"P-Asserted-Identity: <sip:+1777@carrier>"}, "", ""},
		{"anonymous at the carrier", `<sip:Anonymous@carrier>`, nil, "", ""},
	} {
		number, name := presented(inviteWith(t, "sip:1@pbx.test", c.from, c.more...))
		if number != c.number || name != c.name {
			t.Errorf("%s: %q %q, want %q %q", c.what, number, name, c.number, c.name)
		}
	}
}

func TestItem33_NumbersAreNormalised(t *testing.T) {
	for text, want := range map[string]string{
		"sip:+15551000@pbx.test":                              "+15551000",
		"sip:+1-555-1000@pbx.test;user=phone":                 "+15551000",
		"sip:+1555.1000;npdi;rn=+1555@pbx.test":               "+15551000",
		"sip:5551000;isup-oli=62@pbx.test":                    "5551000",
		"sip:(555)1000@pbx.test;user=phone":                   "5551000",
		"sip:q-600@pbx.test":                                  "q-600",
		"sip:john.smith@pbx.test":                             "john.smith",
		"sip:%2a8101@pbx.test":                                "*8101",
		"sip:*97@pbx.test":                                    "*97",
		"sip:%2B1555:secret@pbx.test":                         "+1555",
		"sip:pbx.test":                                        "",
		"tel:+1-555-1000;phone-context=example.com":           "+15551000",
		"tel:5551000;npdi":                                    "5551000",
		"sip:%3Cscript%3E%22%40evil%3b%0d%0aVia:x@pbx.test":   "scriptevilVia",
		"sip:a%00b%E2%80%AEc@pbx.test":                        "abc",
		"sip:" + strings.Repeat("7", 100) + "@pbx.test":       strings.Repeat("7", 64),
		"sip:" + strings.Repeat("%C3%A9", 100) + "@pbx.test":  strings.Repeat("é", 64),
		"sip:caf%C3%A9@pbx.test":                              "café",
		"sip:100%2541@pbx.test":                               "100%41",
		"sip:a%20%20b@pbx.test":                               "ab",
		"sip:bad%FFutf8@pbx.test":                             "badutf8",
		"sip:+1555@pbx.test;user=phone;isup-oli=0;npdi=yes":   "+1555",
		"sips:+1555@pbx.test":                                 "+1555",
		"sip:+49(0)30.1234-56@pbx.test;transport=udp;foo=bar": "+49030123456",
	} {
		uri, err := wire.ParseURI(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if got := userOf(uri); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestInvitation(t *testing.T) {
	inOffice(t, func(c *Config) { c.PublicIP = netip.MustParseAddr("198.18.0.1") }, func(o *office) {
		f := wire.Flow{Transport: "udp", Local: deskAddr, Remote: trunkAddr}
		req := inviteWith(t, "sip:+15551000@192.0.2.1", `"Bob" <sip:+1555@carrier>`, "Call-ID: abc", "Content-Type: application/sdp")
		req.SetBody([]byte("v=0\r\n"))
		inv := o.server.invitation(req, Identity{Trunk: "carrier"}, f)
		want := Invitation{From: Identity{Trunk: "carrier"}, Dialled: "+15551000", Number: "+1555", Name: "Bob", Offer: inv.Offer, MaxForwards: 70, CallID: "abc",
			Local: deskAddr.Addr(), Advertise: netip.MustParseAddr("198.18.0.1"), Remote: trunkAddr.Addr()}
		if inv.Offer == nil || string(inv.Offer) != "v=0\r\n" {
			t.Errorf("offer %q", inv.Offer)
		}
		if inv.Offer = nil; inv.Number != want.Number || inv.Name != want.Name || inv.Dialled != want.Dialled || inv.MaxForwards != 70 ||
			inv.Local != want.Local || inv.Advertise != want.Advertise || inv.Remote != want.Remote || inv.CallID != "abc" || inv.From != want.From {
			t.Errorf("%+v", inv)
		}
		// Users are who they have proven to be, whatever they write.
		inv = o.server.invitation(inviteWith(t, "sip:102@pbx.test", `"Boss" <sip:999@pbx.test>`, "P-Asserted-Identity: <sip:1@pbx.test>", "Max-Forwards: 5"), Identity{User: "101"}, f)
		if inv.Number != "101" || inv.Name != "User 101" || inv.Offer != nil {
			t.Errorf("%+v", inv)
		}
		inv = o.server.invitation(inviteWith(t, "sip:102@pbx.test", `<sip:101@pbx.test>`, "Privacy: id"), Identity{User: "101"}, f)
		if inv.Number != "" || inv.Name != "" || inv.From.User != "101" {
			t.Errorf("private: %+v", inv)
		}
	})
}
