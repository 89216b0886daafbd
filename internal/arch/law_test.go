package arch

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "ringtide"

// pkg is one package of the module and what its non-test files import. Path is relative to the module.
type pkg struct {
	Path    string
	Imports []string
}

// law says who may import whom: package -> allowed packages of ours and named modules.
type law map[string][]string

// named modules and the path prefix they stand for; only who is allowed may import them.
var named = map[string]string{
	"sipgo": "github.com/emiago/sipgo",
	"pion":  "github.com/pion/",
}

// queueMay is the part of the standard library that a pure engine needs.
var queueMay = strings.Fields("cmp errors fmt iter maps math math/bits math/rand/v2 slices strconv strings time")

// alone import nothing of ours; testOnly nobody may import outside tests.
var (
	alone    = []string{"queue", "voicemail", "media", "internal/inbox", "internal/fakeca", "internal/fakenet", "internal/phone", "internal/arch", "e2e"}
	testOnly = []string{"internal/fakeca", "internal/fakenet", "internal/phone", "internal/arch", "app/apptest", "e2e"}
)

func readLaw(t *testing.T, path string) law {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "```deps\n")
	block, _, closed := strings.Cut(rest, "```")
	if !ok || !closed {
		t.Fatalf("%s has no deps block", path)
	}
	l := law{"app/apptest": {"app", "config"}}
	for _, p := range alone {
		l[p] = nil
	}
	for line := range strings.Lines(block) {
		left, right, ok := strings.Cut(line, "<")
		if !ok {
			t.Fatalf("%s: not a line of the law: %q", path, line)
		}
		to := strings.TrimSpace(right)
		for _, from := range strings.Split(left, ",") {
			l[to] = append(l[to], strings.TrimSpace(from))
		}
	}
	return l
}

// check returns what a package imports against the law, in words.
func (l law) check(p pkg) (broken []string) {
	allowed, known := l[p.Path]
	if !known {
		return []string{p.Path + " has no line in the deps block of ARCHITECTURE.md"}
	}
	blame := func(what string) { broken = append(broken, fmt.Sprintf("%s imports %s", p.Path, what)) }
	for _, imp := range p.Imports {
		if ours, ok := strings.CutPrefix(imp, module+"/"); ok {
			if !slices.Contains(allowed, ours) || slices.Contains(testOnly, ours) {
				blame(ours)
			}
			continue
		}
		for name, prefix := range named {
			if strings.HasPrefix(imp, prefix) && !slices.Contains(allowed, name) {
				blame(name)
			}
		}
		if p.Path == "queue" && !slices.Contains(queueMay, imp) {
			blame(imp)
		}
	}
	return broken
}

// packages lists every package of the module.
func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", module+"/...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, pkg{strings.TrimPrefix(p.ImportPath, module+"/"), p.Imports})
	}
}
