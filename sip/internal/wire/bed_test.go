package wire

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ringtide/internal/fakeca"
	"ringtide/internal/fakenet"
)

var (
	ourAddr  = netip.MustParseAddrPort("192.0.2.1:5060")
	peerAddr = netip.MustParseAddrPort("198.51.100.7:5062")
)

// bed is a stack and one peer on a fake network, in fake time.
type bed struct {
	t     *testing.T
	net   *fakenet.Network
	stack *Stack
	peer  *fakenet.Conn
	start time.Time
	seen  int // of the tape

	stream   string // tcp or tls: transport of its connections
	roots    *x509.CertPool
	peerCert *tls.Certificate
}

// The authority of all beds, what it has issued to the stack and to the peer.
var trust = sync.OnceValue(func() (made struct {
	roots     *x509.CertPool
	our, peer *tls.Certificate
}) {
	ca := fakeca.New()
	made.roots, made.our, made.peer = ca.Pool(), ca.Issue("pbx.example"), ca.Issue("carrier.example", peerAddr.Addr().String())
	return made
})

// inBed runs a test in a bed. The handler's functions that are nil refuse.
func inBed(t *testing.T, c Config, f func(*bed)) {
	t.Helper()
	inBedOver(t, "tcp", c, f)
}

func inBedOver(t *testing.T, stream string, c Config, f func(*bed)) {
	t.Helper()
	made := trust()
	synctest.Test(t, func(t *testing.T) {
		b := &bed{t: t, net: fakenet.New(1, fakenet.Options{}), start: time.Now(), stream: stream, roots: made.roots, peerCert: made.peer}
		b.net.Tap()
		b.peer = b.socket(peerAddr)
		if c.Dial == nil {
			c.Dial = b.net.Dial
		}
		if c.Certificate == nil {
			c.Certificate, c.Roots = func() *tls.Certificate { return made.our }, made.roots
		}
		b.stack = New(c)
		b.serve(ourAddr)
		defer b.peer.Close()
		defer b.stack.Close()
		f(b)
	})
}

func (b *bed) socket(a netip.AddrPort) *fakenet.Conn {
	b.t.Helper()
	c, err := b.net.ListenPacket(a)
	if err != nil {
		b.t.Fatal(err)
	}
	return c
}

func (b *bed) serve(a netip.AddrPort) {
	c := b.socket(a)
	go b.stack.ServeUDP(c)
	synctest.Wait()
}

// say sends lines (with line feeds only, "$" standing for the branch) from the peer and waits until they are handled.
func (b *bed) say(text string) { b.sayFrom(b.peer, text) }

func (b *bed) sayFrom(c *fakenet.Conn, text string) {
	b.t.Helper()
	if _, err := c.WriteToUDPAddrPort([]byte(crlf(text)), ourAddr); err != nil {
		b.t.Fatal(err)
	}
	synctest.Wait()
}

func crlf(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n")
}

// packets returns what the stack sent since the last call.
func (b *bed) packets() (list []fakenet.Packet) {
	synctest.Wait()
	tape := b.net.Tape()
	for _, p := range tape[b.seen:] {
		if p.From.Addr() == ourAddr.Addr() {
			list = append(list, p)
		}
	}
	b.seen = len(tape)
	return list
}

// heard is packets in short: "100", "INVITE".
func (b *bed) heard() (list []string) {
	for _, p := range b.packets() {
		list = append(list, short(p.Data))
	}
	return list
}

func short(data []byte) string {
	first, rest, _ := strings.Cut(string(data), " ")
	if strings.HasPrefix(first, "SIP/") {
		first, _, _ = strings.Cut(rest, " ")
	}
	return first
}

// times is packets as "0s INVITE".
func (b *bed) times() (list []string) {
	for _, p := range b.packets() {
		list = append(list, fmt.Sprint(p.At.Sub(b.start), " ", short(p.Data)))
	}
	return list
}

func (b *bed) expect(got []string, want ...string) {
	b.t.Helper()
	if !slices.Equal(got, want) {
		b.t.Fatalf("got  %q\nwant %q", got, want)
	}
}

func (b *bed) wait(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// request is one of the peer's requests.
func request(method, branch, more string) string {
	toTag, seq := "", "1"
	if method == "BYE" || method == "ACK" {
		toTag = ";tag=us"
	}
	if method == "BYE" {
		seq = "2"
	}
	return method + " sip:100@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 198.51.100.7:5062;branch=z9hG4bK" + branch + "\nFrom: <sip:a@example.org>;tag=them\n" +
		"To: <sip:100@example.org>" + toTag + "\nCall-ID: call-" + branch + "\nCSeq: " + seq + " " + method + "\nMax-Forwards: 70\n" + more + "Content-Length: 0\n\n"
}

// reply is the peer's response to a request of ours, of which it copies what it must.
func reply(to []byte, code int, tag string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "SIP/2.0 %d X\n", code)
	for line := range strings.SplitSeq(string(to), "\r\n") {
		name, _, _ := strings.Cut(line, ":")
		switch name {
		case "To":
			if tag != "" && !strings.Contains(line, "tag=") {
				line += ";tag=" + tag
			}
			fallthrough
		case "Via", "From", "Call-ID", "CSeq":
			b.WriteString(line + "\n")
		}
	}
	return b.String() + "Content-Length: 0\n\n"
}

// notes records what a client handler is told.
type notes struct {
	mu   sync.Mutex
	told []string
	last *Response
}

func (n *notes) add(what string, res *Response) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.told = append(n.told, what)
	if res != nil {
		n.last = res
	}
}

func (n *notes) list() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.told)
}

func (n *notes) handler() ClientHandler {
	return ClientHandler{
		Response: func(r *Response) { n.add(fmt.Sprint(r.StatusCode), r) },
		Failed:   func(err error) { n.add("failed: "+err.Error(), nil) },
		Ended:    func() { n.add("ended", nil) },
	}
}

// call sends a request of ours to the peer.
func (b *bed) call(m Method, o ClientOptions) (*ClientTx, *notes) {
	b.t.Helper()
	flow, err := b.stack.Route("udp", peerAddr)
	if err != nil {
		b.t.Fatal(err)
	}
	n := &notes{}
	tx, err := b.stack.Request(outgoing(m), flow, n.handler(), o)
	if err != nil {
		b.t.Fatal(err)
	}
	return tx, n
}

func outgoing(m Method) *Request {
	req := NewRequest(m, Uri{Scheme: "sip", User: "bob", Host: "198.51.100.7", Port: 5062})
	req.AppendHeader(&FromHeader{Address: Uri{Scheme: "sip", User: "us", Host: "example.org"}, Params: Params{{K: "tag", V: NewTag()}}})
	req.AppendHeader(&ToHeader{Address: Uri{Scheme: "sip", User: "bob", Host: "example.org"}})
	id := CallIDHeader(NewCallID())
	req.AppendHeader(&id)
	req.AppendHeader(&CSeqHeader{SeqNo: 7, MethodName: m})
	return req
}

// tagged answers a server transaction as a dialog would.
func tagged(t *ServerTx, code int) *Response {
	res := NewResponse(t.Request(), code, "")
	if code > 100 {
		res.To().Params.Add("tag", "us")
	}
	return res
}

func addrPort(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }
