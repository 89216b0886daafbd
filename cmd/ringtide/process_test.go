package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"ringtide/internal/phone"
)

var binary string // the built program

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "ringtide")
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	binary = filepath.Join(folder, "ringtide")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		fmt.Printf("build the program: %v\n%s", err, out)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(folder)
	os.Exit(code)
}

// process is the program, running on a file of its own.
type process struct {
	cmd  *exec.Cmd
	file string
	sip  netip.AddrPort
	tls  string // ADDR:PORT of its TLS listener; "": it has none
	errs *lines
	done chan struct{}
}

// lines collects what a stream says.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// settings for a call from the carrier that waits in a line for ever.
const settings = `
sip: {listen: ["udp://127.0.0.1:0"], domain: pbx.test}
web: {listen: ""}
store: {path: data}
media: {ports: 41000-41999}
users: [{extension: "101", name: Alice, password: alicealice}]
trunks: [{name: carrier, peers: ["127.0.0.1"], uri: "sip:127.0.0.1:9"}]
numbers: [{number: "*", to: group:sales}]
groups: [{name: sales, title: Sales, agents: ["101"], if_missed: hold, if_nobody: hold}]
limits: {drain: 20s, calls_per_second: 0}
`

// starts runs the program and waits until it is ready. It is killed at the end of the test if it still runs.
func starts(t *testing.T, more string) *process {
	t.Helper()
	return startsOn(t, settings+more)
}

// startsOn is starts with a file of that text.
func startsOn(t *testing.T, text string) *process {
	t.Helper()
	p := &process{file: filepath.Join(t.TempDir(), "config.yaml"), errs: &lines{}, done: make(chan struct{})}
	p.writes(t, text)
	p.run(t, p.errs)
	return p
}

func (p *process) run(t *testing.T, errs io.Writer) {
	t.Helper()
	p.cmd = exec.Command(binary, "serve", "--config", p.file)
	p.cmd.Stderr = errs
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.cmd.Process.Kill(); <-p.done })
	ready := make(chan bool, 1)
	go func() {
		for text := bufio.NewScanner(out); text.Scan() && text.Text() != "ready"; {
			if at, ok := strings.CutPrefix(text.Text(), "listening udp "); ok {
				p.sip = netip.MustParseAddrPort(at)
			}
			if at, ok := strings.CutPrefix(text.Text(), "listening tls "); ok {
				p.tls = at
			}
		}
		ready <- p.sip.IsValid()
		io.Copy(io.Discard, out)
		p.cmd.Wait()
		close(p.done)
	}()
	select {
	case ok := <-ready:
		if !ok {
			t.Fatalf("it did not start: %s", p.errs)
		}
	case <-time.After(20 * time.Second):
		t.Fatalf("not ready after 20 s: %s", p.errs)
	}
}

// writes replaces the file as editors do.
func (p *process) writes(t *testing.T, text string) {
	t.Helper()
	fresh := p.file + "~"
	if err := os.WriteFile(fresh, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(fresh, p.file); err != nil {
		t.Fatal(err)
	}
}

func (p *process) signals(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// ends waits for the end and returns the exit code.
func (p *process) ends(t *testing.T) int {
	t.Helper()
	select {
	case <-p.done:
	case <-time.After(30 * time.Second):
		t.Fatalf("still running: %s", p.errs)
	}
	return p.cmd.ProcessState.ExitCode()
}

// says waits for a text in the log, the n-th time.
func (p *process) says(t *testing.T, text string, n int) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	late := time.After(15 * time.Second)
	for strings.Count(p.errs.String(), text) < n {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("the log does not say %q %d times:\n%s", text, n, p.errs)
		}
	}
}

// caller is the carrier's: a socket of the system.
func (p *process) caller(t *testing.T, name string) *phone.Phone {
	t.Helper()
	c, err := net.Dial("udp", p.sip.String())
	if err != nil {
		t.Fatal(err)
	}
	ph := phone.New(t, name, c)
	ph.SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n"
	t.Cleanup(ph.Close)
	return ph
}

// waits places a call that is answered at once and waits in the line.
func (p *process) waits(t *testing.T, name string) *phone.Phone {
	t.Helper()
	c := p.caller(t, name)
	c.Calls("15551000")
	c.Hears("SIP/2.0 200")
	c.Acks()
	return c
}

func TestReload(t *testing.T) {
	p := starts(t, "")
	c := p.waits(t, "carrier")
	const done, refused = "configuration reloaded", "new configuration refused, the old one stays"

	p.writes(t, strings.Replace(settings, "title: Sales", "title: Verkauf", 1))
	p.says(t, "groups[sales].title: Sales is now Verkauf", 1)
	p.says(t, done, 1)
	p.writes(t, settings+"blokked: []\n")
	p.says(t, `did you mean \"blocked\"`, 1)
	p.says(t, refused, 1)
	p.signals(t, syscall.SIGHUP) // still wrong
	p.says(t, refused, 2)
	p.writes(t, strings.Replace(settings, "pbx.test", "other.test", 1))
	p.says(t, "sip.domain cannot become other.test while pbx.test runs", 1)
	p.writes(t, strings.Replace(settings, "41000-41999", "42000-42999", 1))
	p.says(t, "media.ports: 41000-41999 is now 42000-42999 (needs a restart)", 1)
	p.writes(t, settings)
	p.says(t, done, 3)

	c.Asks("BYE") // the call has noticed nothing
	c.Hears("SIP/2.0 200")
	p.signals(t, syscall.SIGTERM)
	if code := p.ends(t); code != exitOK {
		t.Errorf("ended with %d", code)
	}
}

func TestDrain(t *testing.T) {
	p := starts(t, "")
	c := p.waits(t, "carrier")
	p.signals(t, syscall.SIGTERM)
	p.says(t, "draining", 1)
	late := p.caller(t, "late")
	late.Calls("15551000")
	if no := late.Hears("SIP/2.0 503"); phone.Header(no, "Retry-After") == "" {
		t.Errorf("no Retry-After:\n%s", no)
	}
	c.Asks("BYE")
	c.Hears("SIP/2.0 200")
	if code := p.ends(t); code != exitOK {
		t.Errorf("ended with %d", code)
	}
}

func TestASecondSignalEndsAtOnce(t *testing.T) {
	p := starts(t, "")
	p.waits(t, "carrier")
	p.signals(t, syscall.SIGINT)
	p.says(t, "draining", 1)
	begun := time.Now()
	for code, again := -1, time.NewTicker(20*time.Millisecond); code != exitAtOnce; {
		select {
		case <-again.C: // until the program listens for it
			p.cmd.Process.Signal(syscall.SIGTERM)
		case <-p.done:
			again.Stop()
			if code = p.cmd.ProcessState.ExitCode(); code != exitAtOnce {
				t.Fatalf("ended with %d", code)
			}
		case <-time.After(15 * time.Second):
			t.Fatal("still running")
		}
	}
	if d := time.Since(begun); d > 5*time.Second {
		t.Errorf("took %v", d)
	}
	if !strings.Contains(p.errs.String(), "second signal") {
		t.Errorf("log: %s", p.errs)
	}
}

// Whoever reads the log may hang for ever, or die.
func TestCallsOutliveTheReaderOfTheLog(t *testing.T) {
	p := starts(t, "")
	p.signals(t, syscall.SIGTERM)
	p.ends(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p.done = make(chan struct{})
	p.run(t, w)
	w.Close()
	for i := range 800 { // more than the pipe holds: each refused call is a line
		c, err := net.Dial("udp", p.sip.String())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(c, "INVITE sip:1@pbx.test SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%d\r\nFrom: <sip:1@x>;tag=%d\r\nTo: <sip:1@pbx.test>\r\n"+
			"Call-ID: %d\r\nCSeq: 1 INVITE\r\nMax-Forwards: 1\r\nContact: <sip:1@%s>\r\nContent-Length: 0\r\n\r\n", c.LocalAddr(), i, i, i, c.LocalAddr())
		c.SetReadDeadline(time.Now().Add(10 * time.Second))
		if _, err := c.Read(make([]byte, 2000)); err != nil {
			t.Fatalf("call %d is not answered: %v", i, err)
		}
		c.Close()
	}
	c := p.waits(t, "hanging")
	c.Asks("BYE")
	c.Hears("SIP/2.0 200")
	r.Close() // from now on writing fails
	c = p.waits(t, "gone")
	c.Asks("BYE")
	c.Hears("SIP/2.0 200")
	p.signals(t, syscall.SIGTERM)
	if code := p.ends(t); code != exitOK {
		t.Errorf("ended with %d", code)
	}
}

func TestWhatCannotStart(t *testing.T) {
	p := starts(t, "")
	again := func(text string) (int, string) {
		file := filepath.Join(t.TempDir(), "config.yaml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(binary, "--config", file)
		out, _ := cmd.CombinedOutput()
		return cmd.ProcessState.ExitCode(), string(out)
	}
	for what, c := range map[string]struct{ text, says string }{
		"a taken port":         {strings.Replace(settings, "127.0.0.1:0", p.sip.String(), 1), "address already in use"},
		"a taken web port":     {strings.Replace(settings, `web: {listen: ""}`, fmt.Sprintf("web: {listen: %q}", taken(t)), 1), "listen for web"},
		"a taken folder":       {strings.Replace(settings, "path: data", "path: "+filepath.Join(filepath.Dir(p.file), "data"), 1), "another server"},
		"a file as folder":     {strings.Replace(settings, "path: data", "path: "+p.file, 1), "folder of records"},
		"music that is none":   {strings.Replace(settings, "media: {", "media: {music: {default: "+p.file+"}, ", 1), "music"},
		"no room in the ports": {strings.Replace(settings, "41000-41999", "41001-41001", 1), "media.ports"},
	} {
		if code, out := again(c.text); code != exitFailure && code != exitConfig || !strings.Contains(out, c.says) || strings.Contains(out, "\nready") {
			t.Errorf("%s: ended with %d:\n%s", what, code, out)
		}
	}
}

// taken is a TCP port somebody listens on.
func taken(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.Addr().String()
}
