package app

import (
	"fmt"
	"io"
)

// greet tells a person where the program listens, who can register, where numbers lead and how to place a first call.
func (a *App) greet(out io.Writer, listening []string) {
	if a.web != nil {
		listening = append(listening, "web "+a.web.Addr())
	}
	for _, part := range []struct {
		word  string
		lines []string
	}{
		{"listening", listening},
		{"user", a.cfg.Summary.Users},
		{"group", a.cfg.Summary.Groups},
		{"number", a.cfg.Summary.Numbers},
		{"code", a.cfg.Summary.Codes},
	} {
		for _, line := range part.lines {
			fmt.Fprintln(out, part.word, line)
		}
	}
	a.firstCall(out)
}

// firstCall says how to hear something within five minutes: two phones, one dials a group or the other phone.
func (a *App) firstCall(out io.Writer) {
	users, rules := a.cfg.SIP.Users, a.cfg.Queue
	if len(users) < 2 || len(a.cfg.SIP.Listen) == 0 {
		return
	}
	dial := users[0].Extension
	for _, g := range rules.Groups {
		if g.Extension != "" {
			dial = g.Extension
			break
		}
	}
	at := a.cfg.SIP.Listen[0]
	fmt.Fprintf(out, "first call: register softphones as %s and %s at %s (%s), domain %s, with their passwords, then dial %s from the second\n",
		users[0].Extension, users[1].Extension, at.Addr, at.Transport, a.cfg.SIP.Domain, dial)
}
