package config

import (
	"fmt"
	"strings"

	"ringtide/queue"
)

// Summary is what the program says when it starts: one line each, in the order of the file.
type Summary struct {
	Users   []string // 101 Alice
	Groups  []string // 600 Sales: 101, 102 (evenly)
	Numbers []string // +15551000 → group:sales
	Codes   []string // *11 log in
}

func summarize(cfg *Config) Summary {
	var s Summary
	for _, u := range cfg.Queue.Users {
		s.Users = append(s.Users, strings.TrimSpace(fmt.Sprintf("%s %s", u.Extension, u.Name)))
	}
	for _, g := range cfg.Queue.Groups {
		agents := make([]string, len(g.Agents))
		for i, agent := range g.Agents {
			agents[i] = string(agent)
		}
		who := strings.Join(agents, ", ")
		if who == "" {
			who = "nobody"
		}
		title := strings.TrimSpace(g.Extension + " " + g.Title)
		s.Groups = append(s.Groups, fmt.Sprintf("%s: %s (%s)", title, who, g.Distribution))
	}
	for _, n := range cfg.Queue.Numbers {
		s.Numbers = append(s.Numbers, fmt.Sprintf("%s → %s", n.Pattern, n.To))
	}
	s.Codes = codeLines(cfg.Queue.Codes)
	return s
}

func codeLines(c queue.Codes) []string {
	var lines []string
	for _, code := range []struct{ dial, does string }{
		{c.LogIn, "log in"}, {c.LogOut, "log out"}, {c.Pause, "pause"}, {c.Resume, "resume"}, {c.WrapUp, "end wrap-up"},
		{c.Intercept, "pick up a ringing call"}, {c.Voicemail, "listen to messages"},
	} {
		if code.dial != "" {
			lines = append(lines, code.dial+" "+code.does)
		}
	}
	return lines
}
