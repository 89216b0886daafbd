package e2e

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// long runs the attacks at full length: minutes instead of seconds.
var long = flag.Bool("long", false, "run attacks at full length")

// torture is the messages of RFC 4475.
func torture(t testing.TB) (all [][]byte) {
	t.Helper()
	files, err := filepath.Glob("../testdata/sip/torture/*.dat")
	if err != nil || len(files) < 40 {
		t.Fatalf("%d torture messages: %v", len(files), err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, data)
	}
	return all
}

// Every message of RFC 4475, over UDP and TCP, whole and in pieces, from a stranger and from the trunk: the program
// answers in SIP/2.0 or not at all, and a phone gets its answers meanwhile.
func TestAttack_Torture(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: twoInOrder})
	x.cut = true
	alice := x.hand(x.address("101"))
	alice.registers("101")
	for _, ip := range []string{x.stranger(), x.trunk} {
		for n, data := range torture(t) {
			h := x.hand(ip)
			h.conn.Write(data)
			for wait := 30 * time.Millisecond; ; wait = 5 * time.Millisecond {
				m, ok := h.heard(wait)
				if !ok {
					break
				}
				if m.code < 100 || m.code > 699 || strings.Contains(m.text, "\x00") {
					t.Errorf("message %d is answered:\n%s", n, m.text)
				}
				if ip == x.stranger() && m.code < 400 {
					t.Errorf("message %d of a stranger is answered:\n%s", n, m.text)
				}
			}
			h.conn.Close()
			for _, size := range []int{len(data), 7} {
				x.overTCP(ip, slices.Collect(slices.Chunk(data, size))...)
			}
			if n%10 == 0 {
				alice.alive("101")
			}
		}
	}
	alice.alive("101")
}

// overTCP says something on a connection of its own and hangs up.
func (x *exchange) overTCP(ip string, parts ...[]byte) {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(ip)}}
	c, err := d.Dial("tcp", x.sip)
	if err != nil {
		x.t.Error(err)
		return
	}
	defer c.Close()
	for _, p := range parts {
		if _, err := c.Write(p); err != nil {
			return // refused
		}
	}
}

// Damaged messages from a stranger and from the trunk: the program lives, answers a phone all the time, answers no more
// than it is asked, and gives everything back.
func TestAttack_DamagedMessages(t *testing.T) {
	t.Parallel()
	x := start(t, plan{numbers: `
  - {number: "*", to: hang_up}`})
	x.cut = true
	alice := x.hand(x.address("101"))
	alice.registers("101")
	base := x.load()
	count, seed := 20_000, uint64(1)
	if *long {
		count = 1_000_000
	} else if raceEnabled {
		count = 4_000
	}
	r := rand.New(rand.NewPCG(seed, 0))
	evil, carrier := x.hand(x.stranger()), x.hand(x.trunk)
	seeds := torture(t)
	for _, method := range []string{"INVITE", "REGISTER", "OPTIONS", "BYE", "CANCEL", "ACK", "REFER", "UPDATE"} {
		seeds = append(seeds, []byte(evil.text(method, "sip:101@ringtide.local", "Content-Type: application/sdp", "\n"+evil.sdp(4000))))
	}
	answers, slowest := 0, time.Duration(0)
	for i := range count {
		h := evil
		if i%10 == 0 {
			h = carrier
		}
		h.conn.Write(damaged(r, seeds))
		if i%50 == 0 { // the socket's buffer must not overflow: what is lost tests nothing
			answers += evil.drained() + carrier.drained()
		}
		if i%1000 == 0 {
			slowest = max(slowest, alice.alive("101"))
		}
	}
	answers += evil.drained() + carrier.drained()
	t.Logf("seed %d: %d messages, %d answers, slowest probe %v, %v", seed, count, answers, slowest, x.load())
	if answers > count*12/10 {
		t.Errorf("%d answers to %d messages", answers, count)
	}
	if now := x.load(); now.rss > base.rss+64<<10 && !raceEnabled {
		t.Errorf("before %v, after %v", base, now)
	}
	x.comesBackTo(base, 50*time.Second)
	alice.alive("101")
	if n, _ := x.metric("ringtide_call_faults_total"); n != 0 {
		t.Errorf("%v faults", n)
	}
}

// drained takes what has come.
func (h *hand) drained() (n int) {
	for {
		if _, ok := h.heard(time.Millisecond); !ok {
			return n
		}
		n++
	}
}

// damaged is a message with a few wounds.
func damaged(r *rand.Rand, seeds [][]byte) []byte {
	data := slices.Clone(seeds[r.IntN(len(seeds))])
	for range 1 + r.IntN(6) {
		if len(data) < 2 {
			break
		}
		at := r.IntN(len(data))
		to := min(len(data), at+1+r.IntN(40))
		switch r.IntN(6) {
		case 0:
			data[at] = byte(r.Uint32())
		case 1:
			data = slices.Delete(data, at, to)
		case 2:
			data = slices.Insert(data, at, bytes.Repeat(data[at:to], 1+r.IntN(30))...)
		case 3:
			other := seeds[r.IntN(len(seeds))]
			data = append(data[:at:at], other[min(at, len(other)):]...)
		case 4:
			data = bytes.Replace(data, []byte("\r\n"), []byte([]string{"\n", "\r", "\r\n\r\n", "\r\n ", "\x00"}[r.IntN(5)]), 1+r.IntN(3))
		case 5:
			data = bytes.Replace(data, []byte("1"), []byte([]string{"99999999999999999999", "-1", "4294967295", "%00", ""}[r.IntN(5)]), 1+r.IntN(3))
		}
	}
	return data[:min(len(data), 60_000)]
}

// A promised length costs nothing: neither memory nor time.
func TestAttack_LyingContentLength(t *testing.T) {
	t.Parallel()
	x := start(t, plan{})
	alice := x.hand(x.address("101"))
	alice.registers("101")
	base := x.load()
	for i, length := range []string{"1073741824", "2147483647", "4294967295", "4294967296", "999999999999999999", "70000"} {
		for _, ip := range []string{x.stranger(), x.trunk} {
			lie := strings.Replace(x.hand(ip).text("INVITE", "sip:1@ringtide.local"), "Content-Length: 0", "Content-Length: "+length, 1)
			x.hand(ip).send(lie)
			x.overTCP(fmt.Sprintf("%s.%d", x.net, 100+i), []byte(lie))
			if took := alice.alive("101"); took > 100*time.Millisecond && !raceEnabled {
				t.Errorf("an answer took %v", took)
			}
		}
	}
	if now := x.load(); now.rss > base.rss+32<<10 {
		t.Errorf("before %v, after %v", base, now)
	}
}

// Connections that say nothing, or one octet now and then, keep nobody out, and are cut.
func TestAttack_SlowConnections(t *testing.T) {
	t.Parallel()
	x := start(t, plan{})
	alice := x.hand(x.address("101"))
	alice.registers("101")
	base := x.load()
	var slow, idle []net.Conn
	for i := range 700 {
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(fmt.Sprintf("%s.%d", x.net, 100+i%70))}}
		c, err := d.Dial("tcp", x.sip)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if i%7 < 2 {
			slow = append(slow, c)
			c.Write([]byte("OPTIONS sip:"))
		} else {
			idle = append(idle, c)
		}
	}
	cut := func(list []net.Conn) (n int) {
		for _, c := range list {
			c.SetReadDeadline(time.Now().Add(time.Millisecond))
			if _, err := c.Read(make([]byte, 1)); err != nil && !os.IsTimeout(err) {
				n++
			}
		}
		return n
	}
	began, probes := time.Now(), 0
	patient := 20 * time.Second
	if *long {
		patient = 90 * time.Second
	}
	if !comesTrue(patient, func() bool {
		for _, c := range slow { // they go on, too slowly
			c.Write([]byte("x"))
		}
		if asked := time.Since(began); asked > time.Duration(probes)*time.Second {
			probes++
			alice.alive("101")
		}
		return cut(slow) == len(slow)
	}) {
		t.Errorf("%d of %d slow connections are cut after %v", cut(slow), len(slow), time.Since(began))
	}
	t.Logf("%d slow connections cut after %v", len(slow), time.Since(began))
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(x.address("102"))}}
	c, err := d.Dial("tcp", x.sip)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.Write([]byte(strings.Replace(x.hand(x.address("102")).text("OPTIONS", "sip:ringtide.local"), "/UDP", "/TCP", 1)))
	c.SetReadDeadline(time.Now().Add(time.Second))
	if n, err := c.Read(make([]byte, 2000)); err != nil || n == 0 {
		t.Errorf("a new connection is not served: %v", err)
	}
	if *long {
		await(t, "idle connections to be cut", patient, func() bool { return cut(idle) == len(idle) })
		x.comesBackTo(base, 10*time.Second)
	}
}

// Two thousand INVITEs a second from a stranger: a call of the trunk's is set up as if nothing happened.
func TestAttack_Flood(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: twoInOrder})
	alice := x.hand(x.address("101"))
	alice.registers("101")
	base := x.load()
	stop, done := make(chan struct{}), make(chan int)
	go x.flood(2000, stop, done)
	carrier := x.hand(x.trunk)
	var slowest time.Duration
	for range 10 {
		began := time.Now()
		invite := carrier.text("INVITE", "sip:+15551000@"+x.ip, "Content-Type: application/sdp", "\n"+carrier.sdp(4000))
		yes := carrier.answer(invite, 5*time.Second)
		if yes.code != 200 {
			t.Errorf("the call is answered %d", yes.code)
			continue
		}
		slowest = max(slowest, time.Since(began))
		inside := []string{"From: " + header(invite, "From"), "To: " + yes.header("To"), "Call-ID: " + yes.callID()}
		carrier.send(carrier.text("ACK", "sip:"+x.sip, inside...))
		if m, ok := alice.takes("INVITE", 5*time.Second); !ok {
			t.Error("the agent's phone is not rung")
		} else {
			alice.says(m, 486, "")
		}
		if m := carrier.asks("BYE", "sip:"+x.sip, append(inside, "CSeq: 2 BYE")...); m.code != 200 {
			t.Errorf("BYE is answered %d", m.code)
		}
	}
	close(stop)
	t.Logf("%d messages of the flood; slowest call %v; %v before, %v after", <-done, slowest, base, x.load())
	if slowest > 250*time.Millisecond && !raceEnabled {
		t.Errorf("INVITE to 200 took %v", slowest)
	}
	if now := x.load(); now.rss > base.rss+64<<10 && !raceEnabled {
		t.Errorf("before %v, after %v", base, now)
	}
}

func header(request, name string) string {
	return read(strings.ReplaceAll(request, "\r\n", "\n")).header(name)
}

// flood sends INVITEs from a stranger until stop, 5 s at least.
func (x *exchange) flood(perSecond int, stop <-chan struct{}, done chan<- int) {
	h := x.hand(x.stranger())
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	n := 0
	for began := time.Now(); ; {
		select {
		case <-stop:
			if time.Since(began) > 5*time.Second {
				done <- n
				return
			}
		default:
		}
		<-tick.C
		for range perSecond / 100 {
			h.conn.Write([]byte(h.text("INVITE", "sip:900441234567@ringtide.local", "Content-Type: application/sdp", "\n"+h.sdp(4000))))
			n++
		}
	}
}
