package e2e

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const scenarios = "../testdata/sipp"

// bound is the life of any SIPp process, in seconds: no test is longer.
func bound() string {
	if *long {
		return "180"
	}
	return "60"
}

// sipp is one SIPp process.
type sipp struct {
	t      testing.TB
	name   string
	ip     string
	port   int
	cmd    *exec.Cmd
	trace  trace
	folder string
	done   chan struct{} // closed when it has ended
}

// peer says who a SIPp process is.
type peer struct {
	name string // for people
	ip   string
	port int
	tcp  bool
	ear  *ear // its audio; nil: a port of SIPp that nobody listens to
}

// sipp runs a scenario against the program. The process is killed at the end of the test, by finish.
func (x *exchange) sipp(p peer, scenario string, options ...string) *sipp {
	x.t.Helper()
	if sippPath == "" {
		x.t.Fatal("SIPp is not installed: run `make deps` (Debian package sip-tester)")
	}
	s := &sipp{t: x.t, name: p.name, ip: p.ip, port: p.port, folder: x.t.TempDir(), done: make(chan struct{})}
	s.trace.path = filepath.Join(s.folder, "messages")
	transport, media := "u1", 30000+10*(p.port%1000) // SIPp takes four ports each
	if p.tcp {
		transport = "t1"
	}
	control := p.ip
	if strings.Contains(p.ip, ":") { // SIPp's control socket knows no IPv6
		control = x.net + ".1"
	}
	args := []string{x.sip, "-sf", scene(x.t, scenario), "-t", transport,
		"-i", p.ip, "-bind_local", "-p", fmt.Sprint(p.port), "-ci", control, "-cp", fmt.Sprint(10000 + p.port%10000),
		"-mi", p.ip, "-mp", fmt.Sprint(media),
		"-nostdin", "-timeout", bound(), "-max_retrans", "6", "-watchdog_interval", "0",
		"-trace_msg", "-message_file", s.trace.path, "-trace_err", "-error_file", s.file("errors")}
	if p.ear != nil {
		media = p.ear.port()
	}
	args = append(args, options...) // before the defaults: of two equal keys SIPp takes the first
	args = append(args, "-key", "rtp", fmt.Sprint(media), "-key", "domain", "ringtide.local", "-key", "codecs", "0 101",
		"-key", "contact", fmt.Sprint(p.port))
	s.cmd = exec.Command(sippPath, args...)
	s.cmd.Dir = s.folder
	dieWithUs(s.cmd)
	if err := s.cmd.Start(); err != nil {
		x.t.Fatalf("start SIPp: %v", err)
	}
	go func() {
		s.cmd.Wait()
		close(s.done)
	}()
	x.peers = append(x.peers, s)
	return s
}

func (s *sipp) file(name string) string { return filepath.Join(s.folder, name) }

func scene(t testing.TB, name string) string {
	path, err := filepath.Abs(filepath.Join(scenarios, name+".xml"))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// csv writes an injection file and returns its path.
func (x *exchange) csv(lines ...string) string {
	path := filepath.Join(x.t.TempDir(), "users.csv")
	if err := os.WriteFile(path, []byte("SEQUENTIAL\n"+strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		x.t.Fatal(err)
	}
	return path
}

// kill ends the process at once: its calls are left as they are.
func (s *sipp) kill() {
	s.cmd.Process.Kill()
	<-s.done
}

// stop freezes the process, as a network that is gone would; resume lets it go on.
func (s *sipp) stop()   { s.signal(syscall.SIGSTOP) }
func (s *sipp) resume() { s.signal(syscall.SIGCONT) }

func (s *sipp) signal(sig os.Signal) {
	if err := s.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		s.t.Fatalf("signal SIPp %s: %v", s.name, err)
	}
}

// over waits until the scenario has been played to its end and checks that it went as written.
func (s *sipp) over() {
	s.t.Helper()
	select {
	case <-s.done:
	case <-time.After(patience + 20*time.Second):
		s.t.Fatalf("%s: scenario not over", s.name)
	}
	if code := s.cmd.ProcessState.ExitCode(); code != 0 {
		s.t.Errorf("%s: scenario failed, SIPp ended with %d:\n%s", s.name, code, s.errors())
	}
}

// errors is what SIPp found wrong.
func (s *sipp) errors() string {
	raw, _ := os.ReadFile(s.file("errors"))
	return string(raw)
}

// sees waits for a message and returns it.
func (s *sipp) sees(what string, fits func(message) bool) (m message) {
	s.t.Helper()
	await(s.t, s.name+" sees "+what, patience, func() (ok bool) {
		m, ok = first(s.trace.all(), fits)
		return ok
	})
	return m
}

// saw tells whether a message was seen until now.
func (s *sipp) saw(fits func(message) bool) bool {
	_, ok := first(s.trace.all(), fits)
	return ok
}
