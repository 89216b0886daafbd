package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"ringtide/sip"
)

// timeColumn is how tables tell a time: local, to the second.
const timeColumn = "2006-01-02 15:04:05"

// WriteJSON writes records for programs: one JSON array, indented.
func WriteJSON[T Call | Missed | sip.Registration](w io.Writer, list []T) error {
	if list == nil {
		list = []T{}
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(list)
}

// WriteCalls writes a table for people, a line a call and beneath it one for each attempt. Times are of the zone of the
// computer.
func WriteCalls(w io.Writer, list []Call) error {
	t := newTable(w, "STARTED", "CALLER", "CALLED", "HOW IT ENDED", "BY", "WAITED", "TALKED", "CALL")
	for _, c := range list {
		end := c.Disposition
		switch {
		case c.Ended.IsZero():
			end = "now " + orElse(end, "waiting")
		case c.Cause != "" && c.Cause != c.Disposition:
			end += ", " + c.Cause
		}
		t.row(local(c.Started), caller(c.CallerNumber, c.CallerName), c.Number, end, c.AnsweredBy, c.Waited.String(), c.Talked.String(), c.ID)
		c.write(t)
	}
	return t.flush()
}

// WriteMissed writes a table for people, as WriteCalls does.
func WriteMissed(w io.Writer, list []Missed) error {
	t := newTable(w, "MISSED", "CALLER", "CALLED", "WHY", "GROUPS", "WAITED", "STATE", "CALL")
	for _, m := range list {
		t.row(local(m.At), caller(m.CallerNumber, m.CallerName), m.Number, m.Reason, m.Path, m.Waited.String(), m.State, m.Call)
		m.write(t)
	}
	return t.flush()
}

// WriteRegistrations writes a table for people. now tells which have expired.
func WriteRegistrations(w io.Writer, list []sip.Registration, now time.Time) error {
	t := newTable(w, "USER", "CONTACT", "FROM", "OVER", "EXPIRES", "PHONE")
	for _, g := range list {
		expires := local(g.Expires)
		if !g.Expires.After(now) {
			expires += " (expired)"
		}
		t.row(g.User, g.Contact, g.Source, g.Transport, expires, g.UserAgent)
	}
	return t.flush()
}

func (t Tries) write(to *table) {
	for _, v := range t.Visits {
		for _, a := range v.Attempts {
			a.write(to)
		}
	}
	for _, a := range t.Attempts {
		a.write(to)
	}
}

func (a Attempt) write(to *table) {
	outcome := orElse(a.Outcome, "rings")
	if a.Cause != "" {
		outcome += ", " + a.Cause
	}
	if a.Code != 0 {
		outcome += fmt.Sprintf(" %d", a.Code)
	}
	to.row("  "+local(a.Started), "  "+orElse(a.Group, "direct"), a.Agent+a.Number, outcome, "", "", "", "")
}

// table lines up columns.
type table struct {
	to    io.Writer
	text  bytes.Buffer
	lines *tabwriter.Writer // into text
}

func newTable(to io.Writer, titles ...string) *table {
	t := &table{to: to}
	t.lines = tabwriter.NewWriter(&t.text, 0, 0, 2, ' ', 0)
	t.row(titles...)
	return t
}

// row adds a line; what would break the table or the terminal is taken out of its cells.
func (t *table) row(cells ...string) {
	for i, c := range cells {
		cells[i] = strings.Map(func(r rune) rune {
			if unicode.IsControl(r) {
				return -1
			}
			return r
		}, c)
	}
	_, _ = fmt.Fprintln(t.lines, strings.Join(cells, "\t")) // memory takes all
}

func (t *table) flush() error {
	_ = t.lines.Flush()
	for line := range strings.Lines(t.text.String()) {
		if _, err := fmt.Fprintln(t.to, strings.TrimRight(line, " \n")); err != nil {
			return err
		}
	}
	return nil
}

func caller(number, name string) string {
	switch {
	case number == "":
		return orElse(name, "anonymous")
	case name == "" || name == number:
		return number
	}
	return number + " " + name
}

func local(t time.Time) string { return t.Local().Format(timeColumn) }

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}
