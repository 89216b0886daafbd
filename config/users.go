package config

import (
	"fmt"
	"net/mail"
	"regexp"

	"ringtide/sip"
)

var extensionSyntax = regexp.MustCompile(`^[A-Za-z0-9._-]{1,32}$`)

// extension checks the form of what people dial to reach a user or group.
func (c *checker) extension(path, text string) {
	if !isExtension(text) {
		c.errorf(path, "%q is no extension: 1 to 32 of A-Z a-z 0-9 . _ -", text)
	}
}

func isExtension(text string) bool {
	return extensionSyntax.MatchString(text) && !onlyDots.MatchString(text)
}

func userPath(i int, key string) string { return fmt.Sprintf("users[%d].%s", i, key) }

// users checks the people and returns what is known of them besides SIP.
func (c *checker) users() []User {
	users := make([]User, len(c.file.Users))
	for i, u := range c.file.Users {
		if u.Extension == "" {
			c.errorf(userPath(i, "extension"), "a user needs an extension")
		} else {
			c.extension(userPath(i, "extension"), u.Extension)
		}
		c.display(userPath(i, "name"), u.Name)
		if u.Mobile != "" && !e164.MatchString(u.Mobile) {
			c.errorf(userPath(i, "mobile"), "%q is no number in E.164 form: + and country code and number, digits only", u.Mobile)
		}
		if u.Email != "" {
			if a, err := mail.ParseAddress(u.Email); err != nil || a.Address != u.Email {
				c.errorf(userPath(i, "email"), "%q is no mail address", u.Email)
			}
		}
		users[i] = User{Extension: u.Extension, Name: u.Name, PIN: c.pin(i, u), Mobile: u.Mobile, Email: u.Email}
	}
	return users
}

// pin checks the PIN of a user's mailbox and returns it as it is written.
func (c *checker) pin(i int, u userEntry) string {
	path := userPath(i, "pin")
	pin, ok := c.secret(path, &c.file.Users[i].PIN)
	if !ok || pin == "" {
		return ""
	}
	if isHashedPIN(pin) {
		if _, err := parseHashedPIN(pin); err != nil {
			c.errorf(path, "%v", err)
		}
		return pin
	}
	if err := checkPIN(pin); err != nil {
		c.errorf(path, "%v", err)
	} else if pin == u.Extension {
		c.errorf(path, "must not be the extension")
	}
	return pin
}

// registrants checks the passwords and returns the users as SIP knows them: with digest secrets, never the password.
func (c *checker) registrants() []sip.User {
	users := make([]sip.User, len(c.file.Users))
	for i, u := range c.file.Users {
		users[i] = sip.User{Extension: u.Extension, Name: u.Name}
		if password, ok := c.secret(userPath(i, "password"), &c.file.Users[i].Password); ok {
			users[i].MD5, users[i].SHA256 = c.password(userPath(i, "password"), u, password)
		}
	}
	c.readableSecrets()
	return users
}
