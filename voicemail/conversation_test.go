package voicemail

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var rewrite = flag.Bool("rewrite", false, "write the conversations in testdata anew")

// stage is what an owner talks to: it keeps messages and PIN, and answers the machine as a call does. Its commands:
//
//	message ID to BOX from NUMBER at TIME of LENGTH [by USER] [heard]
//	pin PIN                      asked for; * before it: the owner is elsewhere
//	visit BOX...                 begins
//	played, missing, kept, not kept, paused AT, recorded LENGTH WHY, gone
//	key K...                     one after the other
//	wait                         what is waited for is over
//	lost ID                      another owner has removed the message
type stage struct {
	t        *testing.T
	messages []Message
	pin      string
	visit    Visit
	owner    *Owner
	said     strings.Builder
	due      Wait
	facts    []Fact // all there were
	done     int
}

// command carries out a line and returns what was ordered.
func (s *stage) command(line string) string {
	s.said.Reset()
	words := strings.Fields(line)
	switch words[0] {
	case "message":
		s.messages = append(s.messages, s.message(words[1:]))
	case "pin":
		s.pin, s.visit.Remote = strings.CutPrefix(words[1], "*")
		s.visit.AskPIN = true
	case "lost":
		s.lose(words[1])
	case "visit":
		s.visit.Boxes = words[1:]
		s.owner = NewOwner(Config{}, s.visit)
		s.tell(Began{})
	case "key":
		for _, key := range words[1:] {
			s.tell(Digit{key[0]})
		}
	case "wait":
		s.tell(Waited{s.due.N})
	case "paused":
		s.tell(Paused{s.duration(words[1])})
	case "missing":
		s.tell(Missing{})
	case "not":
		s.tell(Kept{})
	case "kept":
		s.tell(Kept{true})
	default:
		s.tell(fact(s.t, line))
	}
	return s.said.String()
}

func (s *stage) message(words []string) Message {
	m := Message{ID: words[0], Mailbox: words[2], From: words[4], Length: s.duration(words[8])}
	if m.From == "nobody" {
		m.From = ""
	}
	var err error
	m.At, err = time.Parse("2006-01-02T15:04", words[6])
	must(s.t, err)
	for i, word := range words {
		if word == "by" {
			m.User = words[i+1]
		}
		m.Heard = m.Heard || word == "heard"
	}
	return m
}

func (s *stage) duration(text string) time.Duration {
	d, err := time.ParseDuration(text)
	must(s.t, err)
	return d
}

// tell hands a fact over and answers what a call answers at once.
func (s *stage) tell(f Fact) {
	s.facts = append(s.facts, f)
	for _, o := range s.owner.Step(f) {
		fmt.Fprintf(&s.said, "    %v\n", o)
		if s.done > 0 {
			s.t.Errorf("%v after done", o)
		}
		switch o := o.(type) {
		case Wait:
			s.due = o
		case List:
			s.tell(s.list(o.Mailboxes))
		case CheckPIN:
			s.tell(Checked{string(o.PIN) == s.pin})
		case Mark:
			for i := range s.messages {
				if s.messages[i].ID == o.ID {
					s.messages[i].Heard = o.Heard
				}
			}
		case Remove:
			for _, r := range o.Messages {
				s.lose(r.ID)
			}
			s.tell(Removed{})
		case Done:
			s.done++
		}
	}
}

func (s *stage) list(boxes []string) (l Listed) {
	for _, box := range boxes {
		var list []Message
		for _, m := range s.messages {
			if m.Mailbox == box {
				list = append(list, m)
			}
		}
		l.Boxes = append(l.Boxes, list)
	}
	return l
}

func (s *stage) lose(id string) {
	for i, m := range s.messages {
		if m.ID == id {
			s.messages = append(s.messages[:i:i], s.messages[i+1:]...)
			return
		}
	}
}

// conversations are the files, by name.
func conversations(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.txt")
	must(t, err)
	all := map[string]string{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		must(t, err)
		all[path] = string(text)
	}
	if len(all) == 0 {
		t.Fatal("no conversations")
	}
	return all
}

func isCommand(line string) bool {
	return line != "" && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, " ")
}

// TestConversations reads the conversations aloud: what happens at the margin, what is ordered beneath it.
func TestConversations(t *testing.T) {
	for path, want := range conversations(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			s := &stage{t: t}
			var got strings.Builder
			for line := range strings.Lines(want) {
				line = strings.TrimRight(line, "\n")
				if strings.HasPrefix(line, " ") {
					continue
				}
				got.WriteString(line + "\n")
				if isCommand(line) {
					got.WriteString(s.command(line))
				}
			}
			if s.done != 1 {
				t.Errorf("done %d times", s.done)
			}
			if got.String() == want {
				return
			}
			if *rewrite {
				must(t, os.WriteFile(path, []byte(got.String()), 0o600))
				return
			}
			t.Errorf("%s: run with -rewrite and read the difference; it is now\n%s", path, got.String())
		})
	}
}

// TestHangingUpAnywhere hangs up after every step of every conversation: the visit ends, what was deleted is removed, and
// nothing else is.
func TestHangingUpAnywhere(t *testing.T) {
	for path, text := range conversations(t) {
		var commands []string
		for line := range strings.Lines(text) {
			if line = strings.TrimRight(line, "\n"); isCommand(line) {
				commands = append(commands, line)
			}
		}
		for n := range commands {
			s := &stage{t: t}
			for _, command := range commands[:n+1] {
				s.command(command)
			}
			if s.owner == nil {
				continue
			}
			deleted := len(s.owner.deleted)
			before := len(s.messages)
			if s.done > 0 {
				deleted = 0
			}
			for _, f := range []Fact{CallerGone{}, CallerGone{}, Recorded{Length: 4 * time.Second, Why: "stopped"}, Kept{true}} {
				s.tell(f)
			}
			if gone := before - len(s.messages); s.done != 1 || gone > deleted {
				t.Errorf("%s: hanging up after %q: done %d times, %d messages removed of %d deleted", path, commands[n], s.done, gone, deleted)
			}
			if gone := before - len(s.messages); gone < deleted && !strings.Contains(text, "lost") {
				t.Errorf("%s: hanging up after %q: %d messages are left that were deleted", path, commands[n], deleted-gone)
			}
		}
	}
}
