// Command ringtide is a SIP call distributor: it answers a company's calls and brings each to the right person.
//
//	ringtide [serve] [--config FILE]    run; the default
//	ringtide check [--config FILE]      validate the configuration, all errors at once
//	ringtide hash EXTENSION DOMAIN      make a stored password; reads it from standard input
//	ringtide calls|missed|registrations print records
//	ringtide version
//
// Exit codes: 0 done, or ended as asked; 1 could not start or go on; 2 wrong command line; 3 invalid configuration;
// 4 a second signal ended it at once.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
	exitConfig  = 3
	exitAtOnce  = 4
)

// command is a sub-command. run gets its arguments after the flags and returns an exit code.
type command struct {
	name, args, does string
	run              func(c *context) int
}

// context is what a sub-command works with.
type context struct {
	flags     *flag.FlagSet
	config    *string
	json      *bool
	limit     *int
	in        io.Reader
	out, errs io.Writer
}

var commands = []command{
	{"serve", "", "run (the default)", serve},
	{"check", "", "validate the configuration: all errors at once", check},
	{"hash", "EXTENSION DOMAIN", "make a stored password from the one on standard input", hash},
	{"calls", "", "print the newest calls", calls},
	{"missed", "", "print missed calls", missed},
	{"registrations", "", "print the registered phones", registrations},
	{"version", "", "print the version", version},
}

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

func run(args []string, in io.Reader, out, errs io.Writer) int {
	name := "serve"
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		name, args = args[0], args[1:]
	}
	for _, cmd := range commands {
		if cmd.name != name {
			continue
		}
		c := &context{flags: flag.NewFlagSet("ringtide "+name, flag.ContinueOnError), in: in, out: out, errs: errs}
		c.flags.SetOutput(errs)
		c.config = c.flags.String("config", "config.yaml", "configuration `FILE`")
		c.json = c.flags.Bool("json", false, "print JSON (calls, missed, registrations)")
		c.limit = c.flags.Int("n", 50, "print at most so many (calls, missed)")
		if err := c.flags.Parse(args); errors.Is(err, flag.ErrHelp) {
			usage(errs)
			return exitOK
		} else if err != nil {
			return exitUsage
		}
		return cmd.run(c)
	}
	fmt.Fprintf(errs, "ringtide: no command %q\n", name)
	usage(errs)
	return exitUsage
}

func usage(w io.Writer) {
	for _, cmd := range commands {
		fmt.Fprintf(w, "  ringtide %-30s %s\n", strings.TrimSpace(cmd.name+" "+cmd.args), cmd.does)
	}
}
