package config

import (
	"slices"
	"strings"
	"testing"
)

func TestSuggest(t *testing.T) {
	words := []string{"sales", "support", "sails"}
	for word, want := range map[string]string{
		"sale": "sales", "supprt": "support", "SALES": "", "marketing": "", "": "",
	} {
		got := suggest(word, slices.Values(words))
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("suggest(%q) = %q, want %q", word, got, want)
		}
	}
}

func TestEditDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"kitten", "sitting", 3}, {"sales", "sales", 0}} {
		if got := editDistance(c.a, c.b); got != c.want {
			t.Errorf("editDistance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
