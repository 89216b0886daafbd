package wire

import (
	"bytes"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
)

// FuzzGate: nothing panics, and what passes the gate keeps its promises, also after it has been written and read again.
func FuzzGate(f *testing.F) {
	for _, data := range tortures(f) {
		f.Add(data)
	}
	f.Add([]byte(crlf(good)))
	f.Add([]byte(crlf(with("From: <sip:a@example.org>;tag=them", "f: \"a \\\"b\" <sip:a:b@[::1]:5;x?y=z>;p=\"q r\";tag=x"))))
	f.Add([]byte(crlf(with("Max-Forwards", "Route: <sip:x;lr>, <sip:y>\nContact: *\nX: a\n b\nMax-Forwards"))))
	f.Add([]byte("SIP/2.0 180 Ringing\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: sip:c@d\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		g := gate{extensions: map[string]bool{"timer": true}}
		m, l := g.datagram(data)
		switch {
		case l == nil:
			return
		case m == nil:
			if l.fault == nil {
				t.Fatal("refused without a reason")
			}
			checkRefusal(t, l)
			return
		case l.fault != nil:
			t.Fatal("accepted with a fault", l.fault)
		}
		checkPromises(t, m)
		out, err := encode(m)
		if err != nil {
			t.Fatalf("%v: %q", err, data)
		}
		again, l2 := g.datagram(out)
		if again == nil {
			if len(out) <= maxDatagram && len(out) < 2*len(data) && longestLine(out) <= maxLine {
				t.Fatalf("%v: %q became %q", l2.fault, data, out)
			}
			return
		}
		if second, _ := encode(again); !bytes.Equal(out, second) {
			t.Fatalf("%q became %q", out, second)
		}
	})
}

func longestLine(data []byte) (n int) {
	for line := range bytes.SplitSeq(data, []byte("\r\n")) {
		n = max(n, len(line))
	}
	return n
}

func checkPromises(t *testing.T, m Message) {
	for _, name := range []string{"From", "To", "Call-ID", "CSeq"} {
		if n := len(m.GetHeaders(name)); n != 1 {
			t.Fatal(n, name)
		}
	}
	vias := len(m.GetHeaders("Via"))
	if m.From() == nil || m.To() == nil || m.CallID() == nil || m.CSeq() == nil || m.Via() == nil || vias > maxVia {
		t.Fatal("something is missing")
	}
	if n := m.ContentLength(); n == nil || int(*n) != len(m.Body()) || len(m.Body()) > maxBody {
		t.Fatal("Content-Length", n)
	}
	for _, h := range headersOf(m) {
		if strings.ContainsAny(h.Value(), "\r\n\x00") {
			t.Fatalf("%q", h.Value())
		}
	}
	if m.CSeq().SeqNo >= 1<<31 {
		t.Fatal(m.CSeq())
	}
	if req, ok := m.(*Request); ok {
		scheme := req.Recipient.Scheme
		if req.CSeq().MethodName != req.Method || scheme != "sip" && scheme != "sips" && scheme != "tel" || len(req.Recipient.Headers) > 0 {
			t.Fatal(req.StartLine())
		}
		serverKey(req, req.Method)
		stateless(req, 503)
	}
}

// refusalHeaders are all that a refusal may have.
var refusalHeaders = []string{"Via", "From", "To", "Call-ID", "CSeq", "Unsupported", "Content-Length"}

func checkRefusal(t *testing.T, l *letter) {
	out := l.refusal(peerAddr)
	if out == nil {
		return
	}
	lines := strings.Split(string(out), "\r\n")
	if len(lines) > maxLines+8 || !strings.HasPrefix(lines[0], "SIP/2.0 ") || l.method == "ACK" || l.code != 0 {
		t.Fatalf("%q", out)
	}
	for _, line := range lines[1 : len(lines)-2] {
		name, _, ok := strings.Cut(line, ": ")
		if !ok || !slices.Contains(refusalHeaders, name) || strings.ContainsAny(line, "\r\n\x00") {
			t.Fatalf("%q in %q", line, out)
		}
	}
}

// FuzzStream: the pieces a stream comes in make no difference.
func FuzzStream(f *testing.F) {
	one := crlf(overTCP("OPTIONS", "1", "")) + "\r\n" + crlf(strings.Replace(overTCP("MESSAGE", "2", ""), "Length: 0\n\n", "Length: 3\n\nabc", 1)) + "\r\n\r\n"
	f.Add([]byte(one), uint8(1))
	f.Add([]byte(one+"GET / HTTP/1.1\r\n\r\n"), uint8(7))
	f.Fuzz(func(t *testing.T, data []byte, size uint8) {
		whole, ok1 := frames(data, len(data)+1)
		parts, ok2 := frames(data, int(size)+1)
		if whole != parts || ok1 != ok2 {
			t.Fatalf("%q: whole %q %v, in pieces %q %v", data, whole, ok1, parts, ok2)
		}
	})
}

// frames runs a framer over data and returns the messages it found.
func frames(data []byte, size int) (found string, open bool) {
	s := New(Config{Handler: Handler{
		Door: func(req *Request, _ Flow) (*Response, bool) { found += req.String() + "|"; return nil, true },
		Ack:  func(req *Request, _ Flow) { found += req.String() + "|" },
	}})
	c := newConn(s, Flow{Transport: "tcp", Remote: peerAddr})
	c.net = deaf{}
	s.conns.add(c)
	fr := framer{conn: c}
	for part := range chunks(data, size) {
		fr.buf = append(fr.buf, part...)
		for {
			more, ok := fr.next()
			for len(c.out) > 0 {
				<-c.out
			}
			if !ok {
				return found, false
			}
			if !more {
				break
			}
		}
	}
	return found, true
}

// deaf is a connection nobody looks at.
type deaf struct{ net.Conn }

func (deaf) SetReadDeadline(time.Time) error { return nil }
func (deaf) Close() error                    { return nil }

func FuzzAddress(f *testing.F) {
	f.Add(`"A \"b\" c" <sip:u:p@[::1]:5060;lr?a=b>;tag="x y";q=0.3`)
	f.Add("tel:+49;phone-context=x")
	f.Fuzz(func(t *testing.T, s string) {
		if _, uri, _, err := ParseAddress(s); err == nil {
			again, err := ParseURI(uri.String())
			if err != nil || again.String() != uri.String() {
				t.Fatalf("%q: %q %v", s, uri.String(), err)
			}
		}
		List(s)
	})
}
