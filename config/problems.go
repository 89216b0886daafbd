package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing in the file that is wrong, or worth a look.
type Problem struct {
	File    string // as it was given to Load
	Line    int    // 0: the whole file
	Path    string // such as groups[1].agents[2]; "": the whole file
	Text    string
	Warning bool // the file can be used all the same
}

// String is the problem as an editor understands it: config.yaml:31: groups[1].agents[2]: no user has ….
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
	}
	b.WriteString(": ")
	if p.Warning {
		b.WriteString("warning: ")
	}
	if p.Path != "" {
		b.WriteString(p.Path + ": ")
	}
	b.WriteString(p.Text)
	return b.String()
}

// Problems are all problems of one file in the order of its lines. As an error, at least one of them is no warning.
type Problems []Problem

// Error prints one problem a line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.String()
	}
	return strings.Join(lines, "\n")
}

// fatal reports whether the file cannot be used.
func (p Problems) fatal() bool {
	return slices.ContainsFunc(p, func(p Problem) bool { return !p.Warning })
}

func (p Problems) sort() {
	slices.SortStableFunc(p, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
}
