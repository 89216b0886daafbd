package queue

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// conversation tells moves in the language of the golden conversations.
func conversation(g *game, path []move) string {
	b := bareBoard(g)
	w := &writer{game: g, last: b.now}
	w.line("%s\nraw", g.text)
	for _, id := range g.agents {
		w.line("up %s", id)
	}
	b.told = func(now time.Time, f Fact, _ []Order) { w.fact(now, f) }
	b.open()
	for _, m := range path {
		b.play(m)
	}
	return w.text.String()
}

// golden adds the orders, as far as the engine lives to give them.
func golden(t *testing.T, text string) (full string) {
	defer func() {
		if p := recover(); p != nil {
			full = fmt.Sprintf("%s# panic: %v\n", text, p)
		}
	}()
	return play(t, text)
}

type writer struct {
	*game
	last time.Time // of the last fact
	text strings.Builder
}

func (w *writer) line(f string, a ...any) {
	w.text.WriteString(strings.TrimRight(fmt.Sprintf(f, a...), " ") + "\n")
}

func (w *writer) fact(now time.Time, f Fact) {
	went := now.Sub(w.last)
	w.last = now
	if f == (TimePassed{}) {
		w.line("wait %v", went)
		return
	}
	if went > 0 {
		w.line("skip %v", went)
	}
	switch f := f.(type) {
	case CallArrived:
		if f.User != "" {
			w.line("call %s by %s to %s", f.Call, f.User, f.Dialled)
		} else {
			w.line("call %s from %s to %s", f.Call, f.Caller.Number, f.Dialled)
		}
	case CallerLeft:
		w.line("fact CallerLeft %s", f.Call)
	case CallGivenUp:
		w.line("fact CallGivenUp %s %s", f.Call, f.Cause)
	case CallEnded:
		w.line("fact CallEnded %s", f.Call)
	case AttemptAnswered:
		w.line("fact AttemptAnswered %s %d", f.Call, f.Attempt)
	case AttemptFailed:
		w.line("fact AttemptFailed %s %d %s %s", f.Call, f.Attempt, f.Why, number(f.Code))
	case Connected:
		w.line("fact Connected %s %d", f.Call, f.Attempt)
	case TalkEnded:
		w.line("fact TalkEnded %s %d %s %s", f.Call, f.Attempt, f.By, when(f.Empty, "empty")+when(f.Held, "held"))
	case MessageLeft:
		w.line("fact MessageLeft %s %s %s", f.Call, f.Mailbox, f.Message)
	case AgentLegs:
		w.line("fact AgentLegs %s %d", f.Agent, f.N)
	case TransferAsked:
		w.line("fact TransferAsked %s %s %s", f.Call, f.By, when(f.To != "", "to "+f.To)+when(f.With != "", "with "+string(f.With)))
	case CallsJoined:
		w.line("fact CallsJoined %s %s", f.Keep, f.Gone)
	case JoinFailed:
		w.line("fact JoinFailed %s %s", f.Keep, f.Gone)
	case Digits:
		w.line("fact Digits %s %s", f.Call, f.Keys)
	case MailboxClosed:
		w.line("fact MailboxClosed %s %s", f.Call, f.Dial)
	default:
		w.mood(f)
	}
}

func (w *writer) mood(f Fact) {
	switch f := f.(type) {
	case DevicesReachable:
		verb := "down"
		if f.N > 0 {
			verb = "up"
		} else if f.Lost {
			verb = "lost"
		}
		w.line("%s %s", verb, f.User)
	case Paused:
		w.line("pause %s", f.Agent)
	case Resumed:
		w.line("resume %s", f.Agent)
	case LoggedIn:
		w.line("login %s", f.Agent)
	case LoggedOut:
		w.line("logout %s", f.Agent)
	case WrapUpEnded:
		w.line("unwrap %s", f.Agent)
	case RulesChanged:
		for _, e := range w.edits {
			if fmt.Sprint(e.Rules) == fmt.Sprint(f.Rules) {
				w.line("%s\nreload", e.text)
			}
		}
	}
}

// TestConversationsTellWhatHappened tells long ways as golden conversations: played, they must cause the same orders.
func TestConversationsTellWhatHappened(t *testing.T) {
	for _, g := range games() {
		x := explore(g, 300)
		path := x.pathTo(int32(len(x.nodes) - 1))
		b := newBoard(g)
		for _, m := range path {
			b.play(m)
		}
		for !b.empty() { // the way home is long
			m := b.moves()[0]
			path = append(path, m)
			b.play(m)
		}
		var want []string
		b = bareBoard(g)
		start := b.now
		b.told = func(now time.Time, _ Fact, orders []Order) {
			for _, o := range orders {
				if _, record := o.(Record); !record {
					want = append(want, fmt.Sprintf("%8s  %s", now.Sub(start), o))
				}
			}
		}
		b.open()
		for _, m := range path {
			b.play(m)
		}
		var got []string
		for line := range strings.Lines(play(t, conversation(g, path))) {
			if strings.HasPrefix(line, " ") {
				got = append(got, strings.TrimRight(line, "\n"))
			}
		}
		if a, b := strings.Join(got, "\n"), strings.Join(want, "\n"); a != b || a == "" {
			t.Fatalf("%s: the conversation orders\n%s\nwant\n%s", g.name, a, b)
		}
	}
}
