package config

import (
	"regexp"
	"slices"
	"strings"

	"ringtide/sip"
)

// shortestPassword is in bytes, and only asked for where strangers can try.
const shortestPassword = 8

// examplePasswords are public: they stand in the example that comes with the program.
var examplePasswords = []string{"alice-pw", "bob-pw", "carol-pw"}

var hashedPassword = regexp.MustCompile(`^ha1:([0-9a-fA-F]{32}):([0-9a-fA-F]{64})$`)

// password returns the digest secrets of a user. Weak passwords are refused as soon as one listener is open to others.
func (c *checker) password(path string, u userEntry, password string) (md5, sha256 string) {
	domain := c.file.SIP.Domain
	form := hashedPassword.FindStringSubmatch(password)
	switch {
	case password == "":
		c.errorf(path, "a user needs a password: the phones register with it")
		return "", ""
	case form != nil:
		md5, sha256 = strings.ToLower(form[1]), strings.ToLower(form[2])
	case strings.HasPrefix(password, "ha1:"):
		c.errorf(path, `is no stored form: "ha1:", 32 hex digits, ":" and 64 hex digits, as "ringtide hash" prints it`)
		return "", ""
	default:
		md5, sha256 = sip.HA1(u.Extension, domain, password)
	}
	if c.onlyLoopback() {
		return md5, sha256
	}
	is := func(guess string) bool {
		guessed, _ := sip.HA1(u.Extension, domain, guess)
		return guessed == md5
	}
	switch {
	case slices.ContainsFunc(examplePasswords, is):
		c.errorf(path, "the password of the example is known to everybody: choose another one")
	case is(u.Extension):
		c.errorf(path, "the password must not be the extension: it is the first that strangers try")
	case u.Name != "" && (is(u.Name) || strings.EqualFold(u.Name, password)):
		c.errorf(path, "the password must not be the name")
	case form == nil && len(password) < shortestPassword:
		c.errorf(path, "the password is shorter than %d characters", shortestPassword)
	}
	return md5, sha256
}

// readableSecrets warns of plain passwords in a file that everybody on this machine can read. The example is exempt,
// which only this machine can use anyway.
func (c *checker) readableSecrets() {
	if !c.worldReadable || c.onlyLoopback() {
		return
	}
	plain := slices.ContainsFunc(c.file.Users, func(u userEntry) bool {
		return u.Password.Plain != "" && !strings.HasPrefix(u.Password.Plain, "ha1:") ||
			u.PIN.Plain != "" && !isHashedPIN(u.PIN.Plain)
	}) || slices.ContainsFunc(c.file.Trunks, func(t trunkEntry) bool { return t.Password.Plain != "" })
	if plain || c.file.SIP.TLS.Key.Plain != "" {
		c.warnf("", `every user of this machine can read the passwords in this file: chmod 0600 it, or store what "ringtide hash" prints`)
	}
}
