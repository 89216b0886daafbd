package main

import (
	"bufio"
	"fmt"
	"strings"

	"ringtide/config"
)

// hash makes the stored form of a password, which is bound to extension and domain, or of a PIN.
func hash(c *context) int {
	if c.pin && c.flags.NArg() != 0 || !c.pin && c.flags.NArg() != 2 {
		c.flags.Usage()
		return exitUsage
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
		stored, err = config.HashPassword(c.flags.Arg(0), c.flags.Arg(1), secret)
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
