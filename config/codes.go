package config

import (
	"fmt"
	"regexp"
	"strings"

	"ringtide/queue"
)

var codeSyntax = regexp.MustCompile(`^[A-Za-z0-9*#._-]{1,32}$`)

// dialled is something a user's phone can dial.
type dialled struct{ text, path, owner string }

func (c *checker) codeList() []dialled {
	f := c.file.Codes
	return []dialled{
		{f.Intercept, "codes.intercept", "the intercept code"},
		{f.Voicemail, "codes.voicemail", "the voicemail code"},
		{f.LogIn, "codes.log_in", "the log-in code"},
		{f.LogOut, "codes.log_out", "the log-out code"},
		{f.Pause, "codes.pause", "the pause code"},
		{f.Resume, "codes.resume", "the resume code"},
		{f.WrapUp, "codes.wrap_up", "the wrap-up code"},
	}
}

func (c *checker) codes() queue.Codes {
	f := c.file.Codes
	return queue.Codes{LogIn: f.LogIn, LogOut: f.LogOut, Pause: f.Pause, Resume: f.Resume, WrapUp: f.WrapUp,
		Intercept: f.Intercept, Voicemail: f.Voicemail}
}

// numberingSpace reports what cannot be dialled because something else is dialled the same way: users, groups and codes
// share one space, and the codes of interception and voicemail may be followed by an extension.
func (c *checker) numberingSpace() {
	var all []dialled
	for i, u := range c.file.Users {
		all = append(all, dialled{u.Extension, userPath(i, "extension"), fmt.Sprintf("the extension of user %q", u.Name)})
	}
	for i, g := range c.file.Groups {
		all = append(all, dialled{g.Extension, fmt.Sprintf("groups[%d].extension", i), fmt.Sprintf("the extension of group %q", g.Name)})
	}
	people := len(all)
	for _, code := range c.codeList() {
		if code.text != "" && !codeSyntax.MatchString(code.text) {
			c.errorf(code.path, "%q is no code: digits, * and #", code.text)
		}
		all = append(all, code)
	}
	first := map[string]dialled{}
	for i, d := range all {
		if d.text == "" {
			continue
		}
		if other, taken := first[d.text]; taken {
			c.errorf(d.path, "%q is already %s%s: it cannot be %s too", d.text, other.owner, c.lineOf(other.path), d.owner)
			continue
		}
		first[d.text] = d
		c.afterCode(d, i < people)
	}
	for i, number := range c.file.Outbound.Emergency {
		if other, taken := first[number]; taken {
			c.warnf(fmt.Sprintf("outbound.emergency[%d]", i), "%q is also %s%s, which nobody reaches: emergency numbers come first",
				number, other.owner, c.lineOf(other.path))
		}
	}
}

// afterCode reports what reads as a code that an extension may follow, with something behind it.
func (c *checker) afterCode(d dialled, extension bool) {
	f := c.file.Codes
	for _, code := range []dialled{
		{f.Intercept, "codes.intercept", "the intercept code"},
		{f.Voicemail, "codes.voicemail", "the voicemail code"},
	} {
		switch {
		case code.text == "" || d.text == code.text || !strings.HasPrefix(d.text, code.text):
		case extension:
			c.warnf(d.path, "%q begins with %s %q%s and may be taken for it", d.text, code.owner, code.text, c.lineOf(code.path))
		default:
			c.errorf(d.path, "%q begins with %s %q%s, which an extension may follow", d.text, code.owner, code.text, c.lineOf(code.path))
		}
	}
}

// lineOf is " in line 12", or " by default".
func (c *checker) lineOf(path string) string {
	if !c.written(path) {
		return " by default"
	}
	return fmt.Sprintf(" in line %d", c.lines.of(path))
}
