package app

import (
	"strings"
	"testing"
)

func TestShortOf(t *testing.T) {
	for _, c := range []struct {
		calls, ports int
		files        uint64
		want         string // parts, in order
	}{
		{2000, 5000, 1 << 20, ""},
		{2000, 5000, 0, ""},
		{0, 10, 64, "open files"},
		{2000, 500, 1 << 20, "room for 250 calls"},
		{2000, 5000, 1024, "need 4100 open files"},
		{2000, 500, 1024, "media.ports|4100"},
	} {
		got := strings.Join(shortOf(c.calls, c.ports, c.files), "|")
		if c.want == "" && got != "" {
			t.Errorf("%+v: %s", c, got)
		}
		for part := range strings.SplitSeq(c.want, "|") {
			if !strings.Contains(got, part) {
				t.Errorf("%+v: %q, want %q", c, got, part)
			}
		}
	}
	if n := openFiles(); n < 64 {
		t.Errorf("this process may open %d files", n)
	}
}
