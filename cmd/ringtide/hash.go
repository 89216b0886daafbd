package main

import (
	"bufio"
	"fmt"
	"strings"

	"ringtide/config"
)

// hash makes the stored form of a password, which is bound to extension and domain (the configuration's, unless named), or
// of a PIN.
func hash(c *context) int {
	extension, domain := c.flags.Arg(0), c.flags.Arg(1)
	if c.pin != (extension == "") {
		c.flags.Usage()
		return exitUsage
	}
	if !c.pin && domain == "" {
		cfg, code := load(c)
		if code != exitOK {
			return code
		}
		domain = cfg.SIP.Domain
	}
	word := "password"
	if c.pin {
		word = "PIN"
	}
	fmt.Fprint(c.errs, word, ": ")
	secret, err := bufio.NewReader(c.in).ReadString('\n')
	if secret = strings.TrimRight(secret, "\r\n"); secret == "" {
		fmt.Fprintf(c.errs, "ringtide: read the %s from standard input: nothing there%s\n", word, errText(err))
		return exitUsage
	}
	var stored string
	if c.pin {
		stored, err = config.HashPIN(secret)
	} else {
		stored, err = config.HashPassword(extension, domain, secret)
	}
	if err != nil {
		fmt.Fprintln(c.errs, "ringtide:", err)
		return exitUsage
	}
	fmt.Fprintln(c.out, stored)
	return exitOK
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return " (" + err.Error() + ")"
}
