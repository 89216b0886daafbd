package app_test

import (
	"bytes"
	"context"
	"database/sql"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"ringtide/app"
	"ringtide/app/apptest"
	"ringtide/config"
	"ringtide/internal/phone"
)

// A call, from the carrier's INVITE to the record, through sockets of the system.
func TestACall(t *testing.T) {
	folder := t.TempDir()
	p := runs(t, folder, sales)
	alice := line(t, p, "101")
	alice.MustRegister("101")
	carrier := calls(t, p, "carrier")
	takes(alice)
	eventually(t, "the conversation in the metrics", func() bool {
		return has(t, p, `ringtide_calls{state="talking"} 1`) && has(t, p, `ringtide_agents{state="busy"} 1`)
	})
	for path, want := range map[string]string{"/healthz": "ok\n", "/readyz": "ready\n"} {
		if code, body := page(t, p, path); code != 200 || body != want {
			t.Errorf("%s: %d %q", path, code, body)
		}
	}
	hangsUp(carrier, alice)
	p.Stop()
	list := recorded(t, apptest.Config(t, yaml(folder, sales)))
	if len(list) != 1 || list[0].AnsweredBy != "101" || list[0].Disposition != "answered" {
		t.Errorf("on record: %+v", list)
	}
}

// What cannot be built leaves nothing behind: no goroutine, no port, no lock.
func TestNewFailsCleanly(t *testing.T) {
	goroutines := goleak.IgnoreCurrent()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for stage, c := range map[string]struct {
		spoil func(t *testing.T, cfg *config.Config)
		says  string
	}{
		"store": {func(t *testing.T, cfg *config.Config) { writeFile(t, cfg.Store.Path, "x") }, "folder of records"},
		"database": {func(t *testing.T, cfg *config.Config) {
			mustMake(t, cfg.Store.Path)
			writeFile(t, filepath.Join(cfg.Store.Path, "ringtide.db"), strings.Repeat("no database ", 1000))
		}, "ringtide.db"},
		"shelf": {func(t *testing.T, cfg *config.Config) {
			mustMake(t, cfg.Store.Path)
			writeFile(t, filepath.Join(cfg.Store.Path, "voicemail"), "x")
		}, "voicemail"},
		"media": {func(t *testing.T, cfg *config.Config) {
			cfg.Media.Music = map[string]string{"default": "/no/such/file.wav"}
		}, "/no/such/file.wav"},
		"web": {func(t *testing.T, cfg *config.Config) { cfg.Web.Listen = taken.Addr().String() }, "address already in use"},
	} {
		t.Run(stage, func(t *testing.T) {
			cfg := apptest.Config(t, yaml(t.TempDir(), sales))
			web := cfg.Web.Listen
			c.spoil(t, cfg)
			a, err := app.New(cfg, silent())
			if err == nil {
				a.Close()
				t.Fatal("it was built")
			}
			if !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want %q", err, c.says)
			}
			goleak.VerifyNone(t, goroutines)
			if stage == "media" || stage == "web" { // the folder is good: nobody may hold its lock
				cfg.Media.Music, cfg.Web.Listen = nil, web
				a, err := app.New(cfg, silent())
				if err != nil {
					t.Fatal(err)
				}
				a.Close()
			}
		})
	}
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func mustMake(t *testing.T, folder string) {
	t.Helper()
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
}

// A taken SIP port is found by Run: it says so, is never ready, and everything can be closed.
func TestRunFailsCleanly(t *testing.T) {
	goroutines := goleak.IgnoreCurrent()
	taken, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	cfg := apptest.Config(t, strings.Replace(yaml(t.TempDir(), sales), "udp://127.0.0.1:0", "udp://"+taken.LocalAddr().String(), 1))
	a, err := app.New(cfg, silent())
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := a.Run(t.Context(), &out); err == nil || !strings.Contains(err.Error(), taken.LocalAddr().String()) {
		t.Errorf("%v", err)
	}
	if out.Len() > 0 {
		t.Errorf("it says %q", &out)
	}
	a.Close()
	a.Close() // closing twice is nothing
	goleak.VerifyNone(t, goroutines)
}

// Everything that can change does, while one call talks and another waits.
func TestReloadUnderCalls(t *testing.T) {
	folder := t.TempDir()
	p := runs(t, folder, sales)
	alice, bob := line(t, p, "101"), line(t, p, "102")
	alice.MustRegister("101")
	bob.MustRegister("102")
	talking := calls(t, p, "talking")
	takes(alice)
	waiting := calls(t, p, "waiting")
	eventually(t, "the second to wait", func() bool { return has(t, p, `ringtide_waiting_calls{group="sales"} 1`) })

	reload := func(more string, edit ...string) {
		t.Helper()
		cfg := apptest.Config(t, strings.NewReplacer(edit...).Replace(yaml(folder, more)))
		if err := p.Reload(cfg); err != nil {
			t.Fatal(err)
		}
	}
	reload(sales, "domain: pbx.test", "domain: pbx.test, registration: {min: 90s}", "drain: 5s", "drain: 5s, calls: 3",
		"ports: 43000-43999", "ports: 44000-44999, codecs: [pcma], rtp_timeout: 30s")
	reload(strings.Replace(sales, `agents: ["101"]`, `agents: ["101", "102"]`, 1), "name: Alice", "name: Alicia")
	takes(bob) // the caller who waited has not lost its place
	hangsUp(talking, alice)
	hangsUp(waiting, bob)
	if code := phone.Code(line(t, p, "102").Registers("102", "Expires: 60")); code != 200 {
		t.Errorf("registers: %d", code)
	}

	reload(sales, `  - {extension: "102", name: Bob, password: pw-102}`, `  - {extension: "103", name: Carol, password: pw-103}`)
	line(t, p, "103").MustRegister("103")
	if code := phone.Code(line(t, p, "102").Registers("102")); code != 401 {
		t.Errorf("a removed user registers: %d", code)
	}
	if err := p.Reload(apptest.Config(t, strings.Replace(yaml(folder, sales), "pbx.test", "other.test", 1))); err == nil || !strings.Contains(err.Error(), "restart") {
		t.Errorf("another domain: %v", err)
	}
	broken := apptest.Config(t, yaml(folder, sales))
	broken.Media.Music = map[string]string{"default": "/no/such/file.wav"}
	if err := p.Reload(broken); err == nil {
		t.Error("music that is not there")
	}
	again := calls(t, p, "again") // the old one stays
	takes(alice)
	hangsUp(again, alice)
}

// Reloads, scrapes, calls and the end, all at once.
func TestReloadMeetsTheEnd(t *testing.T) {
	folder := t.TempDir()
	cfg := apptest.Config(t, yaml(folder, sales))
	a, err := app.New(cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	ctx, stop := context.WithCancel(t.Context())
	over := make(chan struct{})
	go func() {
		defer close(over)
		for range 50 {
			if err := a.Reload(cfg); err != nil {
				t.Error(err)
			}
		}
		stop()
		for range 50 {
			if err := a.Reload(cfg); err != nil {
				t.Error(err)
			}
		}
	}()
	if err := a.Run(ctx, io.Discard); err != nil {
		t.Error(err)
	}
	<-over
}

// Somebody locks the database: calls go on, /healthz says what is wrong, and nothing is lost.
func TestALockedDatabase(t *testing.T) {
	folder := t.TempDir()
	p := runs(t, folder, sales)
	alice := line(t, p, "101")
	alice.MustRegister("101")
	db, err := sql.Open("sqlite", filepath.Join(folder, "data", "ringtide.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	var lock error
	eventually(t, "the lock", func() bool {
		_, lock = db.Exec("BEGIN EXCLUSIVE")
		return lock == nil
	})
	for range 3 {
		carrier := calls(t, p, "carrier")
		takes(alice)
		hangsUp(carrier, alice)
	}
	var why string
	eventually(t, "/healthz to say so", func() bool {
		var code int
		code, why = page(t, p, "/healthz")
		return code == 503
	})
	if !strings.Contains(why, "records are not written since") {
		t.Errorf("/healthz says %q", why)
	}
	if code, _ := page(t, p, "/readyz"); code != 200 {
		t.Errorf("/readyz: %d", code)
	}
	if _, err := db.Exec("COMMIT"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "/healthz to be well again", func() bool { code, _ := page(t, p, "/healthz"); return code == 200 })
	if n := len(recorded(t, apptest.Config(t, yaml(folder, sales)))); n != 3 {
		t.Errorf("%d calls on record, want 3", n)
	}
}
