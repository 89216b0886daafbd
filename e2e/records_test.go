package e2e

import (
	"encoding/json"
	"errors"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// The records as an operator reads them, by the names of their JSON.
type (
	record struct {
		ID          string    `json:"id"`
		Started     time.Time `json:"started"`
		Number      string    `json:"number"`
		Caller      string    `json:"caller_number"`
		Disposition string    `json:"disposition"`
		Cause       string    `json:"cause"`
		AnsweredBy  string    `json:"answered_by"`
		Waited      seconds   `json:"waited"`
		Talked      seconds   `json:"talked"`
		Ended       time.Time `json:"ended"`
		tries
	}
	missedCall struct {
		Call     string  `json:"call"`
		Number   string  `json:"number"`
		Caller   string  `json:"caller_number"`
		Path     string  `json:"path"`
		Waited   seconds `json:"waited"`
		Position int     `json:"position"`
		Reason   string  `json:"reason"`
		State    string  `json:"state"`
		tries
	}
	tries struct {
		Visits   []visit   `json:"visits"`
		Attempts []attempt `json:"attempts"`
	}
	visit struct {
		Group    string    `json:"group"`
		Outcome  string    `json:"outcome"`
		Cause    string    `json:"cause"`
		Next     string    `json:"next"`
		Position int       `json:"position"`
		Attempts []attempt `json:"attempts"`
	}
	attempt struct {
		Attempt uint64 `json:"attempt"`
		Agent   string `json:"agent"`
		Number  string `json:"number"`
		Outcome string `json:"outcome"`
		Cause   string `json:"cause"`
		Code    int    `json:"code"`
	}
	registration struct {
		User    string
		Contact string
		Source  string
	}
)

type seconds float64

func (s seconds) duration() time.Duration { return time.Duration(float64(s) * float64(time.Second)) }

// outcomes is how the attempts of a call ended: "101 no_answer, 102 answered".
func (t tries) outcomes() string { return strings.Join(t.list(), ", ") }

// atOnce is outcomes for agents who are rung at once: in the order of their extensions.
func (t tries) atOnce() string { return strings.Join(slices.Sorted(slices.Values(t.list())), ", ") }

func (t tries) list() (list []string) {
	add := func(attempts []attempt) {
		for _, a := range attempts {
			list = append(list, a.Agent+a.Number+" "+a.Outcome)
		}
	}
	for _, v := range t.Visits {
		add(v.Attempts)
	}
	add(t.Attempts)
	return list
}

// groups is the way through the groups: "sales > support".
func (t tries) groups() string {
	var list []string
	for _, v := range t.Visits {
		list = append(list, v.Group)
	}
	return strings.Join(list, " > ")
}

// records runs a sub-command that prints records.
func records[T any](x *exchange, command string) (list []T) {
	x.t.Helper()
	out, err := exec.Command(ringtide, command, "--json", "--config", x.file()).Output()
	if err != nil {
		x.t.Fatalf("ringtide %s: %v\n%s", command, err, stderrOf(err))
	}
	if err := json.Unmarshal(out, &list); err != nil {
		x.t.Fatalf("ringtide %s: %v\n%s", command, err, out)
	}
	return list
}

func stderrOf(err error) string {
	var e *exec.ExitError
	if errors.As(err, &e) {
		return string(e.Stderr)
	}
	return ""
}

// record waits until n calls are on record and over, and returns the one from that caller.
func (x *exchange) record(n int, caller string) (found record) {
	x.t.Helper()
	await(x.t, "the record of the call from "+caller, patience, func() (ok bool) {
		list := records[record](x, "calls")
		if len(list) < n {
			return false
		}
		for _, r := range list {
			if r.Ended.IsZero() {
				return false
			}
			if r.Caller == caller {
				found, ok = r, true
			}
		}
		return ok
	})
	if got := len(records[record](x, "calls")); got != n {
		x.t.Errorf("%d calls on record, want %d", got, n)
	}
	return found
}

// missing waits until n missed calls are on record, and returns them, the newest first.
func (x *exchange) missing(n int) (list []missedCall) {
	x.t.Helper()
	await(x.t, "missed calls on record", patience, func() bool {
		list = records[missedCall](x, "missed")
		return len(list) >= n
	})
	if len(list) != n {
		x.t.Errorf("%d missed calls on record, want %d: %+v", len(list), n, list)
	}
	return list
}

// same checks a fact of a record.
func same[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}
