package sip

import (
	"strings"
	"testing"
	"unicode/utf8"

	"ringtide/sip/internal/wire"
)

func TestCleanName(t *testing.T) {
	for text, want := range map[string]string{
		"":                               "",
		"Alice":                          "Alice",
		"  Alice \t  Smith\r\n":          "Alice Smith",
		"a\x00b\x1b[31mc\x7f":            "a b [31mc",
		"evil\u202Etxt.exe\u2066x\u2069": "eviltxt.exex",
		"zero\u200Bwidth\uFEFF":          "zerowidth",
		"Zoë 李 😀":                        "Zoë 李 😀",
		"broken\xff\xfeutf8":             "brokenutf8",
		"\u2028line\u2029para\u0085next": "line para next",
		"<script>alert('x')</script>":    "<script>alert('x')</script>",
		strings.Repeat("é", 100):         strings.Repeat("é", 64),
		strings.Repeat("a", 63) + " bc":  strings.Repeat("a", 63),
		strings.Repeat("a", 62) + " bc":  strings.Repeat("a", 62) + " b",
		strings.Repeat("\u202E", 10000):  "",
	} {
		if got := cleanName(text); got != want {
			t.Errorf("%.40q: %q, want %q", text, got, want)
		}
	}
}

func TestQuoteName(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "\r\n": "", "Alice": `"Alice"`, `a"b\c`: `"a\"b\\c"`, "x\r\nVia: y": `"x Via: y"`, `"; <sip:x>`: `"\"; <sip:x>"`,
	} {
		if got := quoteName(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func FuzzCleanName(f *testing.F) {
	for _, s := range []string{"Alice", "a\"b\\", "\xff", "\u202e", "a\x00\r\nb"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c := cleanName(s)
		if !utf8.ValidString(c) || utf8.RuneCountInString(c) > maxRunes || strings.ContainsAny(c, "\r\n\x00\t\u202e") || cleanName(c) != c {
			t.Errorf("%q: %q", s, c)
		}
		if q := quoteName(s); q != "" {
			if name, _, _, err := wire.ParseAddress(q + " <sip:a@b>"); err != nil || unquoteName(name) != c {
				t.Errorf("%q: quoted %s reads back as %q, %v", s, q, name, err)
			}
		}
		if uri, err := wire.ParseURI("sip:" + escapeUser(s) + "@b"); s != "" && (err != nil || unescape(uri.User) != s || uri.Host != "b" || uri.Password != "") {
			t.Errorf("%q: escaped %q reads back as %+v, %v", s, escapeUser(s), uri, err)
		}
	})
}
