package sip

import (
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ringtide/internal/phone"
	"ringtide/sip/internal/wire"
)

// The examples of RFC 7616 section 3.9.1.
func TestDigestVectorsOfRFC7616(t *testing.T) {
	d := digest{
		username: "Mufasa", realm: "http-auth@example.org", uri: "/dir/index.html", nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
		nc: "00000001", cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop: "auth",
	}
	md5, sha := HA1(d.username, d.realm, "Circle of Life")
	if got := d.answer(md5Hex, md5, "GET"); got != "8ca523f5e9506fed4657c9700eebdbec" {
		t.Errorf("MD5: %s", got)
	}
	if got := d.answer(sha256Hex, sha, "GET"); got != "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1" {
		t.Errorf("SHA-256: %s", got)
	}
}

// The example of RFC 2617 section 3.5, and without qop section 3.2.2.1.
func TestDigestVectorOfRFC2617(t *testing.T) {
	d := digest{username: "Mufasa", realm: "testrealm@host.com", uri: "/dir/index.html", nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093", nc: "00000001", cnonce: "0a4f113b", qop: "auth"}
	ha1, _ := HA1("Mufasa", "testrealm@host.com", "Circle Of Life")
	if got := d.answer(md5Hex, ha1, "GET"); got != "6629fae49393a05397450978507c4ef1" {
		t.Errorf("with qop: %s", got)
	}
	d.qop = ""
	if got := d.answer(md5Hex, ha1, "GET"); got != "670fd8c2df070c60b045671b8b24ff02" {
		t.Errorf("without qop: %s", got)
	}
}

func TestItem13_ChallengeOffersBothAlgorithms(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		got := phone.Headers(o.phone("203.0.113.5:5060").Tries("REGISTER", "sip:pbx.test"), "WWW-Authenticate")
		if len(got) != 2 || !strings.Contains(got[0], "algorithm=MD5") || !strings.Contains(got[1], "algorithm=SHA-256") {
			t.Fatalf("challenges: %q", got)
		}
		for _, c := range got {
			if !strings.Contains(c, `realm="pbx.test"`) || !strings.Contains(c, `qop="auth"`) || strings.Contains(c, "stale") {
				t.Errorf("challenge: %s", c)
			}
		}
	})
}

// Phones that stumble over SHA-256 are challenged with MD5 alone: at once if they say who they are, else when they come
// back without an answer.
func TestItem13_OldPhonesAreOfferedMD5Alone(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		offered := func(h *phone.Phone, method string, more ...string) string {
			var names []string
			for _, c := range phone.Headers(h.Tries(method, "sip:pbx.test", more...), "WWW-Authenticate") {
				_, algorithm, _ := strings.Cut(c, "algorithm=")
				names = append(names, algorithm)
			}
			return strings.Join(names, " ")
		}
		want := func(what, got, want string) {
			t.Helper()
			if got != want {
				t.Errorf("%s is offered %q, want %q", what, got, want)
			}
		}
		const both, long = "MD5 SHA-256", "X-Filler: "
		filler := long + strings.Repeat("x", 400)
		h := o.phone("203.0.113.5:5060")
		want("a known stumbler", offered(h, "REGISTER", "User-Agent: baresip v1.0.0 (x86_64/linux)"), "MD5")
		want("a newer one", offered(h, "OPTIONS", filler, "User-Agent: baresip v3.16.0"), both)
		want("a small request", offered(h, "OPTIONS"), "MD5")

		h = o.phone("203.0.113.5:5062")
		want("a phone", offered(h, "REGISTER"), both)
		want("who asks again unchallenged", offered(h, "REGISTER"), "MD5")
		want("in its call", offered(h, "INVITE", filler), "MD5")
		h.MustRegister("101")
		want("when it comes back", offered(h, "REGISTER"), "MD5")

		h = o.phone("203.0.113.5:5064")
		for range 3 { // a phone that waits to be challenged each time is none of them
			want("a careful phone", offered(h, "REGISTER"), both)
			wantCode(t, "its proof", h.Proves("102", "pw-102", "OPTIONS", "sip:102@pbx.test", nil), 200)
		}
	})
}

func TestItem13_AnswersThatAreTaken(t *testing.T) {
	for name, change := range map[string]func(*phone.Credentials){
		"as offered":               nil,
		"SHA-256":                  func(d *phone.Credentials) { d.Algorithm = "SHA-256" },
		"MD5":                      func(d *phone.Credentials) { d.Algorithm = "MD5" },
		"MD5 by default":           func(d *phone.Credentials) { d.Algorithm = "" },
		"lower-case algorithm":     func(d *phone.Credentials) { d.Algorithm = "sha-256" },
		"MD5 without qop":          func(d *phone.Credentials) { d.Algorithm, d.QOP = "MD5", "" },
		"uri with parameters":      func(d *phone.Credentials) { d.URI = "sip:101@pbx.test;transport=udp" },
		"uri with the usual port":  func(d *phone.Credentials) { d.URI = "sip:101@PBX.test:5060" },
		"upper-case hex, high nc":  func(d *phone.Credentials) { d.NC = "000000FF" },
		"commas in parameters":     func(d *phone.Credentials) { d.CNonce = `a,b=c;d<e` },
		"other parameters ignored": func(d *phone.Credentials) { d.Opaque = "whatever" },
	} {
		t.Run(name, func(t *testing.T) {
			inOffice(t, nil, func(o *office) {
				h := o.phone("203.0.113.5:5060")
				wantCode(t, name, h.Proves("101", "pw-101", "OPTIONS", aliceURI, change), 200)
			})
		})
	}
}

func TestItem13_AnswersThatAreRefused(t *testing.T) {
	for name, change := range map[string]func(*phone.Credentials){
		"another method":          func(d *phone.Credentials) { d.Response = md5Hex("x") },
		"another user part":       func(d *phone.Credentials) { d.URI = "sip:102@pbx.test" },
		"another host":            func(d *phone.Credentials) { d.URI = "sip:101@elsewhere.test" },
		"another port":            func(d *phone.Credentials) { d.URI = "sip:101@pbx.test:5070" },
		"another scheme":          func(d *phone.Credentials) { d.URI = "sips:101@pbx.test" },
		"broken uri":              func(d *phone.Credentials) { d.URI = "101" },
		"auth-int":                func(d *phone.Credentials) { d.QOP = "auth-int" },
		"MD5-sess":                func(d *phone.Credentials) { d.Algorithm = "MD5-sess" },
		"unknown algorithm":       func(d *phone.Credentials) { d.Algorithm = "ROT13" },
		"SHA-256 without qop":     func(d *phone.Credentials) { d.Algorithm, d.QOP = "SHA-256", "" },
		"nc of zero":              func(d *phone.Credentials) { d.NC = "00000000" },
		"nc too short":            func(d *phone.Credentials) { d.NC = "1" },
		"nc not hex":              func(d *phone.Credentials) { d.NC = "zzzzzzzz" },
		"no cnonce":               func(d *phone.Credentials) { d.CNonce = "" },
		"empty response":          func(d *phone.Credentials) { d.Response = " " },
		"unknown user":            func(d *phone.Credentials) { d.Username = "999" },
		"empty user":              func(d *phone.Credentials) { d.Username = "" },
		"user with the realm":     func(d *phone.Credentials) { d.Username = "101@pbx.test" },
		"another user's response": func(d *phone.Credentials) { d.Username = "102" },
	} {
		t.Run(name, func(t *testing.T) {
			inOffice(t, nil, func(o *office) {
				h := o.phone("203.0.113.5:5060")
				res := h.Proves("101", "pw-101", "OPTIONS", aliceURI, change)
				wantCode(t, name, res, 401)
				if strings.Contains(res, "stale") {
					t.Error("a wrong answer to a fresh nonce is called stale")
				}
			})
		})
	}
}

func TestReplayedAnswerIsStale(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		h := o.phone("203.0.113.5:5060")
		h.Challenged(h.Tries("OPTIONS", aliceURI))
		h.Seq++
		m := h.Text("OPTIONS", aliceURI, h.Proof("101", "pw-101", "OPTIONS", aliceURI, nil))
		wantCode(t, "first", h.Says(m), 200)
		for i, branch := range []string{"z9hG4bKother1", "z9hG4bKother2"} {
			via := strings.Split(phone.Header(m, "Via"), ";")[1]
			replay := strings.Replace(m, via, "branch="+branch, 1)
			res := h.Says(replay)
			wantCode(t, "replay", res, 401)
			if n := strings.Count(res, "stale=true"); n != 2 {
				t.Errorf("replay %d: stale said %d times:\n%s", i, n, res)
			}
		}
		wantCode(t, "next count", h.Again("101", "pw-101", "OPTIONS", aliceURI, nil), 200)
		wantCode(t, "a count left out", h.Again("101", "pw-101", "OPTIONS", aliceURI, func(d *phone.Credentials) { d.NC = "00000010" }), 200)
		wantCode(t, "a lower count", h.Again("101", "pw-101", "OPTIONS", aliceURI, func(d *phone.Credentials) { d.NC = "0000000f" }), 401)
	})
}

func TestReplayWithoutQopIsStale(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		h := o.phone("203.0.113.5:5060")
		old := func(d *phone.Credentials) { d.Algorithm, d.QOP = "MD5", "" }
		wantCode(t, "first", h.Proves("101", "pw-101", "OPTIONS", aliceURI, old), 200)
		wantCode(t, "second", h.Again("101", "pw-101", "OPTIONS", aliceURI, old), 401)
	})
}

func TestAnswerIsWorthNothingElsewhere(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		h := o.phone("203.0.113.5:5060")
		h.Challenged(h.Tries("OPTIONS", aliceURI))
		thief := o.phone("203.0.113.66:5060")
		thief.Nonce = h.Nonce
		wantCode(t, "heard by somebody else", thief.Again("101", "pw-101", "OPTIONS", aliceURI, nil), 401)
		wantCode(t, "from another port of the same host", func() string {
			other := o.phone("203.0.113.5:5062")
			other.Nonce = h.Nonce
			return other.Again("101", "pw-101", "OPTIONS", aliceURI, nil)
		}(), 200)
	})
}

func TestMadeUpNoncesAreStaleForEverybody(t *testing.T) {
	inOffice(t, unlimited, func(o *office) {
		h := o.phone("203.0.113.5:5060")
		h.Challenged(h.Tries("OPTIONS", aliceURI))
		good := h.Nonce
		for _, nonce := range []string{"", "x", strings.Repeat("A", len(good)), good[:len(good)-1], good + "A", flip(good, 0), flip(good, len(good)-1), strings.Repeat("é", 20)} {
			for _, who := range [][2]string{{"101", "pw-101"}, {"101", "wrong"}, {"999", "wrong"}} {
				h.Nonce = nonce
				res := h.Again(who[0], who[1], "OPTIONS", aliceURI, nil)
				wantCode(t, "nonce "+nonce, res, 401)
				if !strings.Contains(res, "stale=true") {
					t.Errorf("nonce %q of %s is not called stale", nonce, who[0])
				}
			}
		}
	})
}

func flip(s string, at int) string {
	b := []byte(s)
	if b[at]++; b[at] > 'z' || b[at] == 'A'-1 {
		b[at] = 'A'
	}
	return string(b)
}

func TestNonceLivesOneMinute(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		h := o.phone("203.0.113.5:5060")
		h.Challenged(h.Tries("OPTIONS", aliceURI))
		passes(59 * time.Second)
		wantCode(t, "after 59 s", h.Again("101", "pw-101", "OPTIONS", aliceURI, nil), 200)
		passes(2 * time.Second)
		res := h.Again("101", "pw-101", "OPTIONS", aliceURI, nil)
		wantCode(t, "after 61 s", res, 401)
		h.Challenged(res)
		wantCode(t, "with the new one", h.Again("101", "pw-101", "OPTIONS", aliceURI, nil), 200)
	})
}

// passes lets time go by in a bubble.
func passes(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func TestForgottenNoncesCannotBeReplayed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNonces(8)
		source := netip.MustParseAddr("203.0.113.5")
		first, ok := n.check(n.issue(source), source)
		if !ok || !n.use(first, 1) {
			t.Fatal("a good nonce is refused")
		}
		for range 50 { // the table holds 8
			passes(10 * time.Millisecond)
			id, ok := n.check(n.issue(source), source)
			if !ok || !n.use(id, 1) {
				t.Fatal("a new nonce is refused")
			}
			if n.use(first, 1) {
				t.Fatal("a replay is accepted")
			}
		}
		if size := len(n.used.young) + len(n.used.older); size > 8 {
			t.Errorf("table of 8 holds %d", size)
		}
	})
}

func TestTwoCredentialsForOurRealm(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		h := o.phone("203.0.113.5:5060")
		h.Challenged(h.Tries("OPTIONS", aliceURI))
		mine := h.Proof("101", "pw-101", "OPTIONS", aliceURI, nil)
		theirs := h.Proof("102", "wrong", "OPTIONS", aliceURI, nil)
		h.Seq++
		// Only the first is read, at the door and when the caller is named.
		m := h.Text("OPTIONS", aliceURI, mine)
		wantCode(t, "the good one first", h.Says(strings.Replace(m, "\r\n\r\n", "\r\n"+theirs+"\r\n\r\n", 1)), 200)
		h.Seq++
		m = h.Text("OPTIONS", aliceURI, h.Proof("102", "wrong", "OPTIONS", aliceURI, nil))
		wantCode(t, "the bad one first", h.Says(strings.Replace(m, "\r\n\r\n", "\r\n"+mine+"\r\n\r\n", 1)), 401)
	})
}

func TestAnswerChallenge(t *testing.T) {
	target := wire.Uri{Scheme: "sip", User: "+1555", Host: "carrier.example", UriParams: wire.Params{{K: "transport", V: "tcp"}}}
	sent := func(more ...wire.Header) *wire.Request {
		req := wire.NewRequest(wire.INVITE, target)
		for _, h := range more {
			req.AppendHeader(h)
		}
		return req
	}
	asked := func(status int, name string, challenges ...string) *wire.Response {
		res := wire.NewResponse(sent(), status, "")
		for _, c := range challenges {
			res.AppendHeader(wire.NewHeader(name, c))
		}
		return res
	}
	ha1 := md5Hex("us", "r", "pw")
	h, err := answerChallenge(sent(), asked(401, "WWW-Authenticate", `Digest realm="r", nonce="n", opaque="o"`), "us", "pw")
	if err != nil || h.Name() != "Authorization" {
		t.Fatal(h, err)
	}
	d, err := parseDigest(h.Value())
	if err != nil || d.uri != "sip:+1555@carrier.example;transport=tcp" || d.opaque != "o" || d.qop != "" || d.response != md5Hex(ha1, "n", md5Hex("INVITE", d.uri)) {
		t.Errorf("without qop: %+v, %v", d, err)
	}
	h, err = answerChallenge(sent(), asked(407, "Proxy-Authenticate", `Digest realm="r",nonce="n",algorithm=SHA-512-256`, `Digest realm="r",nonce="n",algorithm=SHA-256,qop="auth-int,auth"`,
		`Digest realm="r",nonce="n"`), "us", "pw")
	if err != nil || h.Name() != "Proxy-Authorization" {
		t.Fatal(h, err)
	}
	d, _ = parseDigest(h.Value())
	if d.algorithm != "SHA-256" || d.qop != "auth" || d.nc != "00000001" || d.response != d.answer(sha256Hex, sha256Hex("us", "r", "pw"), "INVITE") {
		t.Errorf("first that we know: %+v", d)
	}
	before := wire.NewHeader("Proxy-Authorization", h.Value())
	if _, err = answerChallenge(sent(before), asked(407, "Proxy-Authenticate", `Digest realm="r",nonce="n2",algorithm=SHA-256,qop="auth"`), "us", "pw"); err == nil || !strings.Contains(err.Error(), "refused user") {
		t.Errorf("refused password is tried again: %v", err)
	}
	if _, err = answerChallenge(sent(before), asked(407, "Proxy-Authenticate", `Digest realm="r",nonce="n2",algorithm=SHA-256,qop="auth",stale=TRUE`), "us", "pw"); err != nil {
		t.Errorf("stale nonce: %v", err)
	}
	for _, c := range []string{`Basic realm="r"`, `Digest realm="r",nonce="n",qop="auth-int"`, `Digest`, `Digest realm="r",nonce="n",nonce="m"`} {
		if h, err := answerChallenge(sent(), asked(401, "WWW-Authenticate", c), "us", "pw"); err == nil {
			t.Errorf("%s is answered: %v", c, h)
		}
	}
	if _, err := answerChallenge(sent(), asked(401, "WWW-Authenticate", `Digest realm="r",nonce="n"`), "", ""); err == nil {
		t.Error("answered without a name")
	}
}
