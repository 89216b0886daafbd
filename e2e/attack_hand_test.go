package e2e

import (
	"crypto/md5"
	"fmt"
	"net"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// hand is SIP spoken by hand over UDP: one question, one answer.
type hand struct {
	t    testing.TB
	x    *exchange
	conn *net.UDPConn
	n    int       // questions so far
	late []message // requests of the program that came meanwhile
}

// hand opens one at an address, on a port of its own.
func (x *exchange) hand(ip string) *hand {
	x.t.Helper()
	to, err := net.ResolveUDPAddr("udp", x.sip)
	if err != nil {
		x.t.Fatal(err)
	}
	conn, err := net.DialUDP("udp", &net.UDPAddr{IP: net.ParseIP(ip)}, to)
	if err != nil {
		x.t.Fatal(err)
	}
	x.t.Cleanup(func() { conn.Close() })
	return &hand{t: x.t, x: x, conn: conn}
}

func (h *hand) at() string { return h.conn.LocalAddr().String() }

// text makes a request of its own. Lines of more replace headers of the same name or come behind them; a last one that
// begins with a line end is the body.
func (h *hand) text(method, uri string, more ...string) string {
	h.n++
	id := fmt.Sprintf("%d-%s", h.n, strings.Map(letters, h.at()))
	body := ""
	if n := len(more); n > 0 && strings.HasPrefix(more[n-1], "\n") {
		body, more = strings.ReplaceAll(more[n-1][1:], "\n", "\r\n"), more[:n-1]
	}
	headers := []string{
		"Via: SIP/2.0/UDP " + h.at() + ";rport;branch=z9hG4bK" + id,
		"From: <sip:mallory@" + h.at() + ">;tag=" + id, "To: <" + uri + ">", "Call-ID: " + id, "CSeq: 1 " + method,
		"Max-Forwards: 70", "Contact: <sip:mallory@" + h.at() + ">",
	}
	for _, line := range more {
		name, _, _ := strings.Cut(line, ":")
		i := 0
		for i < len(headers) && !strings.HasPrefix(headers[i], name+":") {
			i++
		}
		if i < len(headers) {
			headers[i] = line
		} else {
			headers = append(headers, line)
		}
	}
	return method + " " + uri + " SIP/2.0\r\n" + strings.Join(headers, "\r\n") +
		fmt.Sprintf("\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

func letters(r rune) rune {
	if r == '.' || r == ':' {
		return -1
	}
	return r
}

func (h *hand) send(text string) {
	h.t.Helper()
	if _, err := h.conn.Write([]byte(text)); err != nil {
		h.t.Fatal(err)
	}
}

// heard reads the next message within so long; false: silence.
func (h *hand) heard(within time.Duration) (m message, ok bool) {
	h.conn.SetReadDeadline(time.Now().Add(within))
	b := make([]byte, 65536)
	n, err := h.conn.Read(b)
	if err != nil {
		return m, false
	}
	m = read(strings.ReplaceAll(string(b[:n]), "\r\n", "\n"))
	m.at = time.Now()
	return m, true
}

// answer is the final answer to a request; code 0: silence for so long. An INVITE's refusal gets its ACK.
func (h *hand) answer(request string, within time.Duration) message {
	h.t.Helper()
	asked := read(strings.ReplaceAll(request, "\r\n", "\n"))
	h.send(request)
	for end := time.Now().Add(within); ; {
		m, ok := h.heard(time.Until(end))
		switch {
		case !ok:
			return message{}
		case m.code == 0:
			h.late = append(h.late, m)
		case m.callID() == asked.callID() && m.header("CSeq") == asked.header("CSeq") && m.code >= 200:
			if asked.method == "INVITE" && m.code >= 300 {
				h.send(ackOf(request, m))
			}
			return m
		}
	}
}

// ackOf is the ACK for a refusal.
func ackOf(invite string, m message) string {
	head, _, _ := strings.Cut(invite, "\r\n\r\n")
	head = "ACK" + strings.TrimPrefix(head, "INVITE")
	head = regexp.MustCompile(`(CSeq: \d+) INVITE`).ReplaceAllString(head, "$1 ACK")
	head = regexp.MustCompile(`(?m)^(Content-.*|Authorization: .*)\r\n`).ReplaceAllString(head+"\r\n", "")
	return regexp.MustCompile(`(?m)^To: .*\r\n`).ReplaceAllLiteralString(head, "To: "+m.header("To")+"\r\n") + "Content-Length: 0\r\n\r\n"
}

// asks sends a request and returns its final answer; code 0: silence for 3 s.
func (h *hand) asks(method, uri string, more ...string) message {
	h.t.Helper()
	return h.answer(h.text(method, uri, more...), 3*time.Second)
}

// proves asks, is challenged, and proves who it is.
func (h *hand) proves(user, password, method, uri string, more ...string) message {
	h.t.Helper()
	no := h.asks(method, uri, more...)
	if no.code != 401 {
		return no
	}
	return h.asks(method, uri, append([]string{proof(no, user, password, method, uri, 1)}, more...)...)
}

var nonceIn = regexp.MustCompile(`nonce="([^"]*)"`)

// proof is the answer to a challenge by MD5 (RFC 7616 section 3.4.1).
func proof(challenge message, user, password, method, uri string, nc int) string {
	nonce := ""
	if m := nonceIn.FindStringSubmatch(challenge.text); m != nil {
		nonce = m[1]
	}
	ha1, ha2 := md5hex(user+":ringtide.local:"+password), md5hex(method+":"+uri)
	return fmt.Sprintf(`Authorization: Digest username="%s",realm="ringtide.local",nonce="%s",uri="%s",algorithm=MD5,qop=auth,nc=%08x,cnonce="c",response="%s"`,
		user, nonce, uri, nc, md5hex(fmt.Sprintf("%s:%s:%08x:c:auth:%s", ha1, nonce, nc, ha2)))
}

func md5hex(s string) string { return fmt.Sprintf("%x", md5.Sum([]byte(s))) }

// of are the From and To of a user who speaks about a URI.
func of(user string) string { return "From: <sip:" + user + "@ringtide.local>;tag=f" + user }

// registers makes the hand a phone of the user.
func (h *hand) registers(user string) {
	h.t.Helper()
	aor := "<sip:" + user + "@ringtide.local>"
	m := h.proves(user, password(user), "REGISTER", "sip:ringtide.local", "From: "+aor+";tag=r", "To: "+aor,
		"Contact: <sip:"+user+"@"+h.at()+">", "Expires: 600")
	if m.code != 200 {
		h.t.Fatalf("%s is not registered:\n%s", user, m.text)
	}
}

// takes waits for a request of the program.
func (h *hand) takes(method string, within time.Duration) (message, bool) {
	for i, m := range h.late {
		if m.method == method {
			h.late = append(h.late[:i:i], h.late[i+1:]...)
			return m, true
		}
	}
	for end := time.Now().Add(within); ; {
		m, ok := h.heard(time.Until(end))
		if !ok || m.method == method {
			return m, ok
		}
	}
}

// says answers a request of the program.
func (h *hand) says(m message, code int, sdp string) {
	h.t.Helper()
	to := m.header("To")
	if !m.dialog() {
		to += ";tag=h"
	}
	text := fmt.Sprintf("SIP/2.0 %d So\r\nVia: %s\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %s\r\nContact: <sip:h@%s>\r\n",
		code, m.header("Via"), m.header("From"), to, m.callID(), m.header("CSeq"), h.at())
	if sdp != "" {
		text += "Content-Type: application/sdp\r\n"
	}
	h.send(text + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(sdp), sdp))
}

// sdp offers or answers audio at a port of the hand's address.
func (h *hand) sdp(port int) string {
	ip, _, _ := strings.Cut(h.at(), ":")
	return fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 %[1]s\r\ns=-\r\nc=IN IP4 %[1]s\r\nt=0 0\r\nm=audio %[2]d RTP/AVP 0\r\n", ip, port)
}

// load is what the program uses.
type load struct {
	rss        int // KiB
	files      int
	goroutines int
}

func (x *exchange) load() (l load) {
	pid := x.cmd.Process.Pid
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if m := regexp.MustCompile(`VmRSS:\s+(\d+)`).FindSubmatch(status); m != nil {
		l.rss, _ = strconv.Atoi(string(m[1]))
	}
	list, _ := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	l.files = len(list)
	n, _ := x.metric("go_goroutines")
	l.goroutines = int(n)
	return l
}

func (l load) String() string {
	return fmt.Sprintf("%d MiB, %d files, %d goroutines", l.rss>>10, l.files, l.goroutines)
}

// comesBackTo waits until the load is near what it was.
func (x *exchange) comesBackTo(base load, within time.Duration) {
	x.t.Helper()
	var now load
	if !comesTrue(within, func() bool {
		now = x.load()
		return now.files <= base.files+8 && now.goroutines <= base.goroutines+16
	}) {
		x.t.Errorf("before %v, after %v", base, now)
	}
	x.t.Logf("before %v, after %v", base, now)
}

// alive checks that a registered phone gets an answer to OPTIONS within a second, and returns how long it took.
func (h *hand) alive(user string) time.Duration {
	h.t.Helper()
	began := time.Now()
	uri := "sip:ringtide.local"
	m := h.asks("OPTIONS", uri, of(user))
	if m.code == 401 {
		began = time.Now()
		m = h.asks("OPTIONS", uri, of(user), proof(m, user, password(user), "OPTIONS", uri, 1))
	}
	took := time.Since(began)
	if m.code != 200 || took > time.Second {
		h.t.Errorf("a registered phone's OPTIONS: %d after %v", m.code, took)
	}
	return took
}
