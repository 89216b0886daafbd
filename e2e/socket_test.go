package e2e

import (
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
)

// socket says raw SIP text over UDP, for what SIPp would never send.
type socket struct {
	t    testing.TB
	conn *net.UDPConn

	mu  sync.Mutex
	got []message
}

// socket opens one at an address that sends to the program.
func (x *exchange) socket(ip string) *socket {
	x.t.Helper()
	to, err := net.ResolveUDPAddr("udp", x.sip)
	if err != nil {
		x.t.Fatal(err)
	}
	conn, err := net.DialUDP("udp", &net.UDPAddr{IP: net.ParseIP(ip)}, to)
	if err != nil {
		x.t.Fatal(err)
	}
	s := &socket{t: x.t, conn: conn}
	x.t.Cleanup(func() { conn.Close() })
	go func() {
		b := make([]byte, 65536)
		for {
			n, err := conn.Read(b)
			if err != nil {
				return
			}
			m := read(strings.ReplaceAll(string(b[:n]), "\r\n", "\n"))
			s.mu.Lock()
			s.got = append(s.got, m)
			s.mu.Unlock()
		}
	}()
	return s
}

// stranger is an address that nobody has configured.
func (x *exchange) stranger() string { return x.net + ".66" }

func (s *socket) send(text string) {
	s.t.Helper()
	if _, err := s.conn.Write([]byte(strings.ReplaceAll(text, "\n", "\r\n"))); err != nil {
		s.t.Fatal(err)
	}
}

// all is what came so far.
func (s *socket) all() []message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.got[:len(s.got):len(s.got)]
}

// answer waits for the n-th message and returns it.
func (s *socket) answer(n int) message {
	s.t.Helper()
	await(s.t, fmt.Sprintf("answer %d", n), patience, func() bool { return len(s.all()) >= n })
	return s.all()[n-1]
}

// request is a well-formed request outside of any dialog. id makes it one of a kind.
func (s *socket) request(method, uri, from, to, id string) string {
	here := s.conn.LocalAddr().String()
	return fmt.Sprintf(`%[1]s %[2]s SIP/2.0
Via: SIP/2.0/UDP %[6]s;branch=z9hG4bK%[5]s;rport
Max-Forwards: 70
From: <%[3]s>;tag=%[5]s
To: <%[4]s>
Call-ID: %[5]s
CSeq: 1 %[1]s
Contact: <sip:x@%[6]s>
Content-Length: 0

`, method, uri, from, to, id, here)
}
