package app

import (
	"cmp"
	"fmt"
	"io"
	"strings"
)

// greet tells a person where the program listens, who can register, which numbers lead where and how to place a first
// call.
func (a *App) greet(out io.Writer, listening []string) {
	for _, l := range listening {
		fmt.Fprintln(out, "listening", l)
	}
	if a.web != nil {
		fmt.Fprintln(out, "listening web", a.web.Addr())
	}
	rules := a.cfg.Queue
	for _, u := range rules.Users {
		fmt.Fprintf(out, "user %s %s\n", u.Extension, u.Name)
	}
	for _, g := range rules.Groups {
		agents := make([]string, len(g.Agents))
		for i, ext := range g.Agents {
			agents[i] = string(ext)
		}
		fmt.Fprintf(out, "group %s (%s): %s, agents %s\n", g.Name, cmp.Or(g.Extension, "no extension"),
			g.Distribution, cmp.Or(strings.Join(agents, " "), "none"))
	}
	for _, n := range rules.Numbers {
		fmt.Fprintf(out, "number %s -> %s\n", n.Pattern, n.To)
	}
	a.firstCall(out)
}

func (a *App) firstCall(out io.Writer) {
	rules := a.cfg.Queue
	if len(a.cfg.SIP.Listen) == 0 || len(rules.Users) == 0 {
		return
	}
	at := a.cfg.SIP.Listen[0]
	fmt.Fprintf(out, "first call: register a softphone as %s with its password, domain %s, server %s (%s)",
		rules.Users[0].Extension, a.cfg.SIP.Domain, at.Addr, at.Transport)
	for _, g := range rules.Groups {
		if g.Extension != "" {
			fmt.Fprintf(out, ", another as %s; dial %s for group %s from it", lastUser(a), g.Extension, g.Name)
			break
		}
	}
	fmt.Fprintln(out)
}

func lastUser(a *App) string {
	users := a.cfg.Queue.Users
	return string(users[len(users)-1].Extension)
}
