package main

import (
	"bufio"
	"fmt"
	"strings"

	"ringtide/config"
)

// hash makes the stored form of a password, which is bound to extension and domain.
func hash(c *context) int {
	if c.flags.NArg() != 2 {
		fmt.Fprintln(c.errs, "usage: ringtide hash EXTENSION DOMAIN < password")
		return exitUsage
	}
	fmt.Fprint(c.errs, "password: ")
	password, err := bufio.NewReader(c.in).ReadString('\n')
	password = strings.TrimRight(password, "\r\n")
	if password == "" {
		fmt.Fprintln(c.errs, "ringtide: read password from standard input: nothing there", errText(err))
		return exitUsage
	}
	fmt.Fprintln(c.out, config.HashPassword(c.flags.Arg(0), c.flags.Arg(1), password))
	return exitOK
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return "(" + err.Error() + ")"
}
