package queue

import (
	"testing"
	"time"
)

func TestE164(t *testing.T) {
	for _, c := range []struct{ number, country, want string }{
		{"+15551000", "49", "+15551000"},
		{"0015551000", "49", "+15551000"},
		{"030123456", "49", "+4930123456"},
		{"4930123456", "49", "+4930123456"},
		{"30123456", "49", "+4930123456"},
		{"15551000", "1", "+15551000"},
		{"5551000", "1", "+15551000"},
		{"(555) 100-0000", "1", "+15551000000"},
		{"101", "1", "101"},
		{"112", "49", "112"},
		{"00", "49", "00"},
		{"0015551000", "", "+15551000"},
		{"5551000", "", "5551000"},
		{"q600", "1", "q600"},
		{"*11", "1", "*11"},
		{"", "1", ""},
		{"anonymous", "1", "anonymous"},
	} {
		if got := e164(c.number, c.country); got != c.want {
			t.Errorf("e164(%q, %q) = %q, want %q", c.number, c.country, got, c.want)
		}
		if again := e164(c.want, c.country); again != c.want {
			t.Errorf("e164(%q, %q) = %q, should stay", c.want, c.country, again)
		}
	}
}

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		pattern, number, country string
		want                     bool
	}{
		{"+15551000", "15551000", "1", true},
		{"15551000", "+15551000", "1", true},
		{"+15551000", "5551000", "1", true},
		{"+15551000", "0015551000", "49", true},
		{"+15551000", "15551000", "49", true},
		{"+15551000", "+155510001", "1", false},
		{"+1555*", "15551000", "1", true},
		{"*", "", "1", true},
		{"", "5", "1", false},
		{"q600", "q600", "1", true},
		{"q6*", "q600", "1", true},
		{"600", "600", "1", true},
	} {
		if got := matches(c.pattern, c.number, c.country); got != c.want {
			t.Errorf("matches(%q, %q, %q) = %v", c.pattern, c.number, c.country, got)
		}
	}
}

func TestPassedOn(t *testing.T) {
	for code, want := range map[int]int{0: 480, 302: 480, 401: 500, 403: 403, 404: 404, 407: 500, 408: 480, 410: 410, 480: 480,
		481: 480, 484: 484, 486: 486, 487: 480, 488: 488, 500: 500, 503: 500, 504: 504, 600: 600, 603: 603, 799: 480} {
		if got := passedOn(code); got != want {
			t.Errorf("passedOn(%d) = %d, want %d", code, got, want)
		}
	}
}

func TestLineOrder(t *testing.T) {
	at := func(s int) time.Time { return time.Unix(int64(s), 0) }
	line := []*Call{ // as it should be
		{Priority: 2, Since: at(9), Turn: 9},
		{Priority: 1, Since: at(8), Turn: 8},
		{Since: at(1), Turn: 7}, // came late, but has waited longest in all
		{Since: at(2), Turn: 1},
		{Since: at(2), Turn: 2},
	}
	for i, a := range line {
		for j, b := range line {
			if got := inLineOrder(a, b); got < 0 != (i < j) || got > 0 != (i > j) {
				t.Errorf("inLineOrder(%d, %d) = %d", i, j, got)
			}
		}
	}
}
