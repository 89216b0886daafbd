package config

import (
	"fmt"
	"regexp"
	"strings"

	"ringtide/queue"
)

// patternSyntax is the user part of a SIP URI without escapes and parameters (RFC 3261 section 25.1), "*" at its end.
var patternSyntax = regexp.MustCompile(`^\+?[A-Za-z0-9_.!~'&=$,?/#-]*\*?$`)

// pattern checks a number that may end in "*".
func (c *checker) pattern(path, text string) {
	switch {
	case text == "" || text == "+":
		c.errorf(path, `needs a number, such as "+15551000", or "*" for any`)
	case strings.Contains(strings.TrimSuffix(text, "*"), "*"):
		c.errorf(path, `%q has a "*" before its end: it stands for any rest`, text)
	case !patternSyntax.MatchString(text):
		c.errorf(path, "%q is no number: digits, with + before them, or the user part of an address", text)
	}
}

// numbers checks the called numbers and returns them in the order of the file.
func (c *checker) numbers() []queue.Number {
	numbers := make([]queue.Number, len(c.file.Numbers))
	for i, n := range c.file.Numbers {
		path := fmt.Sprintf("numbers[%d]", i)
		c.pattern(path+".number", n.Number)
		c.known(path+".trunk", n.Trunk, "trunk", c.names.trunks)
		c.oneOf(path+".answer", n.Answer, "at_once", "by_agent")
		c.known(path+".music", n.Music, "music", c.names.music)
		c.known(path+".hours", n.Hours, "entry of hours", c.names.hours)
		c.audioFile(path+".greeting", n.Greeting)
		c.destination(path+".closed", n.Closed, where{menu: true})
		numbers[i] = queue.Number{
			Pattern: n.Number,
			Trunk:   queue.TrunkID(n.Trunk),
			To:      c.destination(path+".to", n.To, where{}),
			AtOnce:  n.Answer == "at_once",
			Music:   n.Music,
		}
		if n.Music == "" {
			numbers[i].Music = "default"
		}
	}
	c.shadows(numbers)
	return numbers
}

// shadows warns of numbers that no call reaches, because one further up takes them all.
func (c *checker) shadows(numbers []queue.Number) {
	type key struct {
		pattern string
		trunk   queue.TrunkID
	}
	exact := map[key]int{}
	var wild []int // few: these are compared one by one
	for i, n := range numbers {
		pattern := strings.TrimPrefix(n.Pattern, "+")
		if pattern == "" {
			continue // an error already
		}
		first := -1
		for _, trunk := range []queue.TrunkID{n.Trunk, ""} {
			if j, ok := exact[key{pattern, trunk}]; ok {
				first = j
			}
		}
		for _, j := range wild {
			prefix := strings.TrimSuffix(strings.TrimPrefix(numbers[j].Pattern, "+"), "*")
			if strings.HasPrefix(pattern, prefix) && (numbers[j].Trunk == "" || numbers[j].Trunk == n.Trunk) {
				first = j
				break
			}
		}
		if first >= 0 {
			c.warnf(fmt.Sprintf("numbers[%d].number", i), "no call reaches %q: %q in line %d matches first", n.Pattern,
				numbers[first].Pattern, c.lines.of(fmt.Sprintf("numbers[%d].number", first)))
			continue
		}
		exact[key{pattern, n.Trunk}] = i
		if strings.HasSuffix(pattern, "*") {
			wild = append(wild, i)
		}
	}
}
