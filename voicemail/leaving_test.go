package voicemail

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
)

// facts of a conversation by the words used below; "recorded 4s", "digit #" and the like are read by fact.
func fact(t *testing.T, words string) Fact {
	t.Helper()
	name, rest, _ := strings.Cut(words, " ")
	switch name {
	case "began":
		return Began{}
	case "played":
		return Played{}
	case "digit":
		return Digit{rest[0]}
	case "recorded":
		length, why, _ := strings.Cut(rest, " ")
		d, err := time.ParseDuration(length)
		if err != nil {
			t.Fatal(err)
		}
		return Recorded{Length: d, Why: why}
	case "kept":
		ok, err := strconv.ParseBool(rest)
		if err != nil {
			t.Fatal(err)
		}
		return Kept{ok}
	case "waited":
		return Waited{}
	case "gone":
		return CallerGone{}
	}
	t.Fatalf("no fact %q", words)
	return nil
}

// TestLeaving tells what happens step by step: facts on the left, what is ordered on the right.
func TestLeaving(t *testing.T) {
	const (
		toBeep   = "began > play greeting of 101; played > beep; "
		record   = "record up to 3m0s, silence 10s; "
		toRecord = toBeep + "played > " + record
		toReview = toRecord + "digit # > stop recording; recorded 4s stopped > say review; "
		thanks   = "kept true > say message-saved; played > done"
	)
	for name, script := range map[string]string{
		"silence ends it":               toRecord + "recorded 4s silence > keep; " + thanks,
		"the longest there may be":      toRecord + "recorded 3m0s limit > keep; " + thanks,
		"other keys are recorded":       toRecord + "digit 5 > ; digit * > ; digit 0 > ; recorded 4s limit > keep; " + thanks,
		"any key skips the greeting":    "began > play greeting of 101; digit 0 > beep; played > " + record + "recorded 4s silence > keep; " + thanks,
		"# skips the greeting only":     "began > play greeting of 101; digit # > beep; digit # > ; played > " + record + "recorded 4s silence > keep; " + thanks,
		"A is no key of a phone":        "began > play greeting of 101; digit A > ; played > beep; gone > done",
		"exactly long enough":           toRecord + "recorded 1s silence > keep; " + thanks,
		"too short":                     toRecord + "recorded 999ms silence > discard; done",
		"too short, by key":             toRecord + "digit # > stop recording; recorded 500ms stopped > discard; done",
		"review: saved":                 toReview + "digit 1 > keep; " + thanks,
		"review: # twice saves":         toReview + "digit # > keep; " + thanks,
		"review: listened to":           toReview + "played > wait 8s; digit 2 > play draft; played > say review; digit 1 > keep; " + thanks,
		"review: cut short":             toReview + "digit 2 > play draft; digit 5 > ; digit 1 > keep; " + thanks,
		"review: once more":             toReview + "digit 3 > discard; beep; played > " + record + "recorded 9s silence > keep; " + thanks,
		"review: a key without meaning": toReview + "digit 0 > say review; digit * > say review; played > wait 8s; digit 1 > keep; " + thanks,
		"review: nobody is there":       toReview + "played > wait 8s; waited > say review; played > wait 8s; waited > say review; played > wait 8s; waited > keep; " + thanks,
		"hangs up before it begins":     "gone > done; began > ",
		"hangs up during the greeting":  "began > play greeting of 101; gone > done; played > ",
		"hangs up during the beep":      toBeep + "gone > done; played > ",
		"hangs up while recording":      toRecord + "gone > stop recording; recorded 4s stopped > keep; kept true > done",
		"hangs up at once":              toRecord + "gone > stop recording; recorded 200ms stopped > discard; done",
		"hangs up after #":              toRecord + "digit # > stop recording; gone > ; recorded 4s stopped > keep; kept true > done",
		"hangs up in the review":        toReview + "gone > keep; kept true > done",
		"hangs up listening":            toReview + "digit 2 > play draft; gone > keep; kept true > done",
		"hangs up while it is kept":     toRecord + "recorded 4s silence > keep; gone > ; kept true > done",
		"hangs up being thanked":        toRecord + "recorded 4s silence > keep; kept true > say message-saved; gone > done",
		"hangs up twice":                toRecord + "gone > stop recording; gone > ; recorded 4s stopped > keep; kept true > done; gone > ",
		"the disk is full at once":      toRecord + "recorded 0s failed > discard; say mailbox-failed; played > done",
		"another took the last place":   toRecord + "recorded 0s full > discard; say mailbox-full; played > done",
		"the disk fills up":             toRecord + "recorded 4s failed > keep; " + thanks,
		"the disk is full, caller gone": toRecord + "gone > stop recording; recorded 0s failed > discard; done",
		"the disk does not keep it":     toRecord + "recorded 4s silence > keep; kept false > say mailbox-failed; played > done",
		"late facts do nothing":         toRecord + "recorded 4s silence > keep; recorded 4s silence > ; played > ; kept true > say message-saved; kept true > ; recorded 9s silence > ; digit # > ; began > ; played > done; played > ",
		"facts out of turn do nothing":  "played > ; kept true > ; recorded 4s silence > ; digit # > ; began > play greeting of 101; began > ; kept true > ; recorded 9s silence > ",
	} {
		t.Run(name, func(t *testing.T) { converse(t, NewMessage(Config{}, "101", false, false), script) })
	}
	for name, test := range map[string]struct {
		full, login bool
		script      string
	}{
		"mailbox full":                      {true, false, "began > say mailbox-full; digit # > ; digit * > ; played > done"},
		"mailbox full, hangs up":            {true, false, "began > say mailbox-full; gone > done; played > "},
		"the owner logs in":                 {false, true, "began > play greeting of 101; digit * > log in; gone > "},
		"the owner of a full mailbox":       {true, true, "began > say mailbox-full; digit * > log in"},
		"no owner after the beep":           {false, true, toRecord + "digit * > ; recorded 4s silence > keep; " + thanks},
		"who cannot be the owner is no one": {false, false, "began > play greeting of 101; digit * > beep"},
	} {
		t.Run(name, func(t *testing.T) { converse(t, NewMessage(Config{}, "101", test.full, test.login), test.script) })
	}
	t.Run("own limits", func(t *testing.T) {
		l := NewMessage(Config{MaxLength: time.Minute, MaxSilence: 5 * time.Second, MinLength: 3 * time.Second}, "101", false, false)
		converse(t, l, toBeep+"played > record up to 1m0s, silence 5s; recorded 2s silence > discard; done")
	})
}

// converse plays a script of "fact > order; order; fact > …".
func converse(t *testing.T, l *Leaving, script string) {
	t.Helper()
	parts := strings.Split(script, " >")
	next := parts[0]
	for _, part := range parts[1:] {
		given := fact(t, strings.TrimSpace(next))
		if given == (Waited{}) {
			given = Waited{l.clock.n}
		}
		// The last element before the next ">" is the next fact, save after the last one.
		orders := strings.Split(part, ";")
		if len(parts) > 0 && part != parts[len(parts)-1] {
			next = orders[len(orders)-1]
			orders = orders[:len(orders)-1]
		}
		var want []string
		for _, o := range orders {
			if o = strings.TrimSpace(o); o != "" {
				want = append(want, o)
			}
		}
		var got []string
		for _, o := range l.Step(given) {
			got = append(got, o.String())
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%v: got %q, want %q", given, got, want)
		}
	}
}

// TestAlwaysEnds runs every order of facts up to a length: Done comes at most once, nothing follows it, and a caller who
// is gone gets there as soon as recording and disk have answered.
func TestAlwaysEnds(t *testing.T) {
	facts := []Fact{Began{}, Played{}, Digit{'#'}, Digit{'3'}, Recorded{Length: time.Second}, Recorded{Why: RecordFailed}, Kept{true}, CallerGone{}}
	var walk func(path []Fact)
	walk = func(path []Fact) {
		l, done := NewMessage(Config{}, "101", false, false), false
		step := func(f Fact) {
			for _, o := range l.Step(f) {
				if done {
					t.Fatalf("%v: %v after done", path, o)
				}
				_, done = o.(Done)
			}
		}
		for _, f := range path {
			step(f)
		}
		for _, f := range []Fact{CallerGone{}, Recorded{Length: time.Second}, Kept{true}} {
			step(f)
		}
		if !done {
			t.Fatalf("%v: not done", path)
		}
		if len(path) < 6 {
			for _, f := range facts {
				walk(append(path[:len(path):len(path)], f))
			}
		}
	}
	walk(nil)
}
