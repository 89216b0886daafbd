// Package apptest starts the real program inside a test, on loopback ports of its own.
package apptest

import (
	"context"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"ringtide/app"
	"ringtide/config"
)

// Program is an App that runs.
type Program struct {
	*app.App
	UDP netip.AddrPort // the first address it listens on for SIP over UDP; zero: none
	Web string         // HOST:PORT; "": none

	stop func()
}

// Config loads a configuration from its text, in a folder of its own. Ports may be 0.
func Config(t testing.TB, yaml string) *config.Config {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// MustRun builds an App on cfg, runs it until the test ends and fails the test if it cannot. It returns once the program
// says "ready".
func MustRun(t testing.TB, cfg *config.Config, log *slog.Logger) *Program {
	t.Helper()
	a, err := app.New(cfg, log)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	out := &greeting{ready: make(chan struct{})}
	go func() { ended <- a.Run(ctx, out) }()
	p := &Program{App: a, stop: sync.OnceFunc(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the program ended: %v", err)
		}
		a.Close()
	})}
	t.Cleanup(p.stop)
	select {
	case <-out.ready:
	case err := <-ended:
		ended <- err
		t.Fatal(err)
	}
	p.UDP, p.Web = out.udp, out.web
	return p
}

// Stop drains and closes it, as SIGTERM does.
func (p *Program) Stop() { p.stop() }

// greeting reads what the program says before "ready".
type greeting struct {
	udp   netip.AddrPort
	web   string
	ready chan struct{}
}

func (g *greeting) Write(line []byte) (int, error) {
	text := strings.TrimSpace(string(line))
	if at, ok := strings.CutPrefix(text, "listening udp "); ok && !g.udp.IsValid() {
		g.udp = netip.MustParseAddrPort(at)
	}
	if at, ok := strings.CutPrefix(text, "listening web "); ok {
		g.web = at
	}
	if text == "ready" {
		close(g.ready)
	}
	return len(line), nil
}
