package e2e

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"ringtide/internal/fakeca"
)

// A phone registers over TCP and is rung over the same connection: its SIPp listens to nothing else. The caller comes over
// TCP as well.
func TestPhonesOverTCP(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: twoInOrder})
	alice := x.turnOn("101", peer{name: "101", ip: x.address("101"), port: 5060, tcp: true}, ignores, answersFor(300*time.Millisecond, 1200*time.Millisecond))
	alice.registered()
	p := x.outside()
	p.tcp = true
	c := x.callsAs(p, "caller", "+15551000", time.Second)
	alice.rung(1)
	c.over()
	same(t, "Reason in Alice's CANCEL", alice.cancelled(1).reason, "")
	p = x.outside()
	p.tcp = true
	c = x.callsAs(p, "caller", "+15551000", untilReleased)
	alice.ended(2)
	c.over()
}

// A call over IPv6 from end to end, with audio.
func TestACallOverIPv6(t *testing.T) {
	t.Parallel()
	octet, err := strconv.Atoi(strings.TrimPrefix(network, "127."))
	if err != nil {
		t.Fatal(err)
	}
	x := start(t, plan{groups: twoInOrder, ip: "::1", port: 40000 + 10*octet})
	x.busy = 10 * octet
	here := x.listen("::1")
	alice := x.turnOn("101", peer{name: "101", ip: "::1", port: 40001 + 10*octet}, answersFor(2*time.Second, 1200*time.Millisecond))
	alice.registered()
	c := x.callsWith(here, "+15551000", untilReleased)
	here.awaitLoud()
	alice.ended(1)
	c.over()
	same(t, "answered by", x.record(1, x.numberOf(x.busy)).AnsweredBy, "101")
}

// A softphone registers over TLS and is called on its connection; both hear each other.
func TestBaresipOverTLS(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	certFile, keyFile := filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	fakeca.WritePEM(fakeca.New().Issue("ringtide.local"), certFile, keyFile)
	x := start(t, plan{groups: holdSales, secure: true,
		listen: fmt.Sprintf("[\"udp://IP:5060\", \"tls://IP:5061\"]\n  tls: {cert_file: %q, key_file: %q}", certFile, keyFile)})
	alice := x.softphone(t, "101", 880)
	here := x.listen(x.trunk)
	c := x.callsWith(here, "+15551000", untilReleased)
	alice.tells("CALL_INCOMING", 1)
	to, _ := c.answered().audio()
	here.speak(to, 440)
	alice.does("accept", "")
	here.hearsTone(880)
	alice.hearsTone(440)
	alice.does("hangup", "")
	c.over()
	same(t, "answered by", x.record(1, x.numberOf(x.busy)).AnsweredBy, "101")
}

// Listening at all addresses, Via, Contact and SDP name the one on the way to the peer, or that of its connection.
func TestListeningEverywhere(t *testing.T) {
	t.Parallel()
	octet, err := strconv.Atoi(strings.TrimPrefix(network, "127."))
	if err != nil {
		t.Fatal(err)
	}
	port := 44000 + octet
	x := start(t, plan{groups: twoInOrder, port: port, listen: fmt.Sprintf(`["udp://0.0.0.0:%[1]d", "tcp://0.0.0.0:%[1]d"]`, port)})
	here := x.listen(x.trunk)
	alice := x.phone("101", answersFor(2*time.Second, 1200*time.Millisecond))
	p := x.outside()
	p.tcp, p.ear = true, here
	c := x.callsAs(p, "caller", "+15551000", untilReleased)
	here.awaitLoud()
	alice.ended(1)
	c.over()
	wants := func(m message, header, want string) {
		t.Helper()
		if got := m.header(header); !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", header, got, want)
		}
	}
	told := func(m message, ip string) {
		t.Helper()
		wants(m, "Contact", fmt.Sprintf("<sip:%s:%d", ip, port))
		if audio, _ := m.audio(); !strings.HasPrefix(audio, ip+":") {
			t.Errorf("audio at %s, want %s", audio, ip)
		}
	}
	invite := alice.sees("INVITE", asked("INVITE"))
	wants(invite, "Via", fmt.Sprintf("SIP/2.0/UDP 127.0.0.1:%d;", port))
	told(invite, "127.0.0.1")
	told(c.answered(), x.ip)
}

// One program registers what another answers, on the same address: the Contact says where to ring.
func TestAContactOnAnotherPort(t *testing.T) {
	t.Parallel()
	x := start(t, plan{})
	desk := &phone{x.sipp(peer{name: "desk", ip: x.address("101"), port: 5081}, "rings", "-set", "plan", answersFor(0, 1100*time.Millisecond)+" "), x, "101"}
	registrar := x.sipp(peer{name: "registers", ip: x.address("101"), port: 5082}, "phone", "-inf", x.csv("101;[authentication username=101 password=alicealice]"),
		"-set", "plan", "none", "-auth_uri", x.sip, "-key", "expires", "3600", "-key", "contact", "5081", "-m", "1")
	registrar.sees("its registration taken", came(200, "REGISTER"))
	registrar.kill()
	c := x.calls("+15551000", untilReleased)
	desk.ended(1)
	c.over()
}
