package sip

import (
	"fmt"
	"net/netip"
	"sort"
	"strings"
	"testing"
	"time"

	"ringtide/internal/phone"
	"ringtide/sip/internal/wire"
)

// Known and unknown users look the same: status, headers, size, with and without credentials, for each method.
func TestAttack_UsersCannotBeEnumerated(t *testing.T) {
	inOffice(t, unlimited, func(o *office) {
		o.phone("203.0.113.5:5060").MustRegister("101")
		h := o.phone("203.0.113.66:5060")
		shape := func(user, method, password string) string {
			uri := "sip:" + user + "@pbx.test"
			address := []string{"From: <" + uri + ">;tag=1", "To: <" + uri + ">", "Contact: <sip:" + user + "@203.0.113.66>", "Call-ID: 7@x", "CSeq: 9 " + method}
			target := uri
			if method == "REGISTER" {
				target = "sip:pbx.test"
			}
			res := h.Tries(method, target, address...)
			if password != "" && res != "" {
				h.Challenged(res)
				res = h.Again(user, password, method, target, nil, address...)
			}
			return strings.NewReplacer(":"+user+"@", ":USER@", phone.Header(res, "Via"), "VIA", nonceOf(res), "NONCE").Replace(res) + fmt.Sprint(len(nonceOf(res)))
		}
		for _, method := range []string{"REGISTER", "INVITE", "OPTIONS", "SUBSCRIBE", "MESSAGE", "REFER", "CANCEL"} {
			for _, password := range []string{"", "wrong", "123456"} {
				want := shape("101", method, password)
				for _, user := range []string{"102", "999", "000", "abc"} {
					if got := shape(user, method, password); got != want {
						t.Errorf("%s of %s with password %q:\n%s\nof 101:\n%s", method, user, password, got, want)
					}
				}
			}
		}
	})
}

func nonceOf(res string) string {
	if d, err := parseDigest(phone.Header(res, "WWW-Authenticate")); err == nil {
		return d.nonce
	}
	return "no nonce"
}

// A wrong password costs the same whether there is such a user or not. Medians are compared: 0.35 to 0.65 of the samples
// of one must be above the median of the other.
func TestAttack_UsersCannotBeTimed(t *testing.T) {
	if testing.Short() {
		t.Skip("measures time")
	}
	a := newAuthenticator(phone.Domain, deskConfig().Users)
	source := netip.MustParseAddr("203.0.113.66")
	req := wire.NewRequest(wire.REGISTER, wire.Uri{Scheme: "sip", Host: phone.Domain})
	measure := func(user string) time.Duration {
		d := digest{username: user, realm: phone.Domain, uri: "sip:" + phone.Domain, qop: "auth", nc: "00000001", cnonce: "c", algorithm: "SHA-256", response: strings.Repeat("0", 64)}
		d.nonce = a.nonces.issue(source)
		start := time.Now()
		for range 20 {
			if a.judge(req, d, source) != wrong {
				t.Fatal("accepted")
			}
		}
		return time.Since(start)
	}
	best := 1.0
	for round := 0; round < 5 && best > 0.65; round++ { // other work on the machine may spoil a round
		var known, unknown []time.Duration
		for range 500 {
			known, unknown = append(known, measure("101")), append(unknown, measure("999"))
		}
		best = min(best, max(auc(known, unknown), 1-auc(known, unknown)))
	}
	if best > 0.65 {
		t.Errorf("known and unknown users differ in time: AUC %.2f", best)
	}
}

// auc is the probability that a sample of a is above one of b.
func auc(a, b []time.Duration) float64 {
	sort.Slice(b, func(i, j int) bool { return b[i] < b[j] })
	sum := 0.0
	for _, v := range a {
		below := sort.Search(len(b), func(i int) bool { return b[i] >= v })
		notAbove := sort.Search(len(b), func(i int) bool { return b[i] > v })
		sum += float64(below+notAbove) / 2
	}
	return sum / float64(len(a)*len(b))
}

// Nobody but the trunk and users gets an INVITE past the door, whatever it looks like.
func TestAttack_TollFraud(t *testing.T) {
	inOffice(t, unlimited, func(o *office) {
		h := o.phone("203.0.113.66:5060")
		for _, number := range []string{"900441234567", "00441234567", "+44900123456", "810441234567", "101", "%2B44123", ""} {
			target := strings.Replace("sip:"+number+"@pbx.test", ":@", ":", 1)
			for _, more := range [][]string{
				nil,
				{"From: <sip:101@pbx.test>;tag=1", "P-Asserted-Identity: <sip:101@pbx.test>"},
				{"From: <sip:+1555@198.51.100.7>;tag=1", "Via: SIP/2.0/UDP 198.51.100.7:5060;branch=z9hG4bKt" + number + ";received=198.51.100.7"},
				{"Route: <sip:198.51.100.7;lr>", "Record-Route: <sip:198.51.100.7;lr>"},
				{`Authorization: Digest username="101",realm="pbx.test",nonce="",uri="` + target + `",response=""`},
				{`Authorization: Digest username="101",realm="elsewhere",nonce="n",uri="` + target + `",response="0"`},
				{`Proxy-Authorization: Digest username="101",realm="pbx.test",nonce="n",uri="` + target + `",response="0"`},
				{"Authorization: Basic MTAxOnB3LTEwMQ=="},
				{"Replaces: 1;to-tag=2;from-tag=3"},
			} {
				if res := h.Tries("INVITE", target, more...); phone.Code(res) < 400 {
					t.Errorf("INVITE %s with %q: %s", target, more, res)
				}
			}
		}
		if n := o.server.Stats().Dialogs; n != 0 {
			t.Errorf("%d dialogs", n)
		}
	})
}

// Nobody judges more than 20 passwords in 5 minutes for one address, and the owner does not notice.
func TestAttack_BruteForce(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		owner := o.phone("203.0.113.5:5060")
		owner.MustRegister("101")
		h := o.phone("203.0.113.66:5060")
		tries := 0
		for range 60 {
			res := h.Proves("101", fmt.Sprintf("guess-%d", tries), "REGISTER", "sip:pbx.test", nil, "To: <sip:101@pbx.test>")
			if phone.Code(res) == 401 {
				tries++
			}
			passes(time.Second)
		}
		if tries != strikesOut {
			t.Errorf("%d tries", tries)
		}
		if res := h.Proves("101", "pw-101", "REGISTER", "sip:pbx.test", nil, "To: <sip:101@pbx.test>"); res != "" {
			t.Errorf("the banned address hears %s", res)
		}
		owner.MustRegister("101")
		passes(5 * time.Minute)
		wantCode(t, "after the ban", h.Proves("101", "pw-101", "REGISTER", "sip:pbx.test", nil, "To: <sip:101@pbx.test>"), 200)
		if n := strings.Count(o.logs.String(), "kind=\"wrong password\""); n != strikesOut {
			t.Errorf("%d lines for %d tries", n, strikesOut)
		}
		if logs := o.logs.String(); strings.Contains(logs, "guess-") || strings.Contains(logs, "Digest") || !strings.Contains(logs, "kind=banned") {
			t.Errorf("log:\n%s", logs)
		}
	})
}

// On an address with a phone only the pair is banned: one phone with a wrong password does not lock out its neighbours.
func TestAttack_NeighboursAreNotBanned(t *testing.T) {
	inOffice(t, unlimited, func(o *office) {
		good, bad := o.phone("203.0.113.5:5060"), o.phone("203.0.113.5:5062")
		good.MustRegister("101")
		for range 50 {
			wantCode(t, "wrong password", bad.Proves("102", "wrong", "REGISTER", "sip:pbx.test", nil, "To: <sip:102@pbx.test>"), 401)
		}
		wantCode(t, "while banned the right one looks wrong", bad.Proves("102", "pw-102", "REGISTER", "sip:pbx.test", nil, "To: <sip:102@pbx.test>"), 401)
		good.MustRegister("101")
		for range 50 {
			wantCode(t, "wrong password", bad.Proves("101", "old", "REGISTER", "sip:pbx.test", nil, "To: <sip:101@pbx.test>"), 401)
		}
		good.MustRegister("101")
		wantCode(t, "from elsewhere", o.phone("203.0.113.7:5060").Registers("102"), 200)
	})
}

// Forged sources must not be able to ban anybody: only answers to our own fresh challenges are judged.
func TestAttack_ForgedSourceBansNobody(t *testing.T) {
	inOffice(t, unlimited, func(o *office) {
		victim := o.phone("203.0.113.5:5060")
		for range 100 {
			victim.Nonce = "AAAAAAAAAAAAAAAAAAAAAAAAAAA"
			victim.Again("101", "wrong", "REGISTER", "sip:pbx.test", nil, "To: <sip:101@pbx.test>")
		}
		victim.MustRegister("101")
	})
}

func TestLogsAreOneLineEachAndLimited(t *testing.T) {
	inOffice(t, unlimited, func(o *office) {
		h := o.phone("203.0.113.66:5060")
		for range 500 {
			h.Seq++
			h.Put(h.Text("OPTIONS", "sip:x@pbx.test", "User-Agent: friendly-scanner", "From: <sip:%0d%0alevel=ERROR%20%E2%80%AE@x>;tag=1"))
		}
		passes(2 * time.Second)
		h.Tries("OPTIONS", "sip:x@pbx.test", "User-Agent: friendly-scanner")
		h.Tries("OPTIONS", "sip:x@pbx.test", "User-Agent: friendly-scanner")
		logs := o.logs.String()
		if n := strings.Count(logs, "kind=scanner"); n != 22 || !strings.Contains(logs, "skipped=480") {
			t.Errorf("%d lines:\n%s", n, logs)
		}
		for line := range strings.Lines(logs) {
			if !strings.HasPrefix(line, "time=") || len(line) > 400 {
				t.Errorf("line %q", line)
			}
		}
	})
}
