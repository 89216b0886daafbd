package config

import (
	"fmt"
	"maps"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// names are all names other parts of the file may refer to, with their place in their list.
type names struct {
	users, groups, trunks, menus, hours map[string]int
	music                               map[string]int // places mean nothing
}

// collectNames finds them, and what is wrong with the names themselves. The extensions of users are compared with all
// else that can be dialled later, in numberingSpace.
func (c *checker) collectNames() names {
	f := &c.file
	n := names{users: map[string]int{}, music: map[string]int{"default": 0, "silence": 0, "ringback": 0}}
	for i, u := range f.Users {
		if _, twice := n.users[u.Extension]; !twice {
			n.users[u.Extension] = i
		}
	}
	n.groups = c.index("groups", len(f.Groups), func(i int) string { return f.Groups[i].Name })
	n.trunks = c.index("trunks", len(f.Trunks), func(i int) string { return f.Trunks[i].Name })
	n.menus = c.index("menus", len(f.Menus), func(i int) string { return f.Menus[i].Name })
	n.hours = c.index("hours", len(f.Hours), func(i int) string { return f.Hours[i].Name })
	for name := range f.Media.Music {
		n.music[name] = 0
	}
	return n
}

// A name is part of addresses, folders and metrics, so that it is as plain as an extension. Titles are for people.
var (
	nameSyntax = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)
	onlyDots   = regexp.MustCompile(`^\.*$`) // would leave the folder of a mailbox
)

func (c *checker) index(list string, n int, nameOf func(i int) string) map[string]int {
	places := make(map[string]int, n)
	for i := range n {
		name, path := nameOf(i), fmt.Sprintf("%s[%d].name", list, i)
		first, twice := places[name]
		switch {
		case name == "":
			c.errorf(path, "needs a name")
		case !nameSyntax.MatchString(name) || onlyDots.MatchString(name):
			c.errorf(path, "%q is no name: 1 to 64 of A-Z a-z 0-9 . _ -", name)
		case twice:
			c.errorf(path, "%q is already the name of %s[%d] in line %d", name, list, first,
				c.lines.of(fmt.Sprintf("%s[%d].name", list, first)))
			continue
		}
		places[name] = i
	}
	return places
}

// known reports a name that does not exist. An empty one is allowed and names nothing.
func (c *checker) known(path, name, kind string, among map[string]int) {
	if _, ok := among[name]; name == "" || ok {
		return
	}
	if kind == "user" { // any extension is near another one: a guess would not help
		c.errorf(path, "no user has the extension %q", name)
		return
	}
	c.errorf(path, "there is no %s %q%s", kind, name, suggest(name, maps.Keys(among)))
}

// oneOf reports a word that is none of those the key takes.
func (c *checker) oneOf(path, word string, words ...string) {
	among := map[string]int{}
	for _, w := range words {
		among[w] = 0
	}
	if _, ok := among[word]; !ok {
		last := len(words) - 1
		c.errorf(path, "must be %s or %s, not %q%s", strings.Join(words[:last], ", "), words[last], word,
			suggest(word, maps.Keys(among)))
	}
}

// display checks text that phones and the console show.
func (c *checker) display(path, text string) {
	if utf8.RuneCountInString(text) > 64 {
		c.errorf(path, "is longer than 64 characters")
	}
	if strings.ContainsFunc(text, unicode.IsControl) {
		c.errorf(path, "must not hold line breaks or other control characters")
	}
}
