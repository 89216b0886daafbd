package app

import (
	"fmt"
	"io"

	"ringtide/config"
)

// greet tells a person where the program listens, who can register, where numbers lead and how to place a first call.
func (a *App) greet(out io.Writer, listening []string) {
	cfg := a.config()
	if a.web != nil {
		listening = append(listening, "web "+a.web.Addr())
	}
	for _, part := range []struct {
		word  string
		lines []string
	}{
		{"listening", listening},
		{"user", cfg.Summary.Users},
		{"group", cfg.Summary.Groups},
		{"number", cfg.Summary.Numbers},
		{"code", cfg.Summary.Codes},
	} {
		for _, line := range part.lines {
			fmt.Fprintln(out, part.word, line)
		}
	}
	firstCall(out, cfg)
}

// firstCall says how to hear something within five minutes: two phones, one dials a group or the other phone.
func firstCall(out io.Writer, cfg *config.Config) {
	users, rules := cfg.SIP.Users, cfg.Queue
	if len(users) < 2 || len(cfg.SIP.Listen) == 0 {
		return
	}
	dial := users[0].Extension
	for _, g := range rules.Groups {
		if g.Extension != "" {
			dial = g.Extension
			break
		}
	}
	first := cfg.SIP.Listen[0]
	at := first.Addr.String()
	if first.Addr.Addr().IsUnspecified() {
		at = fmt.Sprintf("this machine's address, port %d", first.Addr.Port())
	}
	fmt.Fprintf(out, "first call: register softphones as %s and %s at %s (%s), domain %s, with their passwords, then dial %s from the second\n",
		users[0].Extension, users[1].Extension, at, first.Transport, cfg.SIP.Domain, dial)
}
