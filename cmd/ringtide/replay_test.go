package main

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ringtide/queue"
	"ringtide/store"
)

// record lets an engine live through two calls, as the exchange would, and gives back the configuration's file and the
// segment of the journal.
func record(t *testing.T) (config, segment string) {
	t.Helper()
	folder := t.TempDir()
	s, err := store.Open(store.Config{Path: folder}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	hold := queue.Destination{Kind: queue.ToHold}
	engine := queue.New(queue.Rules{
		Users:   []queue.User{{Extension: "101"}, {Extension: "102"}},
		Numbers: []queue.Number{{Pattern: "*", To: queue.Destination{Kind: queue.ToGroup, Name: "sales"}}},
		Groups:  []queue.Group{{Name: "sales", Agents: []queue.AgentID{"101", "102"}, Ring: 20 * time.Second, IfMissed: hold, IfNobody: hold}},
	}, 1)
	now := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	for _, f := range []queue.Fact{
		queue.Restored{},
		queue.DevicesReachable{User: "101", N: 1},
		queue.CallArrived{Call: "c1", Caller: queue.Party{Number: "+15557777", Name: "E\x1b[31mve"}},
		queue.AgentLegs{Agent: "101", N: 1},
		queue.CallArrived{Call: "c2"},
		queue.AttemptFailed{Call: "c1", Attempt: 1, Why: queue.Rejected, Code: 486},
		queue.AgentLegs{Agent: "101"},
		queue.AttemptFailed{Call: "c2", Attempt: 2, Why: queue.Rejected, Code: 486},
		queue.CallerLeft{Call: "c1"},
		queue.CallEnded{Call: "c1"},
	} {
		orders := engine.Step(now, f)
		if s.Journal(now, f, orders) {
			s.JournalImage(now, engine.Image())
		}
		now = now.Add(time.Second)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	config = filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(config, []byte(quiet+"store: {path: "+folder+"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return config, filepath.Join(folder, "journal", "00000001.jsonl")
}

func TestReplay(t *testing.T) {
	config, segment := record(t)
	text, err := os.ReadFile(segment)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(text), "\n")
	write := func(name, text string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	other := write("other.jsonl", strings.Replace(string(text), `"Agent":"101","Number":"","Trunk"`, `"Agent":"102","Number":"","Trunk"`, 1))
	torn := write("broken.jsonl", "{}\n")
	gap := write("gap.jsonl", strings.Join(append(lines[:2:2], lines[4:]...), "")) // the image, but not the arrival after it
	next := write("next.jsonl", lines[1])
	none := write("none.yaml", quiet+"store: {path: "+t.TempDir()+"}\n")
	for _, c := range []struct {
		args      []string
		code      int
		out, errs []string
		not       string // in the output
	}{
		{args: []string{"--config", config}, out: []string{"image of the engine", "c1: ring 101 attempt 1", "10 facts, 9 of them run through the engine"}, not: "\x1b"},
		{args: []string{segment}, out: []string{"10 facts"}},
		{args: []string{segment, segment}, out: []string{"20 facts, 19 of them"}},
		{args: []string{"--call", "c2", segment}, out: []string{"c2 arrived", "c2: attempt 2 failed", "101 has 0 legs\n    c2: ring 101"}, not: "c1: ring"},
		{args: []string{"--call", "c2", "--why", segment}, out: []string{"    ? c2, 101: the caller is number 2", "101 is bound to attempt 1", "? c2, 102:"}},
		{args: []string{"--why", segment}, out: []string{"    ? c1, 101: the caller is number 1 in the line of sales, 5s waited; 101 was rung in this pass"}, not: "? c1, 102"},
		{args: []string{other}, code: exitFailure, out: []string{"  - c1: ring 102 attempt 1", "  + c1: ring 101 attempt 1"}, errs: []string{"fact 3 goes differently"}, not: "c1: caller left"},
		{args: []string{"--call", "c2", other}, code: exitFailure, out: []string{"  - c1: ring 102"}},
		{args: []string{gap}, code: exitFailure, out: []string{"  - "}},
		{args: []string{gap, segment}, code: exitFailure},
		{args: []string{next, segment}, code: exitOK, out: []string{"c2 arrived"}},
		{args: []string{"--call", "c9", segment}, code: exitFailure, errs: []string{"no call c9"}},
		{args: []string{torn}, code: exitFailure, errs: []string{"line 1"}},
		{args: []string{filepath.Join(t.TempDir(), "no.jsonl")}, code: exitFailure, errs: []string{"no such file"}},
		{args: []string{"--config", none}, code: exitFailure, errs: []string{"start the server once"}},
		{args: []string{"--config", segment}, code: exitConfig},
		{args: []string{"--calls", "c1"}, code: exitUsage, errs: []string{"-calls"}},
	} {
		var out, errs bytes.Buffer
		if code := run(append([]string{"replay"}, c.args...), nil, &out, &errs); code != c.code {
			t.Errorf("replay %q ends with %d, want %d:\n%s%s", c.args, code, c.code, &out, &errs)
		}
		for _, want := range c.out {
			if !strings.Contains(out.String(), want) {
				t.Errorf("replay %q: no %q in\n%s", c.args, want, &out)
			}
		}
		for _, want := range c.errs {
			if !strings.Contains(errs.String(), want) {
				t.Errorf("replay %q: no %q in\n%s", c.args, want, &errs)
			}
		}
		if c.not != "" && strings.Contains(out.String(), c.not) {
			t.Errorf("replay %q: %q in\n%s", c.args, c.not, &out)
		}
	}
	if code := run([]string{"replay", segment}, nil, broken{}, &bytes.Buffer{}); code != exitFailure {
		t.Errorf("a full output ends with %d", code)
	}
}
