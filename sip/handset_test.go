package sip

import (
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ringtide/internal/fakenet"
)

const deskDomain = "pbx.test"

var (
	deskAddr  = netip.MustParseAddrPort("192.0.2.1:5060")
	trunkAddr = netip.MustParseAddrPort("198.51.100.7:5060")
)

// office is a server with users 101 to 103 (passwords pw-101 …) and a trunk, on a fake network in a bubble of fake time.
type office struct {
	t      *testing.T
	net    *fakenet.Network
	server *Server
	logs   *logbook

	mu    sync.Mutex
	reach []string // "101 1", "101 0 lost"
	calls []Invitation
}

func deskConfig() Config {
	c := Config{
		Domain: deskDomain, MinExpires: time.Minute, MaxExpires: time.Hour, MaxContacts: 10, SourcePerSecond: 20,
		Listen: []Listen{{"udp", deskAddr}, {"tcp", deskAddr}},
		Trunks: []Trunk{{Name: "carrier", Peers: []Peer{{Net: netip.PrefixFrom(trunkAddr.Addr(), 32)}}, URIs: []string{"sip:198.51.100.7"}}},
	}
	for _, u := range []string{"101", "102", "103"} {
		c.Users = append(c.Users, deskUser(u, "pw-"+u))
	}
	return c
}

func deskUser(extension, password string) User {
	u := User{Extension: extension, Name: "User " + extension}
	u.MD5, u.SHA256 = HA1(extension, deskDomain, password)
	return u
}

// inOffice runs a test in a bubble. change may be nil.
func inOffice(t *testing.T, change func(*Config), test func(o *office)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		o := openOffice(t, fakenet.New(1, fakenet.Options{}), change, nil)
		defer o.server.Close()
		test(o)
	})
}

func openOffice(t *testing.T, n *fakenet.Network, change func(*Config), store Registrations) *office {
	t.Helper()
	o := &office{t: t, net: n, logs: &logbook{}}
	c := deskConfig()
	if change != nil {
		change(&c)
	}
	h := Handler{
		Invited: func(d *Dialog, inv Invitation) func(Event) {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.calls = append(o.calls, inv)
			return func(Event) {}
		},
		Reachable: func(user string, n int, lost bool) {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.reach = append(o.reach, strings.TrimSpace(fmt.Sprintf("%s %d %s", user, n, map[bool]string{true: "lost"}[lost])))
		},
	}
	var err error
	o.server, err = New(c, h, store, slog.New(slog.NewTextHandler(o.logs, nil)), Options{Dial: o.net.Dial})
	if err != nil {
		t.Fatal(err)
	}
	packets, err := o.net.ListenPacket(deskAddr)
	if err != nil {
		t.Fatal(err)
	}
	streams, err := o.net.Listen(deskAddr)
	if err != nil {
		t.Fatal(err)
	}
	go o.server.ServeUDP(packets)
	go o.server.ServeTCP(streams)
	synctest.Wait()
	return o
}

// logbook is what was logged.
type logbook struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *logbook) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// reached returns the reports of Reachable since it was asked last.
func (o *office) reached() string {
	synctest.Wait()
	o.mu.Lock()
	defer o.mu.Unlock()
	s := strings.Join(o.reach, ", ")
	o.reach = nil
	return s
}

// called returns the calls since it was asked last, as "who as number: dialled".
func (o *office) called() string {
	synctest.Wait()
	o.mu.Lock()
	defer o.mu.Unlock()
	var list []string
	for _, inv := range o.calls {
		list = append(list, inv.From.User+inv.From.Trunk+" as "+inv.Number+": "+inv.Dialled)
	}
	o.calls = nil
	return strings.Join(list, ", ")
}

// devices says how many devices of a user can be called.
func (o *office) devices(user string) int { return len(o.server.Devices(user)) }

// handset is a scripted SIP client: it says what it is told and knows digest. Requests of the server are answered 200 while
// it is awake.
type handset struct {
	o       *office
	conn    net.Conn // TCP, or UDP towards the server
	answers chan string
	mu      sync.Mutex
	asleep  bool
	asked   []string      // requests of the server
	news    chan struct{} // something is in asked

	callID string
	cseq   int
	branch int
	nonce  string // of the last challenge
	nc     int
}

// udpClient makes a packet socket look like a connection.
type udpClient struct {
	*fakenet.Conn
	to netip.AddrPort
}

func (c udpClient) Read(b []byte) (int, error) {
	n, _, err := c.ReadFromUDPAddrPort(b)
	return n, err
}
func (c udpClient) Write(b []byte) (int, error) { return c.WriteToUDPAddrPort(b, c.to) }
func (c udpClient) RemoteAddr() net.Addr        { return net.UDPAddrFromAddrPort(c.to) }

// handset connects a client from an address, over UDP.
func (o *office) handset(from string) *handset {
	o.t.Helper()
	c, err := o.net.ListenPacket(netip.MustParseAddrPort(from))
	if err != nil {
		o.t.Fatal(err)
	}
	return o.pickUp(udpClient{c, deskAddr})
}

// tcpHandset connects a client over TCP.
func (o *office) tcpHandset(from string) *handset {
	o.t.Helper()
	c, err := o.net.Dial(netip.MustParseAddrPort(from), deskAddr)
	if err != nil {
		o.t.Fatal(err)
	}
	return o.pickUp(c)
}

func (o *office) pickUp(c net.Conn) *handset {
	h := &handset{o: o, conn: c, answers: make(chan string, 1000), news: make(chan struct{}, 1), callID: "call-" + c.LocalAddr().String()}
	o.t.Cleanup(func() { c.Close() })
	go func() {
		buf := make([]byte, 65536)
		for {
			n, err := c.Read(buf)
			if err != nil {
				close(h.answers)
				return
			}
			h.takes(string(buf[:n]))
		}
	}()
	return h
}

func (h *handset) takes(m string) {
	if strings.HasPrefix(m, "SIP/2.0 ") {
		h.answers <- m
		return
	}
	h.mu.Lock()
	h.asked = append(h.asked, m)
	asleep := h.asleep
	h.mu.Unlock()
	select {
	case h.news <- struct{}{}:
	default:
	}
	if !asleep {
		fmt.Fprintf(h.conn, "SIP/2.0 200 OK\r\nVia: %s\r\nFrom: %s\r\nTo: %s;tag=h\r\nCall-ID: %s\r\nCSeq: %s\r\nContent-Length: 0\r\n\r\n",
			header(m, "Via"), header(m, "From"), header(m, "To"), header(m, "Call-ID"), header(m, "CSeq"))
	}
}

// sleeps makes the handset deaf (true) or awake.
func (h *handset) sleeps(on bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asleep = on
}

// heard returns the requests of the server so far, and forgets them.
func (h *handset) heard() []string {
	synctest.Wait()
	h.mu.Lock()
	defer h.mu.Unlock()
	list := h.asked
	h.asked = nil
	return list
}

func (h *handset) addr() string { return h.conn.LocalAddr().String() }

// text writes a request. More lines replace headers of the same name or are added; "Name:" alone takes one away.
func (h *handset) text(method, uri string, more ...string) string {
	h.branch++
	transport := "UDP"
	if h.conn.LocalAddr().Network() == "tcp" {
		transport = "TCP"
	}
	list := []string{
		fmt.Sprintf("Via: SIP/2.0/%s %s;branch=z9hG4bK%s-%d;rport", transport, h.addr(), strings.NewReplacer(".", "", ":", "").Replace(h.addr()), h.branch),
		"Max-Forwards: 70",
		"From: <sip:someone@" + deskDomain + ">;tag=1",
		"To: <sip:someone@" + deskDomain + ">",
		"Call-ID: " + h.callID,
		fmt.Sprintf("CSeq: %d %s", h.cseq, method),
		"User-Agent: test handset",
		"Content-Length: 0",
	}
	for _, line := range more {
		name, value, _ := strings.Cut(line, ":")
		replaced := false
		for i, old := range list {
			if oldName, _, _ := strings.Cut(old, ":"); strings.EqualFold(oldName, name) && !replaced && !strings.EqualFold(name, "Contact") {
				list[i], replaced = line, true
			}
		}
		if !replaced && strings.TrimSpace(value) != "" {
			list = append(list, line)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s SIP/2.0\r\n", method, uri)
	for _, line := range list {
		if _, value, _ := strings.Cut(line, ":"); strings.TrimSpace(value) != "" {
			b.WriteString(line + "\r\n")
		}
	}
	return b.String() + "\r\n"
}

// says sends text and returns the final response to it; "" if there is none in 3 s.
func (h *handset) says(text string) string {
	h.o.t.Helper()
	if _, err := h.conn.Write([]byte(text)); err != nil {
		h.o.t.Fatal(err)
	}
	late := time.After(3 * time.Second)
	for {
		select {
		case m := <-h.answers:
			if !strings.HasPrefix(m, "SIP/2.0 1") {
				return m
			}
		case <-late:
			return ""
		}
	}
}

// asks sends a new request without credentials.
func (h *handset) asks(method, uri string, more ...string) string {
	h.o.t.Helper()
	h.cseq++
	return h.says(h.text(method, uri, more...))
}

// proves sends a request, and again with the answer to the challenge. answer may change the credentials; nil: none.
func (h *handset) proves(user, password, method, uri string, change func(*digest), more ...string) string {
	h.o.t.Helper()
	res := h.asks(method, uri, more...)
	if code(res) != 401 {
		return res
	}
	h.challenged(res)
	return h.again(user, password, method, uri, change, more...)
}

func (h *handset) challenged(res string) {
	d, err := parseDigest(header(res, "WWW-Authenticate"))
	if err != nil {
		h.o.t.Fatalf("challenge in %q: %v", res, err)
	}
	h.nonce, h.nc = d.nonce, 0
}

// again sends a request with credentials for the nonce it knows.
func (h *handset) again(user, password, method, uri string, change func(*digest), more ...string) string {
	h.o.t.Helper()
	h.cseq++
	return h.says(h.text(method, uri, append(more, h.credentials(user, password, method, uri, change))...))
}

func (h *handset) credentials(user, password, method, uri string, change func(*digest)) string {
	h.nc++
	d := digest{username: user, realm: deskDomain, nonce: h.nonce, uri: uri, qop: "auth", nc: fmt.Sprintf("%08x", h.nc), cnonce: "c", algorithm: "SHA-256"}
	if change != nil {
		change(&d)
	}
	hash := hasherOf(d.algorithm)
	if hash == nil {
		hash = md5Hex
	}
	if d.response == "" {
		d.response = d.answer(hash, hash(user, d.realm, password), method)
	}
	return "Authorization: " + d.credentials()
}

// registers registers a contact of its own, or those given as lines, with the right password. It returns the response.
func (h *handset) registers(user string, more ...string) string {
	h.o.t.Helper()
	if len(more) == 0 || !strings.Contains(strings.Join(more, "\n"), "Contact:") {
		more = append(more, fmt.Sprintf("Contact: <sip:%s@%s>", user, h.addr()))
	}
	address := fmt.Sprintf("<sip:%s@%s>", user, deskDomain)
	more = append([]string{"From: " + address + ";tag=1", "To: " + address}, more...)
	return h.proves(user, "pw-"+user, "REGISTER", "sip:"+deskDomain, nil, more...)
}

func (h *handset) mustRegister(user string, more ...string) string {
	h.o.t.Helper()
	res := h.registers(user, more...)
	if code(res) != 200 {
		h.o.t.Fatalf("REGISTER of %s: %s", user, res)
	}
	return res
}

// code is the status of a response; 0: none.
func code(res string) (n int) {
	fmt.Sscanf(res, "SIP/2.0 %d", &n)
	return n
}

// headers returns all values of a header.
func headers(m, name string) (values []string) {
	for line := range strings.SplitSeq(m, "\r\n") {
		if n, v, ok := strings.Cut(line, ": "); ok && n == name {
			values = append(values, v)
		}
	}
	return values
}

func wantCode(t *testing.T, what, res string, want int) {
	t.Helper()
	if code(res) != want {
		t.Errorf("%s: got %q, want %d", what, strings.SplitN(res, "\r\n", 2)[0], want)
	}
}

func discardLog() *slog.Logger { return slog.New(slog.DiscardHandler) }
