package app_test

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"ringtide/app/apptest"
	"ringtide/config"
	"ringtide/internal/phone"
	"ringtide/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// yaml is the configuration of a small company, its records in folder.
func yaml(folder, more string) string {
	return fmt.Sprintf(`
sip: {listen: ["udp://127.0.0.1:0"], domain: %s, qualify: 0s}
web: {listen: "127.0.0.1:0"}
store: {path: %q}
media: {ports: 43000-43999}
users:
  - {extension: "101", name: Alice, password: %s}
  - {extension: "102", name: Bob, password: %s}
trunks: [{name: carrier, peers: ["127.0.0.1"], uri: "sip:127.0.0.1:9"}]
numbers: [{number: "*", to: group:sales}]
limits: {drain: 5s}
%s
`, phone.Domain, filepath.Join(folder, "data"), phone.Password("101"), phone.Password("102"), more)
}

const sales = `groups: [{name: sales, title: Sales, agents: ["101"], if_missed: hold, if_nobody: hold}]`

func silent() *slog.Logger { return slog.New(slog.DiscardHandler) }

// runs starts the program in a folder.
func runs(t *testing.T, folder, more string) *apptest.Program {
	t.Helper()
	return apptest.MustRun(t, apptest.Config(t, yaml(folder, more)), silent())
}

// line is a telephone on a socket of the system.
func line(t *testing.T, p *apptest.Program, name string) *phone.Phone {
	t.Helper()
	c, err := net.Dial("udp", p.UDP.String())
	if err != nil {
		t.Fatal(err)
	}
	h := phone.New(t, name, c)
	h.SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n"
	t.Cleanup(h.Close)
	return h
}

// calls places a call of the carrier's, which is answered at once.
func calls(t *testing.T, p *apptest.Program, name string) *phone.Phone {
	t.Helper()
	c := line(t, p, name)
	c.Calls("15551000")
	c.Hears("SIP/2.0 200")
	c.Acks()
	return c
}

// takes has a phone that rings answer.
func takes(h *phone.Phone) {
	h.Hears("INVITE")
	h.Answers("INVITE", 180, "")
	h.Answers("INVITE", 200, h.SDP)
	h.Hears("ACK")
}

// hangsUp ends the conversation of two.
func hangsUp(one, other *phone.Phone) {
	one.Asks("BYE")
	one.Hears("SIP/2.0 200")
	other.Hears("BYE")
	other.Answers("BYE", 200, "")
}

// eventually waits for a fact.
func eventually(t *testing.T, what string, fact func() bool) {
	t.Helper()
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for limit := time.Now().Add(20 * time.Second); !fact(); <-look.C {
		if time.Now().After(limit) {
			t.Fatal("waited in vain for", what)
		}
	}
}

// page reads a page of the program.
func page(t *testing.T, p *apptest.Program, path string) (int, string) {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
	res, err := client.Get("http://" + p.Web + path)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

// recorded are the calls on record, the newest first.
func recorded(t *testing.T, cfg *config.Config) []store.Call {
	t.Helper()
	r, err := store.OpenReader(cfg.Store)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	list, err := r.Calls(t.Context(), store.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// has tells whether the metrics have a line.
func has(t *testing.T, p *apptest.Program, metric string) bool {
	t.Helper()
	_, text := page(t, p, "/metrics")
	return strings.Contains(text, "\n"+metric+"\n")
}
