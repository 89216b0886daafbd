package e2e

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// visitor is a call of the carrier's, spoken by hand.
type visitor struct {
	*hand
	invite string
	yes    message
	inside []string
}

// visits places a call to the line of sales; code 200: it is answered and waits.
func (h *hand) visits() *visitor {
	h.t.Helper()
	v := &visitor{hand: h, invite: h.text("INVITE", "sip:+15551000@"+h.x.ip, "Content-Type: application/sdp", "\n"+h.sdp(4000))}
	v.yes = h.answer(v.invite, 5*time.Second)
	if v.yes.code == 200 {
		v.inside = []string{"From: " + header(v.invite, "From"), "To: " + v.yes.header("To"), "Call-ID: " + v.yes.callID()}
		h.send(h.text("ACK", "sip:"+h.x.sip, v.inside...))
	}
	return v
}

// leaves hangs up.
func (v *visitor) leaves() {
	v.t.Helper()
	same(v.t, "BYE", v.asks("BYE", "sip:"+v.x.sip, append(v.inside, "CSeq: 2 BYE")...).code, 200)
}

// waiting is a plan in which callers wait in a line for ever.
var waiting = plan{groups: `
  - {name: sales, title: Sales, agents: ["101"], if_missed: hold, if_nobody: hold}`}

// again stops the program, has something done, and starts it anew.
func (x *exchange) again(between func()) {
	x.t.Helper()
	x.signal(syscall.SIGTERM)
	same(x.t, "exit code", x.ends(patience), 0)
	between()
	x.run()
}

// crowded fills the program with callers until it refuses, and checks that it serves again when they have left.
func crowded(t *testing.T, x *exchange, most int) {
	t.Helper()
	h := x.hand(x.trunk)
	var in []*visitor
	refused := 0
	for range most {
		switch v := h.visits(); v.yes.code {
		case 200:
			in = append(in, v)
		case 503:
			refused++
		default:
			t.Errorf("a call is answered %d", v.yes.code)
		}
	}
	t.Logf("%d calls served, %d refused", len(in), refused)
	if len(in) == 0 || refused == 0 {
		t.Errorf("%d calls served, %d refused", len(in), refused)
	}
	for _, v := range in {
		v.leaves()
	}
	await(t, "a call to be served again", patience, func() bool {
		v := h.visits()
		if v.yes.code == 200 {
			v.leaves()
		}
		return v.yes.code == 200
	})
}

// Out of files: calls beyond them get 503, those that live go on, and when they leave there is room again.
func TestAttack_OutOfFiles(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("prlimit"); err != nil {
		t.Skip("prlimit, of util-linux, is not installed: the limit of open files cannot be lowered")
	}
	x := start(t, waiting)
	limit := func(files int) {
		if out, err := exec.Command("prlimit", fmt.Sprintf("--nofile=%d:%d", files, 4096), "--pid", fmt.Sprint(x.cmd.Process.Pid)).CombinedOutput(); err != nil {
			t.Skipf("%v: %s", err, out)
		}
	}
	limit(x.load().files + 12)
	crowded(t, x, 25)
	limit(3) // nothing can be accepted now
	for range 5 {
		x.overTCP(x.trunk, []byte("\r\n\r\n"))
	}
	limit(1024)
	await(t, "/readyz", patience, func() bool { return x.page("/readyz") == 200 })
	c, err := net.Dial("tcp", x.sip)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.Write([]byte("\r\n\r\n"))
	c.SetReadDeadline(time.Now().Add(patience))
	if n, err := c.Read(make([]byte, 10)); n == 0 {
		t.Errorf("a connection is not served: %v", err)
	}
}

// Out of RTP ports: 503, and no port is lost.
func TestAttack_OutOfPorts(t *testing.T) {
	t.Parallel()
	x := start(t, waiting)
	x.again(func() { x.rewrite("20000-20999", "20000-20019") })
	crowded(t, x, 15)
}

// rewrite changes the configuration file.
func (x *exchange) rewrite(old, new string) {
	x.t.Helper()
	text, err := os.ReadFile(x.file())
	if err == nil {
		err = os.WriteFile(x.file(), []byte(strings.Replace(string(text), old, new, 1)), 0o600)
	}
	if err != nil {
		x.t.Fatal(err)
	}
}

// A machine that stands still for five seconds: calls and phones are there afterwards.
func TestAttack_AStandstill(t *testing.T) {
	t.Parallel()
	x := start(t, waiting)
	h, alice := x.hand(x.trunk), x.hand(x.address("101"))
	v := h.visits()
	same(t, "the call", v.yes.code, 200)
	x.signal(syscall.SIGSTOP)
	lasts(t, "standstill", 5*time.Second, x.running)
	x.signal(syscall.SIGCONT)
	lasts(t, "the call", 2*time.Second, func() bool { _, bye := h.takes("BYE", 10*time.Millisecond); return !bye })
	alice.registers("101")
	if _, ok := alice.takes("INVITE", 5*time.Second); !ok {
		t.Error("the phone that came is not rung for the caller who waits")
	}
	v.leaves()
	x.cut = true // the phone says nothing more
}

// A full disk: calls go on, a message cannot be left and the caller is told so, /healthz says what is wrong; with room
// again everything is on record.
func TestAttack_DiskFull(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		t.Skip("makes a small disk: needs root on Linux")
	}
	x := start(t, plan{numbers: toSales + `
  - {number: "+15552000", to: voicemail:101}`, groups: waiting.groups})
	var full error
	x.again(func() {
		if full = syscall.Mount("tmpfs", x.data(), "tmpfs", 0, "size=8m"); full == nil {
			t.Cleanup(func() { syscall.Unmount(x.data(), 2) }) // detached: the program still runs
		}
	})
	if full != nil {
		t.Skip("cannot make a small disk: ", full)
	}
	h := x.hand(x.trunk)
	h.visits().leaves()
	ballast := filepath.Join(x.data(), "ballast")
	f, err := os.Create(ballast)
	if err != nil {
		t.Fatal(err)
	}
	for block := make([]byte, 4096); err == nil; {
		_, err = f.Write(block)
	}
	f.Close()
	const calls = 30
	for range calls {
		v := h.visits()
		same(t, "a call on a full disk", v.yes.code, 200)
		v.leaves()
	}
	invite := h.text("INVITE", "sip:+15552000@"+x.ip, "Content-Type: application/sdp", "\n"+h.sdp(4000))
	yes := h.answer(invite, 5*time.Second)
	same(t, "voicemail on a full disk", yes.code, 200)
	h.send(h.text("ACK", "sip:"+x.sip, "From: "+header(invite, "From"), "To: "+yes.header("To"), "Call-ID: "+yes.callID()))
	await(t, "/healthz to say so", patience, func() bool { return x.page("/healthz") == 503 })
	same(t, "/readyz", x.page("/readyz"), 200)
	bye, ok := h.takes("BYE", 40*time.Second)
	if !ok {
		t.Error("the caller is kept in a mailbox that takes nothing")
	} else {
		h.says(bye, 200, "")
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	await(t, "/healthz to be well", 30*time.Second, func() bool { return x.page("/healthz") == 200 })
	list := records[record](x, "calls")
	same(t, "calls on record", len(list), 1+calls+1)
}
