package main

import (
	"fmt"
	"runtime/debug"
)

// check validates the configuration and says so.
func check(c *context) int {
	cfg, code := load(c)
	if code != exitOK {
		return code
	}
	for _, name := range cfg.Inactive {
		fmt.Fprintln(c.errs, "warning: not in effect in this version:", name)
	}
	fmt.Fprintf(c.out, "%s: ok\n", c.config)
	return exitOK
}

// version prints the module's version, and the commit it was built from if known.
func version(c *context) int {
	v, commit := "devel", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		if info.Main.Version != "" && info.Main.Version != "(devel)" {
			v = info.Main.Version
		}
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				commit = " " + s.Value
			}
		}
	}
	fmt.Fprintf(c.out, "ringtide %s%s\n", v, commit)
	return exitOK
}
