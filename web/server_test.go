package web

import (
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// site serves on a loopback port until the test ends.
func site(t *testing.T, s Status, metrics http.Handler) (url string) {
	t.Helper()
	w, err := New(Config{Listen: "127.0.0.1:0"}, s, metrics)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- w.Serve() }()
	t.Cleanup(func() {
		w.Close()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return "http://" + w.Addr()
}

// get reads a page.
func get(t *testing.T, url string) (int, string, http.Header) {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body), res.Header
}

func TestHealth(t *testing.T) {
	var ready atomic.Bool
	var problems atomic.Pointer[[]string]
	problems.Store(&[]string{})
	url := site(t, Status{Ready: ready.Load, Problems: func() []string { return *problems.Load() }}, http.NotFoundHandler())
	page := func(path string, code int, text string) {
		t.Helper()
		c, body, head := get(t, url+path)
		if c != code || body != text {
			t.Errorf("%s: %d %q, want %d %q", path, c, body, code, text)
		}
		if head.Get("X-Content-Type-Options") != "nosniff" || head.Get("Content-Security-Policy") == "" {
			t.Errorf("%s: headers %v", path, head)
		}
	}
	page("/healthz", 200, "ok\n")
	page("/readyz", 503, "not ready: starting or draining\n")
	ready.Store(true)
	page("/readyz", 200, "ready\n")
	problems.Store(&[]string{"the disk is full", "the trunk has no address"})
	page("/healthz", 503, "the disk is full\nthe trunk has no address\n")
	page("/readyz", 200, "ready\n") // calls are served all the same
}

func TestNothingElseIsServed(t *testing.T) {
	url := site(t, Status{Ready: func() bool { return true }, Problems: func() []string { return nil }}, http.NotFoundHandler())
	for _, path := range []string{"/", "/debug/pprof/", "/../../etc/passwd", "/healthz/x", "/config.yaml"} {
		if code, body, _ := get(t, url+path); code != 404 || strings.Contains(body, "root:") {
			t.Errorf("%s: %d %q", path, code, body)
		}
	}
	res, err := http.Post(url+"/healthz", "text/plain", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", res.StatusCode)
	}
}

func TestATakenPort(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := New(Config{Listen: l.Addr().String()}, Status{}, nil); err == nil || !strings.Contains(err.Error(), "listen for web on "+l.Addr().String()) {
		t.Errorf("%v", err)
	}
}

// A client that dribbles its request is not waited for at the end.
func TestCloseWaitsForNobodyLong(t *testing.T) {
	w, err := New(Config{Listen: "127.0.0.1:0"}, Status{}, http.NotFoundHandler())
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- w.Serve() }()
	c, err := net.Dial("tcp", w.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write([]byte("GET /healthz HTTP/1.1\r\nX: ")); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	w.Close()
	if d := time.Since(begun); d > 5*time.Second {
		t.Errorf("took %v", d)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
