package sip

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"ringtide/internal/phone"
	"ringtide/sip/internal/wire"
)

const aliceURI = "sip:101@" + phone.Domain

func TestItem00_EverybodyElseIsChallengedLikeAnUnknownUser(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		h := o.phone("203.0.113.5:5060")
		for _, method := range []string{"INVITE", "OPTIONS", "REGISTER", "MESSAGE", "SUBSCRIBE", "REFER", "PUBLISH", "BYE", "INFO", "UPDATE", "NOTIFY", "DANCE"} {
			wantCode(t, method, h.Tries(method, aliceURI), 401)
		}
		if n := o.server.Stats().Refused; n != 12 {
			t.Errorf("strangers counted: %d", n)
		}
	})
}

func TestItem00_TrunkIsKnownByItsSourceAlone(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		wantCode(t, "OPTIONS of the trunk", o.phone(trunkAddr.String()).Tries("OPTIONS", aliceURI), 200)
		h := o.phone("203.0.113.5:5060")
		// A stranger may write what he likes into From, Via, Contact, Route and P-Asserted-Identity.
		res := h.Tries("INVITE", "sip:+15551000@"+phone.Domain, "From: <sip:+1555@198.51.100.7>;tag=1", "Via: SIP/2.0/UDP 198.51.100.7;branch=z9hG4bKx;rport",
			"Contact: <sip:198.51.100.7>", "Route: <sip:198.51.100.7;lr>", "P-Asserted-Identity: <sip:101@"+phone.Domain+">")
		wantCode(t, "INVITE of a stranger", res, 401)
	})
}

func TestItem00_FromOfAUserAsksTheTrunkForProof(t *testing.T) {
	inOffice(t, func(c *Config) { c.PublicIP = netip.MustParseAddr("198.18.0.1") }, func(o *office) {
		h := o.phone(trunkAddr.String())
		for from, want := range map[string]int{
			"<sip:101@pbx.test>":        401,
			"<sip:%3101@PBX.test>":      401, // the same user
			"<sip:101@192.0.2.1>":       401, // an address of ours
			"<sip:101@192.0.2.1:9>":     401,
			"<sip:101@198.18.0.1>":      401, // what others know us by
			"<sip:999@pbx.test>":        200, // nobody's extension
			"<sip:101@carrier.example>": 200, // somebody else's 101
			"<sip:pbx.test>":            200,
		} {
			wantCode(t, from, h.Tries("OPTIONS", aliceURI, "From: "+from+";tag=1"), want)
		}
	})
}

func TestItem00_FlowOfAUserAsksForProof(t *testing.T) {
	inOffice(t, func(c *Config) { c.Trunks[0].Peers = []Peer{{Net: netip.MustParsePrefix("198.51.100.0/24")}} }, func(o *office) {
		phone := o.phone("198.51.100.20:5060")
		wantCode(t, "before REGISTER it is the trunk", phone.Tries("OPTIONS", aliceURI), 200)
		phone.MustRegister("101")
		wantCode(t, "after it", phone.Tries("OPTIONS", aliceURI), 401)
		wantCode(t, "another port", o.phone("198.51.100.20:5062").Tries("OPTIONS", aliceURI), 200)
		phone.MustRegister("101", "Contact: *", "Expires: 0")
		wantCode(t, "after un-registering", phone.Tries("OPTIONS", aliceURI), 200)
	})
}

func TestItem00_CredentialsMakeATrunkAddressAPhone(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		h := o.phone(trunkAddr.String())
		h.Nonce = "made up"
		wantCode(t, "wrong credentials", h.Again("101", "wrong", "OPTIONS", aliceURI, nil), 401)
		wantCode(t, "another realm's credentials", h.Again("101", "wrong", "OPTIONS", aliceURI, func(d *phone.Credentials) { d.Realm = "elsewhere" }), 200)
		wantCode(t, "REGISTER", h.Tries("REGISTER", "sip:"+phone.Domain), 401)
	})
}

func TestItem00_IdentityIsWhatWasProven(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		sdp := []string{"Content-Type: application/sdp", "Contact: <sip:x@203.0.113.5>"}
		h := o.phone("203.0.113.5:5060")
		from := slices.Concat(sdp, []string{"From: <sip:102@pbx.test>;tag=1", "P-Asserted-Identity: <sip:103@pbx.test>"})
		h.Proves("101", "pw-101", "INVITE", "sip:600@pbx.test", nil, from...)
		if got := o.called(); got != "101 as 101: 600" {
			t.Errorf("a user: %s", got)
		}
		o.phone(trunkAddr.String()).Tries("INVITE", "sip:+1-555-1000@192.0.2.1;user=phone", append(sdp, "From: \"Bob\" <sip:+1555@carrier>;tag=1")...)
		if got := o.called(); got != "carrier as +1555: +15551000" {
			t.Errorf("a trunk: %s", got)
		}
	})
}

func TestItem00_MoreExactPeersWin(t *testing.T) {
	trunk := func(name, net string, port uint16) Trunk {
		return Trunk{Name: name, Peers: []Peer{{netip.MustParsePrefix(net), port}}}
	}
	table := newTrunks([]Trunk{
		trunk("anywhere", "0.0.0.0/0", 0), trunk("net", "192.0.2.0/24", 0), trunk("address", "192.0.2.9/32", 0),
		trunk("port", "192.0.2.9/32", 5080), trunk("six", "2001:db8::/32", 0),
	})
	for source, want := range map[string]string{
		"192.0.2.9:5080": "port", "192.0.2.9:5060": "address", "192.0.2.8:5060": "net", "203.0.113.1:1": "anywhere",
		"[2001:db8::1]:5060": "six", "[2001:db9::1]:5060": "", "[::ffff:192.0.2.9]:5080": "port",
	} {
		if got := table.bySource(netip.MustParseAddrPort(source)); got != want {
			t.Errorf("%s: trunk %q, want %q", source, got, want)
		}
	}
}

func TestItem00_ToTagNeedsADialog(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		for _, from := range []string{"203.0.113.5:5060", trunkAddr.String()} {
			h := o.phone(from)
			for _, method := range []string{"INVITE", "BYE", "INFO", "OPTIONS"} {
				wantCode(t, method+" from "+from, h.Tries(method, aliceURI, "To: <sip:101@pbx.test>;tag=guessed"), 481)
			}
		}
		h := o.phone("203.0.113.6:5060")
		for range 40 {
			h.Tries("BYE", aliceURI, "To: <sip:101@pbx.test>;tag=guessed")
		}
		if res := h.Tries("BYE", aliceURI, "To: <sip:101@pbx.test>;tag=guessed"); res != "" {
			t.Errorf("guessing goes on: %s", res)
		}
	})
}

func TestItem06_CancelOfNothingIsNotChallenged(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		wantCode(t, "CANCEL", o.phone("203.0.113.5:5060").Tries("CANCEL", aliceURI), 481)
		wantCode(t, "CANCEL of the trunk", o.phone(trunkAddr.String()).Tries("CANCEL", aliceURI), 481)
	})
}

func TestItem12_LoopsEndAtTheDoor(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		h := o.phone(trunkAddr.String())
		wantCode(t, "no hop left", h.Tries("INVITE", aliceURI, "Max-Forwards: 0"), 483)
		wantCode(t, "no hop left, but for us", h.Tries("OPTIONS", aliceURI, "Max-Forwards: 0"), 200)
		via := "Via: SIP/2.0/UDP " + h.Addr() + ";branch=z9hG4bKloop;rport, SIP/2.0/UDP 192.0.2.1:5060;branch="
		wantCode(t, "been here", h.Tries("INVITE", aliceURI, via+wire.NewBranch()), 482)
		wantCode(t, "an address of the carrier's network", h.Tries("INVITE", aliceURI, via+"z9hG4bK-theirs", "Max-Forwards: 0"), 483)
		h.Tries("INVITE", aliceURI, via+"z9hG4bK-theirs2", "Contact: <sip:carrier>")
		if o.called() == "" {
			t.Error("a carrier with a network like ours cannot call")
		}
	})
}

func TestItem12_PrivateAddressLikeOursIsNoLoop(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		invite := func(from, branch string) string {
			h := o.phone(from)
			h.Challenged(h.Tries("INVITE", aliceURI, "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1"+branch+";rport"))
			return h.Again("101", "pw-101", "INVITE", aliceURI, nil, "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK2"+branch+";rport", "Contact: <sip:101@192.0.2.1>")
		}
		// The phone's own network uses our address, too; its router shows another one.
		if invite("203.0.113.5:5060", "home"); o.called() != "101 as 101: 101" {
			t.Error("a phone with our private address cannot call")
		}
		wantCode(t, "from ourselves", invite("192.0.2.1:6000", "self"), 482)
	})
}

func TestItem51_ScannersHearNothing(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		h := o.phone("203.0.113.5:5060")
		for _, agent := range []string{"friendly-scanner", "sipvicious/0.3", "VaxSIPUserAgent/3.1", "pplsip", "sipcli/v1.8"} {
			if res := h.Tries("OPTIONS", aliceURI, "User-Agent: "+agent); res != "" {
				t.Errorf("%s hears %q", agent, res)
			}
		}
	})
	if isScanner("Yealink SIP-T46S 66.85") || isScanner("") {
		t.Error("an honest phone is taken for a scanner")
	}
}

func TestStatelessAnswersAmplifyLittle(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		h := o.phone("203.0.113.5:5060")
		h.Seq = 1
		usual := h.Text("REGISTER", "sip:"+phone.Domain, "Contact: <sip:101@203.0.113.5:5060>", "Expires: 3600", "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS")
		res := h.Says(usual)
		if n := len(phone.Headers(res, "WWW-Authenticate")); n != 2 || 2*len(res) > 3*len(usual) {
			t.Errorf("%d challenges in %d octets to %d", n, len(res), len(usual))
		}
		// The smallest request there is gets the smallest challenge there is.
		small := h.Text("OPTIONS", "sip:a@b", "From: <sip:a@b>;tag=1", "To: <sip:a@b>", "User-Agent:", "Call-ID: x", "Max-Forwards:", "Content-Length:")
		if res = h.Says(small); len(phone.Headers(res, "WWW-Authenticate")) != 1 || !strings.Contains(res, "algorithm=MD5") || len(res) > 5*len(small)/2 {
			t.Errorf("%d octets to %d:\n%s", len(res), len(small), res)
		}
	})
}

func TestCopiesOfARefusalHaveTheSameTag(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		h := o.phone("203.0.113.5:5060")
		m := h.Text("INVITE", aliceURI)
		tag := func(res string) string { return res[strings.Index(res, "To:"):strings.Index(res, "Call-ID:")] }
		if a, b := tag(h.Says(m)), tag(h.Says(m)); a != b || !strings.Contains(a, ";tag=") {
			t.Errorf("%q, then %q", a, b)
		}
	})
}
