package arch

import (
	"strings"
	"testing"
)

// TestImportLaw checks every package against the deps block of ARCHITECTURE.md.
func TestImportLaw(t *testing.T) {
	law := readLaw(t, "../../ARCHITECTURE.md")
	for _, p := range packages(t) {
		for _, broken := range law.check(p) {
			t.Error(broken)
		}
	}
}

// TestTheLawBites makes sure that a broken law is noticed.
func TestTheLawBites(t *testing.T) {
	law := readLaw(t, "../../ARCHITECTURE.md")
	for _, c := range []struct{ pkg, imports, want string }{
		{"queue", "ringtide/sip", "queue imports sip"},
		{"queue", "os", "queue imports os"},
		{"media", "ringtide/sip", "media imports sip"},
		{"sip", "github.com/emiago/sipgo/sip", "sip imports sipgo"},
		{"sip", "github.com/pion/sdp/v3", "sip imports pion"},
		{"call", "ringtide/store", "call imports store"},
		{"internal/inbox", "ringtide/queue", "internal/inbox imports queue"},
		{"call", "ringtide/internal/fakenet", "call imports internal/fakenet"},
		{"brandnew", "fmt", "brandnew has no line"},
	} {
		got := strings.Join(law.check(pkg{Path: c.pkg, Imports: []string{c.imports}}), "\n")
		if !strings.Contains(got, c.want) {
			t.Errorf("%s importing %s: got %q, want %q", c.pkg, c.imports, got, c.want)
		}
	}
	if got := law.check(pkg{Path: "call", Imports: []string{"ringtide/queue", "fmt", "log/slog"}}); len(got) != 0 {
		t.Errorf("a lawful package is blamed: %v", got)
	}
}

// TestQueueIsPure checks that the engine knows no clock, goroutine, lock, channel or log.
func TestQueueIsPure(t *testing.T) {
	for _, impure := range impurities(t, "../../queue") {
		t.Error(impure)
	}
}

// TestPurityBites feeds the check what it must notice.
func TestPurityBites(t *testing.T) {
	for src, want := range map[string]string{
		"import \"time\"\nfunc f() { _ = time.Now() }":          "time.Now",
		"import \"time\"\nfunc f() { time.Sleep(1) }":           "time.Sleep",
		"import \"time\"\nfunc f() { <-time.After(1) }":         "time.After",
		"func f() { go f() }":                                   "go statement",
		"func f(c chan int) {}":                                 "channel",
		"import \"fmt\"\nfunc f() { fmt.Println() }":            "fmt.Println",
		"import \"time\"\nvar now = time.Now":                   "time.Now",
		"import t \"time\"\nfunc f() { _ = t.Since(t.Time{}) }": "time.Since",
	} {
		got := strings.Join(impuritiesOf(t, "x.go", "package x\n"+src), "\n")
		if !strings.Contains(got, want) {
			t.Errorf("%q: got %q, want %q", src, got, want)
		}
	}
	if got := impuritiesOf(t, "x.go", "package x\nimport \"time\"\nfunc f(t time.Time) time.Time { return t.Add(time.Second) }"); len(got) != 0 {
		t.Errorf("pure code is blamed: %v", got)
	}
}
