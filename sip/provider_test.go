package sip

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ringtide/internal/fakenet"
	"ringtide/internal/phone"
)

// provider is an address of a trunk that answers by itself, and notes what it was asked.
type provider struct {
	conn *fakenet.Conn

	mu     sync.Mutex
	answer func(req string) (code int, more []string) // code 0: silence
	asked  []inquiry
}

// inquiry is a request, without its copies.
type inquiry struct {
	at   time.Time
	text string
}

// provides opens a provider.
func (s *stage) provides(addr string, answer func(req string) (int, []string)) *provider {
	s.t.Helper()
	c, err := s.net.ListenPacket(netip.MustParseAddrPort(addr))
	if err != nil {
		s.t.Fatal(err)
	}
	p := &provider{conn: c, answer: answer}
	s.t.Cleanup(func() { c.Close() })
	go p.serve()
	return p
}

func (p *provider) serve() {
	buf := make([]byte, 65536)
	for {
		n, from, err := p.conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		if res := p.take(string(buf[:n])); res != "" {
			p.conn.WriteToUDPAddrPort([]byte(res), from)
		}
	}
}

func (p *provider) take(m string) (res string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.ContainsFunc(p.asked, func(i inquiry) bool { return i.text == m && m != keepAlive }) {
		p.asked = append(p.asked, inquiry{time.Now(), m})
	}
	if strings.HasPrefix(m, "ACK") || strings.HasPrefix(m, "SIP/2.0") || m == keepAlive {
		return ""
	}
	code, more := p.answer(m)
	if code == 0 {
		return ""
	}
	to := phone.Header(m, "To")
	if code > 100 && !strings.Contains(to, "tag=") {
		to += ";tag=p"
	}
	return fmt.Sprintf("SIP/2.0 %d Said So\r\nVia: %s\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %s\r\n%sContent-Length: 0\r\n\r\n",
		code, phone.Header(m, "Via"), phone.Header(m, "From"), to, phone.Header(m, "Call-ID"), phone.Header(m, "CSeq"),
		strings.Join(append(more, ""), "\r\n"))
}

const keepAlive = "\r\n\r\n"

// says changes its mind.
func (p *provider) says(answer func(req string) (int, []string)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = answer
}

// heard returns the requests of a method since it was asked last, and forgets all others.
func (p *provider) heard(method string) (list []inquiry) {
	synctest.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, i := range p.asked {
		if strings.HasPrefix(i.text, method) {
			list = append(list, i)
		}
	}
	p.asked = nil
	return list
}

// always answers everything with a code.
func always(code int, more ...string) func(string) (int, []string) {
	return func(string) (int, []string) { return code, more }
}

// grants registers for so long whoever proves something, and takes no calls.
func grants(expires string, more ...string) func(string) (int, []string) {
	return func(req string) (int, []string) {
		switch {
		case strings.HasPrefix(req, "INVITE"):
			return 404, nil
		case !strings.HasPrefix(req, "REGISTER"):
			return 200, nil
		}
		if phone.Header(req, "Authorization") == "" {
			return 401, []string{challenge}
		}
		return 200, append(slices.Clone(more), "Contact: "+phone.Header(req, "Contact")+";expires="+expires)
	}
}

// registers takes over a configuration in which the carrier wants us to register as 5550100.
func (s *stage) registers(change func(*Trunk)) {
	s.t.Helper()
	s.reloads(func(c *Config) {
		t := &c.Trunks[0]
		t.Register, t.Username = true, "5550100"
		if change != nil {
			change(t)
		}
	})
}

func (s *stage) reloads(change func(*Config)) {
	s.t.Helper()
	c := stageConfig
	c.Trunks = []Trunk{stageConfig.Trunks[0]}
	change(&c)
	if err := s.server.Reload(c); err != nil {
		s.t.Fatal(err)
	}
}

// isUp compares the state of the carrier.
func (s *stage) isUp(want bool) {
	s.t.Helper()
	synctest.Wait()
	if got := s.server.Trunks()[0].Up; got != want {
		s.t.Errorf("up: %v, want %v\n%s", got, want, s.logged)
	}
}

// told counts lines of the log.
func (s *stage) told(text string, want int) {
	s.t.Helper()
	synctest.Wait()
	if n := strings.Count(s.logged.String(), text); n != want {
		s.t.Errorf("%q is logged %d times, not %d:\n%s", text, n, want, s.logged)
	}
}

// playing is play on a quiet network.
func playing(t *testing.T, scene func(*stage)) {
	t.Helper()
	play(t, quiet, 1, scene)
}
