package sip

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// docs/interop.md has a row for each item, in order, and names tests that exist.
func TestInteropNamesItsTests(t *testing.T) {
	document, err := os.ReadFile("../docs/interop.md")
	if err != nil {
		t.Fatal(err)
	}
	exists := map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	err = filepath.WalkDir("..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, m := range declared.FindAllSubmatch(source, -1) {
			exists[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	item := 0
	named := regexp.MustCompile("`(Test\\w+)`")
	for line := range strings.Lines(string(document)) {
		if !strings.HasPrefix(line, "| "+strconv.Itoa(item)+" | ") {
			continue
		}
		item++
		for _, m := range named.FindAllStringSubmatch(line, -1) {
			if !exists[m[1]] {
				t.Errorf("item %d: there is no %s", item-1, m[1])
			}
		}
		if state := strings.Split(line, " | ")[2]; !regexp.MustCompile(`^(done|partly|later)\b`).MatchString(state) {
			t.Errorf("item %d: state %q", item-1, state)
		}
	}
	if item != 53 {
		t.Errorf("no item %d", item)
	}
}
