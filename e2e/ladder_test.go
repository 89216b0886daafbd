package e2e

import (
	"fmt"
	"slices"
	"strings"
)

// ladder shows all messages of all peers in the order of time, a line each.
func (x *exchange) ladder() string {
	type step struct {
		who string
		message
	}
	var steps []step
	for _, s := range x.peers {
		for _, m := range s.trace.all() {
			steps = append(steps, step{s.name, m})
		}
	}
	slices.SortStableFunc(steps, func(a, b step) int { return a.at.Compare(b.at) })
	var b strings.Builder
	for _, s := range steps {
		line, _, _ := strings.Cut(s.text, "\n")
		arrow := "<--"
		if s.sent {
			arrow = "-->"
		}
		fmt.Fprintf(&b, "%8.3f  %-10s %s %-60s %s %s", s.at.Sub(steps[0].at).Seconds(), s.who, arrow, line, s.header("CSeq"), s.callID())
		if why := s.header("Reason"); why != "" {
			fmt.Fprintf(&b, "  Reason: %s", why)
		}
		b.WriteByte('\n')
	}
	return b.String()
}
