// Command ringtide is a SIP call distributor: it answers a company's calls and brings each to the right person.
//
//	ringtide [serve] [--config FILE]    run; the default
//	ringtide check [--config FILE]      validate the configuration, all errors at once
//	ringtide hash EXTENSION [DOMAIN]    make a stored password; reads it from standard input; hash --pin: a stored PIN
//	ringtide calls|missed|registrations print records
//	ringtide replay [FILE...]           run the journal through the engine again and compare
//	ringtide healthy [URL]              ask a running server whether it is; for health checks
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
	flags            []func(*context)
	run              func(c *context) int
}

// context is what a sub-command works with.
type context struct {
	flags     *flag.FlagSet
	config    string
	json      bool
	limit     uint
	pin       bool
	in        io.Reader
	out, errs io.Writer
}

var commands = []command{
	{"serve", "", "run (the default)", []func(*context){withConfig}, serve},
	{"check", "", "validate the configuration: all errors at once", []func(*context){withConfig}, check},
	{"hash", "[EXTENSION [DOMAIN]]", "make a stored password from the one on standard input (--pin: a stored PIN)", []func(*context){withConfig, withPIN}, hash},
	{"calls", "", "print the newest calls", []func(*context){withConfig, withJSON, withLimit}, calls},
	{"missed", "", "print missed calls", []func(*context){withConfig, withJSON, withLimit}, missed},
	{"registrations", "", "print the registered phones", []func(*context){withConfig, withJSON}, registrations},
	{"replay", "[FILE...]", "run the journal (these files, or the store's) through the engine again and compare", []func(*context){withConfig, withStory}, replay},
	{"healthy", "[URL]", "ask a page of a running server (default " + readyPage + "): exit code 0 if it answers 200", nil, healthy},
	{"version", "", "print the version", nil, version},
}

func withConfig(c *context) {
	c.flags.StringVar(&c.config, "config", "config.yaml", "configuration `FILE`")
}

func withJSON(c *context) { c.flags.BoolVar(&c.json, "json", false, "print JSON") }

func withLimit(c *context) { c.flags.UintVar(&c.limit, "n", 50, "print at most `N`; 0: 100") }

func withPIN(c *context) {
	c.flags.BoolVar(&c.pin, "pin", false, "make a stored PIN instead: no arguments")
}

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

func run(args []string, in io.Reader, out, errs io.Writer) int {
	name := "serve"
	if len(args) > 0 {
		switch first := args[0]; {
		case first == "help", first == "-h", first == "-help", first == "--help":
			usage(out)
			return exitOK
		case first == "--version":
			name, args = "version", args[1:]
		case !strings.HasPrefix(first, "-"):
			name, args = first, args[1:]
		}
	}
	for _, cmd := range commands {
		if cmd.name == name {
			return cmd.start(args, &context{in: in, out: out, errs: errs})
		}
	}
	fmt.Fprintf(errs, "ringtide: no command %q\n", name)
	usage(errs)
	return exitUsage
}

// start reads the flags of the command and runs it.
func (cmd command) start(args []string, c *context) int {
	c.flags = flag.NewFlagSet("ringtide "+cmd.name, flag.ContinueOnError)
	c.flags.SetOutput(c.errs)
	c.flags.Usage = func() {
		fmt.Fprintf(c.flags.Output(), "%s\n", strings.Join(strings.Fields("usage: ringtide "+cmd.name+" [flags] "+cmd.args), " "))
		c.flags.PrintDefaults()
	}
	for _, add := range cmd.flags {
		add(c)
	}
	switch err := c.flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		return exitUsage
	case c.flags.NArg() > len(strings.Fields(cmd.args)) && !strings.HasSuffix(cmd.args, "...]"):
		// A forgotten --config must not pass for the default file.
		fmt.Fprintf(c.errs, "ringtide %s: unexpected arguments: %q\n", cmd.name, c.flags.Args())
		c.flags.Usage()
		return exitUsage
	}
	return cmd.run(c)
}

func usage(w io.Writer) {
	for _, cmd := range commands {
		fmt.Fprintf(w, "  ringtide %-24s %s\n", strings.TrimSpace(cmd.name+" "+cmd.args), cmd.does)
	}
	fmt.Fprintln(w, "  ringtide COMMAND -h               the flags of a command, such as --config FILE")
}
