package e2e

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"
)

// sipText is a SIP message as text: the load peers need few headers and no stack.
type sipText struct {
	method string // of a request; "" for responses
	uri    string
	status int
	head   string
	body   string
}

func readSIP(b []byte) sipText {
	head, body, _ := strings.Cut(string(b), "\r\n\r\n")
	line, _, _ := strings.Cut(head, "\r\n")
	m := sipText{head: head + "\r\n", body: body}
	if f := strings.SplitN(line, " ", 3); f[0] == "SIP/2.0" {
		m.status, _ = strconv.Atoi(f[1])
	} else if len(f) == 3 {
		m.method, m.uri = f[0], f[1]
	}
	return m
}

// get is the value of the first header of that name.
func (m sipText) get(name string) string {
	_, rest, ok := strings.Cut(m.head, "\r\n"+name+": ")
	if !ok {
		return ""
	}
	v, _, _ := strings.Cut(rest, "\r\n")
	return v
}

// cseq is the method of the transaction.
func (m sipText) cseq() string {
	_, method, _ := strings.Cut(m.get("CSeq"), " ")
	return method
}

// contact is the URI that requests inside the dialog go to.
func (m sipText) contact() string {
	_, rest, _ := strings.Cut(m.get("Contact"), "<")
	uri, _, _ := strings.Cut(rest, ">")
	return uri
}

// audioPort is the port of the first audio line of the session description.
func (m sipText) audioPort() int {
	_, rest, _ := strings.Cut(m.body, "m=audio ")
	port, _, _ := strings.Cut(rest, " ")
	n, _ := strconv.Atoi(port)
	return n
}

// respond makes a response to a request. tag "" leaves To as it is.
func (m sipText) respond(status, tag, extra, body string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "SIP/2.0 %s\r\n", status)
	for line := range strings.SplitSeq(m.head, "\r\n") {
		name, _, _ := strings.Cut(line, ":")
		switch name {
		case "Via", "From", "Call-ID", "CSeq":
			b.WriteString(line + "\r\n")
		case "To":
			if tag != "" && !strings.Contains(line, ";tag=") {
				line += ";tag=" + tag
			}
			b.WriteString(line + "\r\n")
		}
	}
	fmt.Fprintf(&b, "%sContent-Length: %d\r\n\r\n%s", extra, len(body), body)
	return b.String()
}

// loadPeer is a socket that plays many callers or many phones.
type loadPeer struct {
	*net.UDPConn
	server *net.UDPAddr
	rtp    *net.UDPConn // takes all their audio and throws it away
}

func newLoadPeer(t testing.TB, ip, server string) *loadPeer {
	t.Helper()
	to, err := net.ResolveUDPAddr("udp", server)
	if err != nil {
		t.Fatal(err)
	}
	p := &loadPeer{server: to}
	for _, c := range []**net.UDPConn{&p.UDPConn, &p.rtp} {
		*c, err = net.ListenUDP("udp", &net.UDPAddr{IP: net.ParseIP(ip)})
		if err != nil {
			t.Fatal(err)
		}
		(*c).SetReadBuffer(4 << 20)
		t.Cleanup(func() { (*c).Close() })
	}
	go func() {
		b := make([]byte, 2000)
		for {
			if _, err := p.rtp.Read(b); err != nil {
				return
			}
		}
	}()
	return p
}

// serve gives every message to take until the socket closes.
func (p *loadPeer) serve(take func(sipText)) {
	b := make([]byte, 65536)
	for {
		n, err := p.Read(b)
		if err != nil {
			return
		}
		take(readSIP(b[:n]))
	}
}

func (p *loadPeer) send(text string) { p.WriteToUDP([]byte(text), p.server) }

func (p *loadPeer) sdp() string {
	rtp := p.rtp.LocalAddr().(*net.UDPAddr)
	return fmt.Sprintf("v=0\r\no=load 1 1 IN IP4 %[1]s\r\ns=-\r\nc=IN IP4 %[1]s\r\nt=0 0\r\nm=audio %[2]d RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n", rtp.IP, rtp.Port)
}

const withSDP = "Content-Type: application/sdp\r\n"

// speak sends a few packets of silence to a port of the server, as a phone does right after the answer.
func (p *loadPeer) speak(port int) {
	packet := make([]byte, 12+160)
	packet[0] = 0x80
	to := &net.UDPAddr{IP: p.server.IP, Port: port}
	for i := range 3 {
		packet[3], packet[7] = byte(i), byte(i*160)
		p.rtp.WriteToUDP(packet, to)
	}
}

// request makes a request of ours. cseq is number and method.
func (p *loadPeer) request(uri, from, to, callID, cseq, extra, body string) string {
	_, method, _ := strings.Cut(cseq, " ")
	return fmt.Sprintf("%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s.%s;rport\r\nMax-Forwards: 70\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %s\r\nContact: <sip:load@%s>\r\n%sContent-Length: %d\r\n\r\n%s",
		method, uri, p.LocalAddr(), callID, strings.ReplaceAll(cseq, " ", ""), from, to, callID, cseq, p.LocalAddr(), extra, len(body), body)
}

// register registers users at this peer and returns when all are. It must be called before serve.
func (p *loadPeer) register(t testing.TB, domain, password string, users []string) {
	t.Helper()
	b := make([]byte, 65536)
	for _, user := range users {
		aor := "<sip:" + user + "@" + domain + ">"
		auth := ""
		for seq := 1; ; seq++ {
			r := p.request("sip:"+domain, aor+";tag=r", aor, "reg-"+user, fmt.Sprint(seq, " REGISTER"), auth+"Expires: 3600\r\n", "")
			p.send(strings.Replace(r, "sip:load@", "sip:"+user+"@", 1))
			n, err := p.Read(b)
			if err != nil {
				t.Fatal(err)
			}
			m := readSIP(b[:n])
			if m.status == 200 {
				break
			}
			if m.status != 401 || seq > 2 {
				t.Fatalf("register %s: %s", user, m.head)
			}
			auth = digestMD5(m, user, password, "sip:"+domain)
		}
	}
}

// digestMD5 answers the MD5 challenge of a 401 (RFC 7616).
func digestMD5(m sipText, user, password, uri string) string {
	challenge := ""
	for line := range strings.SplitSeq(m.head, "\r\n") {
		if strings.HasPrefix(line, "WWW-Authenticate: ") && !strings.Contains(line, "SHA-256") {
			challenge = line
		}
	}
	param := func(name string) string {
		_, rest, _ := strings.Cut(challenge, name+`="`)
		v, _, _ := strings.Cut(rest, `"`)
		return v
	}
	h := func(parts ...string) string {
		sum := md5.Sum([]byte(strings.Join(parts, ":")))
		return hex.EncodeToString(sum[:])
	}
	realm, nonce := param("realm"), param("nonce")
	response := h(h(user, realm, password), nonce, "00000001", "c", "auth", h("REGISTER", uri))
	return fmt.Sprintf("Authorization: Digest username=%q, realm=%q, nonce=%q, uri=%q, algorithm=MD5, qop=auth, nc=00000001, cnonce=\"c\", response=%q\r\n",
		user, realm, nonce, uri, response)
}
