package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// exchange is the program under test, with a network and a folder of its own.
type exchange struct {
	t      testing.TB
	net    string // the subnet: "127.x.N"
	ip     string
	trunk  string // address of the carrier
	sip    string // ADDR:PORT
	web    string // ADDR:PORT, as the program told it
	folder string
	plan   plan
	peers  []*sipp
	softs  []*soft
	busy   int  // ports given to callers
	cut    bool // the test ends calls by force: what is left of them is not looked at

	cmd  *exec.Cmd
	log  *logs // standard error, over restarts
	done chan struct{}
}

// logs collects what the program writes; safe for several goroutines.
type logs struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// start runs the program as planned and waits until it is ready. At the end of the test nothing of its calls may be left,
// it must end by itself when asked, and no data race may have been seen.
func start(t *testing.T, p plan) *exchange {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: no end-to-end tests")
	}
	x := &exchange{t: t, net: subnet(), folder: t.TempDir(), plan: p, log: &logs{}}
	x.ip, x.trunk = p.ip, p.ip
	if p.ip == "" {
		x.ip, x.trunk = x.net+".1", x.net+".2"
	}
	x.sip = fmt.Sprintf("%s:%d", bracketed(x.ip), or(p.port, 5060))
	x.configure(p)
	x.run()
	t.Cleanup(x.finish)
	return x
}

func (x *exchange) file() string { return filepath.Join(x.folder, "config.yaml") }
func (x *exchange) data() string { return filepath.Join(x.folder, "data") }

// configure writes the configuration file, as a whole.
func (x *exchange) configure(p plan) {
	x.plan = p
	fresh := x.file() + ".new"
	if err := os.WriteFile(fresh, []byte(p.yaml(x.ip, x.trunk, x.data())), 0o600); err != nil {
		x.t.Fatal(err)
	}
	if err := os.Rename(fresh, x.file()); err != nil {
		x.t.Fatal(err)
	}
}

// run starts the program and waits for "ready".
func (x *exchange) run() {
	x.t.Helper()
	x.cmd = exec.Command(ringtide, "serve", "--config", x.file())
	x.cmd.Dir = x.folder
	x.cmd.Stderr = x.log
	dieWithUs(x.cmd)
	out, err := x.cmd.StdoutPipe()
	if err != nil {
		x.t.Fatal(err)
	}
	if err := x.cmd.Start(); err != nil {
		x.t.Fatal(err)
	}
	ready, done := make(chan bool, 1), make(chan struct{})
	x.done = done
	cmd := x.cmd
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() && lines.Text() != "ready" {
			if at, ok := strings.CutPrefix(lines.Text(), "listening web "); ok {
				x.web = at
			}
		}
		ready <- lines.Text() == "ready"
		io.Copy(io.Discard, out)
		cmd.Wait()
		close(done)
	}()
	select {
	case ok := <-ready:
		if !ok {
			x.t.Fatalf("the program did not start:\n%s", x.log)
		}
	case <-time.After(30 * time.Second):
		x.cmd.Process.Kill()
		x.t.Fatalf("the program is not ready after 30 s:\n%s", x.log)
	}
}

// signal sends a signal to the program.
func (x *exchange) signal(s syscall.Signal) {
	x.t.Helper()
	if err := x.cmd.Process.Signal(s); err != nil {
		x.t.Fatalf("signal the program: %v", err)
	}
}

// ends waits for the end of the program and returns its exit code.
func (x *exchange) ends(within time.Duration) int {
	x.t.Helper()
	select {
	case <-x.done:
	case <-time.After(within):
		x.cmd.Process.Kill()
		<-x.done
		x.t.Errorf("the program did not end in %v", within)
	}
	return x.cmd.ProcessState.ExitCode()
}

// crash kills the program as a power cut would.
func (x *exchange) crash() {
	x.cmd.Process.Kill()
	<-x.done
}

func (x *exchange) running() bool {
	select {
	case <-x.done:
		return false
	default:
		return true
	}
}

// finish checks at the end of a test that everything was given back.
func (x *exchange) finish() {
	if x.running() && !x.t.Failed() && !x.cut {
		x.settled()
	}
	for _, s := range x.peers {
		s.kill()
	}
	for _, s := range x.softs {
		s.kill()
	}
	if x.running() {
		x.signal(syscall.SIGTERM)
		if code := x.ends(20 * time.Second); code != 0 {
			x.t.Errorf("the program ended with %d, want 0", code)
		}
	}
	x.replays()
	if strings.Contains(x.log.String(), "DATA RACE") {
		x.t.Error("data race in the program")
	}
	if strings.Contains(x.log.String(), "fault in call") {
		x.t.Error("a call ended by a fault of the program")
	}
	if x.t.Failed() {
		x.tell()
	}
}

// replays checks that the engine would decide everything again as it did.
func (x *exchange) replays() {
	out, err := exec.Command(ringtide, "replay", "--config", x.file()).CombinedOutput()
	if err != nil && !strings.Contains(string(out), "nothing to compare") {
		x.t.Errorf("ringtide replay: %v\n%s", err, tail(string(out), 3000))
	}
}

// tell shows what happened: the ladder of all peers, what SIPp found wrong, and the program's log.
func (x *exchange) tell() {
	x.t.Logf("the wire, as the peers saw it:\n%s", x.ladder())
	for _, s := range x.peers {
		if e := s.errors(); e != "" {
			x.t.Logf("SIPp %s (%s:%d):\n%s", s.name, s.ip, s.port, tail(e, 3000))
		}
	}
	for _, s := range x.softs {
		x.t.Logf("baresip of %s:\n%s", s.user, s.story())
	}
	x.t.Logf("the program:\n%s", tail(x.log.String(), 12000))
}

func tail(s string, n int) string {
	if len(s) > n {
		return "…" + s[len(s)-n:]
	}
	return s
}
