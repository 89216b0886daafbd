package phone

import (
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// Phone has one dialog at a time, and may register. What it hears twice it notes once. One goroutine uses it; its
// exported fields may be read and changed at any time in between, to say what no honest phone would.
type Phone struct {
	// Settle is called after each Send, if it is set; in a bubble of fake time synctest.Wait, so that the server has done
	// with what was said.
	Settle func()

	SDP     string // said in every offer; answers name theirs
	Contact string // URI of its Contact

	CallID string // of its dialog, or of what it sends outside of one
	Tag    string // its own
	FarTag string
	Target string // Request-URI of what it asks
	Seq    int    // CSeq of its last request
	Nonce  string // of the last challenge

	Invite   string            // the INVITE it sent last
	Requests map[string]string // the last request heard, by method

	t         *testing.T
	name      string
	conn      net.Conn
	in        chan string    // all but the server's tests and what is said to its lamp
	heard     map[string]int // times each message came
	tests     chan string    // OPTIONS of the server
	lamp      lamp
	mute      atomic.Bool
	branch    int
	algorithm string // of the last challenge
	nc        int    // proofs made with Nonce
}

// New makes a phone that talks to the server at the other end of conn, which it owns until Close. For a socket of
// datagrams see Packets.
func New(t *testing.T, name string, conn net.Conn) *Phone {
	at := conn.LocalAddr().String()
	p := &Phone{
		SDP: "v=0 " + name, Contact: "sip:" + name + "@" + at, CallID: "call-" + at, Requests: map[string]string{},
		t: t, name: name, conn: conn, in: make(chan string, 1000), heard: map[string]int{}, tests: make(chan string, 1000),
	}
	p.lamp.code = 200
	go p.listen()
	return p
}

func (p *Phone) listen() {
	next := reader(p.conn)
	for {
		m, err := next()
		if err != nil {
			return
		}
		outside := !strings.Contains(Header(m, "To"), "tag=")
		if outside && strings.HasPrefix(m, "NOTIFY") {
			if code, more := p.lamp.take(m); code != 0 {
				_, _ = p.conn.Write([]byte(response(m, code, "l", more, ""))) // its end shows elsewhere
			}
			continue
		}
		if !outside || !strings.HasPrefix(m, "OPTIONS") {
			p.in <- m
			continue
		}
		select {
		case p.tests <- m:
		default: // nobody counts them
		}
		if !p.mute.Load() {
			_, _ = p.conn.Write([]byte(response(m, 200, "o", nil, ""))) // its end shows elsewhere
		}
	}
}

// Addr is its address and port.
func (p *Phone) Addr() string { return p.conn.LocalAddr().String() }

// Close takes it off the network.
func (p *Phone) Close() { p.conn.Close() }

// Mute makes it leave the server's tests (OPTIONS outside of dialogs) unanswered, or answer them again.
func (p *Phone) Mute(on bool) { p.mute.Store(on) }

// Tested returns the server's tests since it was asked last, 1000 at most.
func (p *Phone) Tested() (tests []string) {
	p.settle()
	for {
		select {
		case m := <-p.tests:
			tests = append(tests, m)
		default:
			return tests
		}
	}
}

// AwaitsTest waits for a test of the server, and fails without one in 5 s.
func (p *Phone) AwaitsTest() {
	p.t.Helper()
	select {
	case <-p.tests:
	case <-time.After(5 * time.Second):
		p.t.Fatalf("%s is not tested", p.name)
	}
}

// Hears returns the next message that is new, and fails if it does not begin with start. 100 is passed over unless asked
// for. It waits 70 s.
func (p *Phone) Hears(start string) string {
	p.t.Helper()
	late := time.After(70 * time.Second)
	for {
		select {
		case m := <-p.in:
			p.heard[m]++
			if p.heard[m] > 1 || strings.HasPrefix(m, "SIP/2.0 100") && start != "SIP/2.0 100" {
				continue
			}
			if !strings.HasPrefix(m, start) {
				p.t.Fatalf("%s waits for %q and hears:\n%s", p.name, start, m)
			}
			p.note(m)
			return m
		case <-late:
			p.t.Fatalf("%s waits for %q and hears nothing", p.name, start)
		}
	}
}

// Next returns the next message, copies included; not ok: none came until end.
func (p *Phone) Next(end <-chan time.Time) (m string, ok bool) {
	select {
	case m = <-p.in:
		return m, true
	case <-end:
		return "", false
	}
}

// Overdue returns the oldest new message that has come by now; "" if there is none. 100 is passed over.
func (p *Phone) Overdue() string {
	p.settle()
	for {
		select {
		case m := <-p.in:
			if p.heard[m]++; p.heard[m] == 1 && !strings.HasPrefix(m, "SIP/2.0 100") {
				p.note(m)
				return m
			}
		default:
			return ""
		}
	}
}

// HearsAll hears these, in whatever order the network brings them.
func (p *Phone) HearsAll(starts ...string) {
	p.t.Helper()
	for len(starts) > 0 {
		m := p.Hears("")
		i := slices.IndexFunc(starts, func(s string) bool { return strings.HasPrefix(m, s) })
		if i < 0 {
			p.t.Fatalf("%s waits for %q and hears:\n%s", p.name, starts, m)
		}
		starts = slices.Delete(starts, i, i+1)
	}
}

// Silence fails if anything new is heard for so long.
func (p *Phone) Silence(d time.Duration) {
	p.t.Helper()
	end := time.After(d)
	for {
		select {
		case m := <-p.in:
			p.heard[m]++
			if p.heard[m] == 1 {
				p.t.Fatalf("%s wants silence and hears:\n%s", p.name, m)
			}
		case <-end:
			return
		}
	}
}

// Copies takes in what comes for so long, and says how often m has come by now.
func (p *Phone) Copies(m string, d time.Duration) int {
	end := time.After(d)
	for {
		select {
		case got := <-p.in:
			p.heard[got]++
		case <-end:
			return p.heard[m]
		}
	}
}

// Times says how often m was heard so far.
func (p *Phone) Times(m string) int { return p.heard[m] }

// Unheard says how many messages have come that nobody listened to, and forgets them.
func (p *Phone) Unheard() (n int) {
	p.settle()
	for {
		select {
		case <-p.in:
			n++
		default:
			return n
		}
	}
}

// Send sends any text and settles.
func (p *Phone) Send(m string) {
	p.t.Helper()
	p.Put(m)
	p.settle()
}

// Put sends any text and does not settle: what is said next may cross the answer.
func (p *Phone) Put(m string) {
	p.t.Helper()
	if _, err := p.conn.Write([]byte(m)); err != nil {
		p.t.Fatalf("%s: %v", p.name, err)
	}
}

func (p *Phone) settle() {
	if p.Settle != nil {
		p.Settle()
	}
}
