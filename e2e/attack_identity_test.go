package e2e

import (
	"fmt"
	"net"
	"os/exec"
	"sort"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

// A phone's password proves a user for one request, once, from where it was asked for.
func TestAttack_ReplayedProofs(t *testing.T) {
	t.Parallel()
	x := start(t, plan{})
	alice := x.hand(x.address("101"))
	const uri = "sip:ringtide.local"
	no := alice.asks("OPTIONS", uri, of("101"))
	good := proof(no, "101", password("101"), "OPTIONS", uri, 1)
	same(t, "the proof", alice.asks("OPTIONS", uri, of("101"), good).code, 200)
	for name, m := range map[string]message{
		"the same again":       alice.asks("OPTIONS", uri, of("101"), good),
		"from another port":    x.hand(x.address("101")).asks("OPTIONS", uri, of("101"), good),
		"from another address": x.hand(x.stranger()).asks("OPTIONS", uri, of("101"), good),
		"for another method":   alice.asks("REGISTER", uri, of("101"), good),
		"for another target":   alice.asks("OPTIONS", "sip:102@ringtide.local", of("101"), good),
		"a nonce made up":      alice.asks("OPTIONS", uri, of("101"), proof(message{text: `nonce="AAAAAAAAAAAAAAAAAAAAAAAAAAA"`}, "101", password("101"), "OPTIONS", uri, 1)),
		"a count of nothing":   alice.asks("OPTIONS", uri, of("101"), proof(no, "101", password("101"), "OPTIONS", uri, 0)),
		"no qop":               alice.asks("OPTIONS", uri, of("101"), strings.Replace(good, "qop=auth,", "", 1)),
		"another realm":        alice.asks("OPTIONS", uri, of("101"), strings.Replace(good, `realm="ringtide.local"`, `realm="x"`, 1)),
		"somebody else's name": alice.asks("OPTIONS", uri, of("101"), strings.Replace(good, `username="101"`, `username="102"`, 1)),
	} {
		same(t, name, m.code, 401)
	}
	same(t, "the next count", alice.asks("OPTIONS", uri, of("101"), proof(no, "101", password("101"), "OPTIONS", uri, 2)).code, 200)
}

// Nobody registers for another, whatever it says about itself.
func TestAttack_RegisterHijack(t *testing.T) {
	t.Parallel()
	x := start(t, plan{})
	alice, bob := x.hand(x.address("101")), x.hand(x.address("102"))
	alice.registers("101")
	const uri = "sip:ringtide.local"
	steal := func(h *hand, from, to string, more ...string) message {
		return h.proves("102", password("102"), "REGISTER", uri, append([]string{
			"From: <sip:" + from + "@ringtide.local>;tag=r", "To: <sip:" + to + "@ringtide.local>"}, more...)...)
	}
	same(t, "Bob for Alice", steal(bob, "102", "101").code, 403)
	same(t, "Bob as Alice for Alice", steal(bob, "101", "101").code, 403)
	same(t, "Bob puts Alice's phones away", steal(bob, "101", "101", "Contact: *", "Expires: 0").code, 403)
	same(t, "Bob for Alice, spelled otherwise", steal(bob, "102", "%31%30%31").code, 403)
	same(t, "from Alice's own phone", steal(alice, "101", "101").code, 403)
	for _, ip := range []string{x.stranger(), x.trunk} {
		m := x.hand(ip).asks("REGISTER", uri, "From: <sip:101@ringtide.local>;tag=r", "To: <sip:101@ringtide.local>")
		same(t, "unproven from "+ip, m.code, 401)
	}
	await(t, "the registration to be on record", patience, func() bool { return registered(x) != "" })
	same(t, "who is registered", registered(x), "101")
	alice.alive("101")
}

// silentSocket counts what comes to an address: nothing may.
func silentSocket(x *exchange, ip string, port int) (heard func() int) {
	x.t.Helper()
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.ParseIP(ip), Port: port})
	if err != nil {
		x.t.Fatal(err)
	}
	x.t.Cleanup(func() { c.Close() })
	return func() (n int) {
		for b := make([]byte, 65536); ; n++ {
			c.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
			if k, err := c.Read(b); err != nil {
				return n
			} else if n == 0 {
				x.t.Logf("%s:%d hears:\n%.600s", ip, port, b[:k])
			}
		}
	}
}

// Nothing reaches the provider, or a foreign host, but what a user with the right dials.
func TestAttack_TollFraud(t *testing.T) {
	t.Parallel()
	x := start(t, plan{
		numbers: toSales + `
  - {number: "+15552000", to: user:103}`,
		groups: `
  - {name: sales, title: Sales, extension: "600", agents: ["103"], rings: 1, if_missed: hang_up, if_nobody: hang_up}`,
	})
	x.cut = true
	provider := silentSocket(x, x.trunk, 5080)
	foreign := silentSocket(x, x.net+".77", 5060)
	const host = "77:5060"
	alice, bob, carol := x.hand(x.address("101")), x.hand(x.address("102")), x.hand(x.address("103"))
	bob.registers("102")
	carol.registers("103")
	carrier, evil := x.hand(x.trunk), x.hand(x.stranger())
	outside := x.net + "." + host
	numbers := []string{"+442079460000", "00442079460000", "900441234567", "810442079460000", "%2B442079460000", "5551234", "+15550199"}

	for _, number := range append(numbers, "101", "102", "600", "*11", "*97", "112", "911") {
		uri := "sip:" + number + "@ringtide.local"
		for name, m := range map[string]message{
			"stranger":                  evil.asks("INVITE", uri),
			"stranger as Alice":         evil.asks("INVITE", uri, of("101"), "P-Asserted-Identity: <sip:101@ringtide.local>"),
			"stranger via the provider": evil.asks("INVITE", uri, "From: <sip:+1@"+x.trunk+">;tag=1", "Contact: <sip:1@"+x.trunk+">"),
			"provider":                  carrier.asks("INVITE", uri),
			"provider as Alice":         carrier.asks("INVITE", uri, of("101")),
			"provider with a route":     carrier.asks("INVITE", uri, "Route: <sip:"+outside+";lr>"),
			"stranger with a route":     evil.asks("INVITE", uri, "Route: <sip:"+outside+";lr>"),
		} {
			if m.code != 0 && m.code < 400 { // 0: more than its share, dropped
				t.Errorf("%s dials %s: %d", name, number, m.code)
			}
		}
	}
	for _, uri := range []string{"sip:5551234@" + outside, "tel:+442079460000", "sip:x@" + outside + ";maddr=" + x.net + ".77"} {
		for name, h := range map[string]*hand{"stranger": evil, "provider": carrier} {
			if m := h.asks("INVITE", uri); m.code != 0 && m.code < 400 {
				t.Errorf("%s dials %s: %d", name, uri, m.code)
			}
		}
	}
	for _, number := range numbers { // Bob may not call out, whoever he says he is
		uri := "sip:" + number + "@ringtide.local"
		for _, from := range []string{"102", "101"} {
			m := bob.proves("102", password("102"), "INVITE", uri, of(from), "P-Asserted-Identity: <sip:101@ringtide.local>")
			if m.code < 400 || m.code == 401 {
				t.Errorf("Bob as %s dials %s: %d", from, number, m.code)
			}
		}
	}
	// Carol's phone forwards a call from outside to the outside (RFC 3261 section 8.1.3.4): it is taken as a refusal.
	invite := carrier.text("INVITE", "sip:+15552000@"+x.ip, "Content-Type: application/sdp", "\n"+carrier.sdp(4000))
	carrier.send(invite)
	m, ok := carol.takes("INVITE", 5*time.Second)
	if !ok {
		t.Fatal("Carol's phone is not rung")
	}
	carol.send(strings.Replace(strings.Replace(answerTo(m, carol), "SIP/2.0 200", "SIP/2.0 302", 1), "Contact: <sip:h@"+carol.at()+">",
		"Contact: <sip:+442079460000@ringtide.local>, <sip:x@"+outside+">", 1))

	same(t, "packets at the foreign host", foreign(), 0)
	same(t, "packets at the provider", provider(), 0)

	// The one who may: so the silence above means something.
	text := alice.text("INVITE", "sip:+15550199@ringtide.local", of("101"))
	no := alice.answer(text, 3*time.Second)
	alice.send(alice.text("INVITE", "sip:+15550199@ringtide.local", of("101"),
		proof(no, "101", password("101"), "INVITE", "sip:+15550199@ringtide.local", 1), "Content-Type: application/sdp", "\n"+alice.sdp(4000)))
	await(t, "the provider to be called", patience, func() bool { return provider() > 0 })
}

// answerTo is the text of a 200 to a request of the program, without a body.
func answerTo(m message, h *hand) string {
	return fmt.Sprintf("SIP/2.0 200 So\r\nVia: %s\r\nFrom: %s\r\nTo: %s;tag=h\r\nCall-ID: %s\r\nCSeq: %s\r\nContact: <sip:h@%s>\r\nContent-Length: 0\r\n\r\n",
		m.header("Via"), m.header("From"), m.header("To"), m.callID(), m.header("CSeq"), h.at())
}

// Every method is proven or refused, and none sends anything to a foreign host.
func TestAttack_OtherMethods(t *testing.T) {
	t.Parallel()
	x := start(t, plan{})
	foreign := silentSocket(x, x.net+".77", 5060)
	outside := x.net + ".77:5060"
	bob, carrier, evil := x.hand(x.address("102")), x.hand(x.trunk), x.hand(x.stranger())
	bob.registers("102")
	for _, method := range []string{"REFER", "SUBSCRIBE", "NOTIFY", "MESSAGE", "PUBLISH", "INFO", "UPDATE", "PRACK", "OPTIONS", "NONSENSE"} {
		for _, uri := range []string{"sip:101@ringtide.local", "sip:x@" + outside} {
			more := []string{"Refer-To: <sip:x@" + outside + ">", "Event: presence", "Route: <sip:" + outside + ";lr>", "Contact: <sip:x@" + outside + ">"}
			same(t, "stranger: "+method, evil.asks(method, uri, more...).code, 401)
			for name, m := range map[string]message{
				"provider": carrier.asks(method, uri, more...),
				"user":     bob.proves("102", password("102"), method, uri, append(more, of("102"))...),
			} {
				if m.code < 400 && method != "OPTIONS" || m.code == 0 || m.code == 401 {
					t.Errorf("%s: %s %s: %d", name, method, uri, m.code)
				}
			}
		}
	}
	same(t, "packets at the foreign host", foreign(), 0)
}

// Known and unknown users take the same time. The figure is logged: a busy machine may spoil it.
func TestAttack_UsersByTheirTime(t *testing.T) {
	if testing.Short() {
		t.Skip("measures time")
	}
	x := start(t, plan{limits: "source_per_second: 0"})
	h := x.hand(x.stranger())
	const uri = "sip:ringtide.local"
	took := func(user string) time.Duration {
		no := h.asks("REGISTER", uri, of(user), "To: <sip:"+user+"@ringtide.local>")
		second := h.text("REGISTER", uri, of(user), "To: <sip:"+user+"@ringtide.local>", proof(no, user, "wrongwrong", "REGISTER", uri, 1))
		began := time.Now()
		same(t, user, h.answer(second, 3*time.Second).code, 401)
		return time.Since(began)
	}
	var known, unknown []time.Duration
	for range 9 { // fewer than lead to a ban
		known, unknown = append(known, took("101")), append(unknown, took("901"))
	}
	for i := range 300 { // what they do without a password
		for user, list := range map[string]*[]time.Duration{"101": &known, fmt.Sprint(900 + i%2): &unknown} {
			began := time.Now()
			same(t, user, h.asks("INVITE", "sip:"+user+"@ringtide.local").code, 401)
			*list = append(*list, time.Since(began))
		}
	}
	sort.Slice(unknown, func(i, j int) bool { return unknown[i] < unknown[j] })
	sum := 0
	for _, d := range known {
		sum += sort.Search(len(unknown), func(i int) bool { return unknown[i] >= d })
	}
	area := float64(sum) / float64(len(known)*len(unknown))
	t.Logf("%d samples: AUC %.3f (0.35 to 0.65 wanted)", len(known), area)
}

// Names that want to be more than names: they reach the agent's phone and the records as harmless text.
func TestAttack_Names(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: `
  - {name: sales, title: Sales, agents: ["101"], rings: 1, if_missed: hang_up}`})
	alice := x.hand(x.address("101"))
	alice.registers("101")
	names := []string{
		`"Eve\r\nX-Evil: 1"`, `"Eve%0d%0aX-Evil: 1"`, `"<script>alert(1)</script>"`, `"'); DROP TABLE calls; --"`, `"=cmd|' /C calc'!A0"`,
		"\"\u202egnp.exe\u202c\u2066\"", `"\"quoted\" \\back"`, `""`, `"` + strings.Repeat("A", 5000) + `"`, "\"\xff\xfe bad\"", "Eve;tag=1",
		"\"\x1b[31mred\x07\"", `"a` + "\t" + `b"`, `"` + strings.Repeat("\u0301", 300) + `"`,
	}
	for i, name := range names {
		carrier := x.hand(x.trunk)
		user := []string{"+15557001", "%0d%0aX-Evil:1", "x;y=z", "<script>"}[i%4]
		invite := carrier.text("INVITE", "sip:+15551000@"+x.ip, "From: "+name+" <sip:"+strings.NewReplacer("<", "%3C", ">", "%3E").Replace(user)+"@"+x.trunk+">;tag=n",
			"Subject: "+name, "Call-Info: <sip:evil@evil>;answer-after=0", "Alert-Info: <http://evil>;info=alert-autoanswer",
			"Content-Type: application/sdp", "\n"+carrier.sdp(4000))
		yes := carrier.answer(invite, 3*time.Second)
		if yes.code != 200 {
			continue // refused is harmless too
		}
		carrier.send(carrier.text("ACK", "sip:"+x.sip, "From: "+header(invite, "From"), "To: "+yes.header("To"), "Call-ID: "+yes.callID()))
		m, ok := alice.takes("INVITE", 10*time.Second)
		if !ok {
			t.Errorf("%q: no call came", name)
			continue
		}
		harmless(t, name, m.text)
		for _, bad := range []string{"X-Evil", "answer-after", "alert-autoanswer", "Subject"} {
			for line := range strings.Lines(m.text) {
				if strings.HasPrefix(line, bad) || bad != "X-Evil" && strings.Contains(line, bad) {
					t.Errorf("%q reached the phone as %q", name, line)
				}
			}
		}
		alice.says(m, 486, "")
		if bye, ok := carrier.takes("BYE", 10*time.Second); ok {
			carrier.says(bye, 200, "")
		}
	}
	await(t, "all calls to end", 50*time.Second, func() bool { n, ok := x.metric("ringtide_calls"); return ok && n == 0 })
	await(t, "the calls to be on record", 10*time.Second, func() bool {
		out, err := exec.Command(ringtide, "calls", "--config", x.file()).Output()
		return err == nil && strings.Contains(string(out), "DROP TABLE")
	})
	for _, command := range []string{"calls", "missed"} {
		for _, form := range []string{"", "--json"} {
			out, err := exec.Command(ringtide, strings.Fields(command+" --config "+x.file()+" "+form)...).Output()
			if err != nil {
				t.Errorf("%s: %v", command, err)
			}
			harmless(t, command, string(out))
		}
	}
	harmless(t, "the log", x.log.String())
}

// What a phone says about itself is printed for operators, too.
func TestAttack_NamesOfPhones(t *testing.T) {
	t.Parallel()
	x := start(t, plan{})
	alice := x.hand(x.address("101"))
	for i, more := range [][]string{
		{"User-Agent: \x1b[31mphone\u202e\x07"},
		{"Contact: <sip:101@" + alice.at() + ";x=\u202e\x1b[2J>"},
		{"Contact: \"\u202e\x1b\" <sip:%1b%0a@" + alice.at() + ">;q=1;+sip.instance=\"<\x1b\u2066>\""},
		{"User-Agent: " + strings.Repeat("x", 3000)},
	} {
		alice.proves("101", password("101"), "REGISTER", "sip:ringtide.local", append(more,
			"From: <sip:101@ringtide.local>;tag=r", "To: <sip:101@ringtide.local>", "Expires: 600", fmt.Sprintf("Call-ID: names%d", i))...)
	}
	alice.registers("101")
	await(t, "the registration to be on record", patience, func() bool { return registered(x) != "" })
	for _, form := range []string{"", "--json"} {
		out, err := exec.Command(ringtide, strings.Fields("registrations --config "+x.file()+" "+form)...).Output()
		if err != nil {
			t.Error(err)
		}
		harmless(t, "registrations "+form, string(out))
	}
	harmless(t, "the log", x.log.String())
}

// harmless fails if a text has what turns a terminal, a page or a reader over.
func harmless(t *testing.T, what, text string) {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Errorf("%s: broken UTF-8 in %q", what, text)
	}
	for _, r := range text {
		if r != '\n' && r != '\t' && unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			t.Errorf("%s: %U in %q", what, r, text)
			return
		}
	}
}

// A CANCEL from elsewhere takes back nothing; nor does a re-INVITE move the sound.
func TestAttack_ForgedCancel(t *testing.T) {
	t.Parallel()
	x := start(t, plan{numbers: `
  - {number: "+15551000", to: user:101, answer: by_agent}`})
	alice, carrier, evil := x.hand(x.address("101")), x.hand(x.trunk), x.hand(x.stranger())
	alice.registers("101")
	invite := carrier.text("INVITE", "sip:+15551000@"+x.ip, "Content-Type: application/sdp", "\n"+carrier.sdp(4000))
	carrier.send(invite)
	m, ok := alice.takes("INVITE", 5*time.Second)
	if !ok {
		t.Fatal("Alice is not rung")
	}
	alice.says(m, 180, "")
	head, _, _ := strings.Cut(invite, "Contact:")
	cancel := strings.Replace("CANCEL"+strings.TrimPrefix(head, "INVITE"), "CSeq: 1 INVITE", "CSeq: 1 CANCEL", 1) + "Content-Length: 0\r\n\r\n"
	for range 3 {
		evil.send(cancel)
	}
	for range 3 { // and as the agent's phone would end its side
		evil.send(answerTo(m, alice))
		evil.send(strings.Replace(answerTo(m, alice), "SIP/2.0 200", "SIP/2.0 603", 1))
	}
	if m, ok := alice.takes("CANCEL", 700*time.Millisecond); ok {
		t.Fatalf("the call was taken back:\n%s", m.text)
	}
	alice.says(m, 200, alice.sdp(4002))
	if _, ok := alice.takes("ACK", 5*time.Second); !ok {
		t.Fatal("no ACK")
	}
	var yes message
	for yes.code != 200 {
		if yes, ok = carrier.heard(5 * time.Second); !ok {
			t.Fatal("the caller is not answered")
		}
	}
	inside := []string{"From: " + header(invite, "From"), "To: " + yes.header("To"), "Call-ID: " + yes.callID()}
	carrier.send(carrier.text("ACK", "sip:"+x.sip, inside...))
	for _, method := range []string{"INVITE", "UPDATE", "BYE", "REFER", "INFO"} {
		m := evil.asks(method, "sip:"+x.sip, append(inside, "CSeq: 9 "+method, "Refer-To: <sip:+44@x>", "Content-Type: application/sdp", "\n"+evil.sdp(4004))...)
		same(t, "forged "+method, m.code, 481)
	}
	same(t, "the caller's transfer", carrier.asks("REFER", "sip:"+x.sip, append(inside, "CSeq: 2 REFER", "Refer-To: <sip:+442079460000@x>")...).code, 603)
	same(t, "the caller's BYE", carrier.asks("BYE", "sip:"+x.sip, append(inside, "CSeq: 3 BYE")...).code, 200)
	if m, ok := alice.takes("BYE", 5*time.Second); ok {
		alice.says(m, 200, "")
	}
}
