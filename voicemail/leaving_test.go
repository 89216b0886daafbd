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
	case "gone":
		return CallerGone{}
	}
	t.Fatalf("no fact %q", words)
	return nil
}

// TestConversations tells what happens step by step: facts on the left, what is ordered on the right.
func TestConversations(t *testing.T) {
	const (
		toBeep   = "began > play voicemail-greeting; played > beep; "
		toRecord = toBeep + "played > record up to 3m0s, silence 10s; "
	)
	for name, script := range map[string]string{
		"silence ends it":               toRecord + "recorded 4s silence > keep; kept true > done",
		"# ends it":                     toRecord + "digit # > stop recording; recorded 4s stopped > keep; kept true > done",
		"other keys are recorded":       toRecord + "digit 5 > ; digit * > ; recorded 4s limit > keep; kept true > done",
		"# twice":                       toRecord + "digit # > stop recording; digit # > ; recorded 4s stopped > keep; kept true > done",
		"any key skips the greeting":    "began > play voicemail-greeting; digit 0 > beep; played > record up to 3m0s, silence 10s; recorded 4s silence > keep; kept true > done",
		"# skips the greeting only":     "began > play voicemail-greeting; digit # > beep; digit # > ; played > record up to 3m0s, silence 10s; recorded 4s silence > keep; kept true > done",
		"A is no key of a phone":        "began > play voicemail-greeting; digit A > ; played > beep; gone > done",
		"exactly long enough":           toRecord + "recorded 1s silence > keep; kept true > done",
		"too short":                     toRecord + "recorded 999ms silence > discard; done",
		"hangs up before it begins":     "gone > done; began > ",
		"hangs up during the greeting":  "began > play voicemail-greeting; gone > done; played > ",
		"hangs up during the beep":      toBeep + "gone > done; played > ",
		"hangs up while recording":      toRecord + "gone > stop recording; recorded 4s stopped > keep; kept true > done",
		"hangs up at once":              toRecord + "gone > stop recording; recorded 200ms stopped > discard; done",
		"hangs up after #":              toRecord + "digit # > stop recording; gone > ; recorded 4s stopped > keep; kept true > done",
		"hangs up while it is kept":     toRecord + "recorded 4s silence > keep; gone > ; kept true > done",
		"hangs up twice":                toRecord + "gone > stop recording; gone > ; recorded 4s stopped > keep; kept true > done; gone > ",
		"the disk is full at once":      toRecord + "recorded 0s failed > discard; play mailbox-full; played > done",
		"the disk fills up":             toRecord + "recorded 4s failed > keep; kept true > done",
		"the disk is full, caller gone": toRecord + "gone > stop recording; recorded 0s failed > discard; done",
		"the disk does not keep it":     toRecord + "recorded 4s silence > keep; kept false > done",
		"late facts do nothing":         toRecord + "recorded 4s silence > keep; recorded 4s silence > ; played > ; kept true > done; kept true > ; recorded 9s silence > ; digit # > ; began > ",
		"facts out of turn do nothing":  "played > ; kept true > ; recorded 4s silence > ; digit # > ; began > play voicemail-greeting; began > ; kept true > ; recorded 9s silence > ",
	} {
		t.Run(name, func(t *testing.T) { converse(t, NewMessage(Config{}, "", false), script) })
	}
	t.Run("mailbox full", func(t *testing.T) {
		converse(t, NewMessage(Config{}, "", true), "began > play mailbox-full; digit # > ; played > done")
	})
	t.Run("mailbox full, hangs up", func(t *testing.T) {
		converse(t, NewMessage(Config{}, "", true), "began > play mailbox-full; gone > done; played > ")
	})
	t.Run("own greeting and limits", func(t *testing.T) {
		l := NewMessage(Config{MaxLength: time.Minute, MaxSilence: 5 * time.Second, MinLength: 3 * time.Second}, "own.wav", false)
		converse(t, l, "began > play greeting own.wav; played > beep; played > record up to 1m0s, silence 5s; recorded 2s silence > discard; done")
	})
}

// converse plays a script of "fact > order; order; fact > …".
func converse(t *testing.T, l *Leaving, script string) {
	t.Helper()
	parts := strings.Split(script, " >")
	next := parts[0]
	for _, part := range parts[1:] {
		given := fact(t, strings.TrimSpace(next))
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
	facts := []Fact{Began{}, Played{}, Digit{'#'}, Recorded{Length: time.Second}, Recorded{Why: RecordFailed}, Kept{true}, CallerGone{}}
	var walk func(path []Fact)
	walk = func(path []Fact) {
		l, done := NewMessage(Config{}, "", false), false
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
