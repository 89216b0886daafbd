package voicemail

import (
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"testing"
	"time"
)

// TestAnyOrderOfFacts throws facts at visits, in any order and late: nothing breaks, Done comes once, nothing follows it,
// and who hangs up gets there.
func TestAnyOrderOfFacts(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for round := range 3_000 {
		s := &stage{t: t, pin: "1"}
		for i := range rnd.IntN(5) {
			s.messages = append(s.messages, Message{ID: fmt.Sprint(i), Mailbox: []string{"101", "sales"}[rnd.IntN(2)], User: []string{"", "102"}[rnd.IntN(2)],
				Length: 10 * time.Second, Heard: rnd.IntN(2) == 0})
		}
		s.owner = NewOwner(Config{}, Visit{Boxes: []string{"101", "sales"}[:1+rnd.IntN(2)], AskPIN: rnd.IntN(4) == 0})
		s.tell(Began{})
		for range rnd.IntN(40) {
			s.tell(anyFact(rnd, s))
		}
		for range 2 {
			for _, f := range []Fact{CallerGone{}, Recorded{Length: time.Second}, Kept{}, Removed{}} {
				s.tell(f)
			}
		}
		if s.done != 1 {
			t.Fatalf("round %d: done %d times after %v", round, s.done, s.facts)
		}
	}
}

func anyFact(rnd *rand.Rand, s *stage) Fact {
	switch rnd.IntN(20) {
	case 0:
		return Missing{}
	case 1:
		return Kept{rnd.IntN(2) == 0}
	case 2:
		return Recorded{Length: time.Duration(rnd.IntN(3)) * time.Second, Why: []string{"", RecordFailed, RecordFull}[rnd.IntN(3)]}
	case 3:
		return Checked{}
	case 4:
		return s.list(s.owner.visit.Boxes)
	case 5:
		return Waited{s.due.N - rnd.IntN(2)}
	case 6, 7:
		return Paused{time.Duration(rnd.IntN(12)) * time.Second}
	case 8, 9, 10, 11:
		return Played{}
	}
	return Digit{"1234567890*#123A"[rnd.IntN(16)]}
}

func TestMoreThanNineMailboxes(t *testing.T) {
	boxes := make([]string, 12)
	for i := range boxes {
		boxes[i] = fmt.Sprint("group", i)
	}
	s := &stage{t: t, owner: NewOwner(Config{}, Visit{Boxes: boxes})}
	for _, f := range []Fact{Began{}, Digit{'0'}, Digit{'9'}, CallerGone{}} {
		s.tell(f)
	}
	if s.owner.mailbox() != "group8" || s.done != 1 {
		t.Errorf("in %s", s.owner.mailbox())
	}
}

// TestEveryPromptHasASound looks for what numbers and dates say, and for the prompts by name.
func TestEveryPromptHasASound(t *testing.T) {
	said := map[string]bool{}
	for n := range 1000 {
		for _, word := range number(n) {
			said[word] = true
		}
	}
	for day := range 366 {
		for _, word := range moment(time.Date(2028, 1, 1+day, day%24, day%60, 0, 0, time.UTC)) {
			said[word] = true
		}
	}
	source, err := os.ReadFile("prompts.go")
	must(t, err)
	for _, constant := range regexp.MustCompile(`Prompt\w+ += "([^"]+)"`).FindAllStringSubmatch(string(source), -1) {
		said[constant[1]] = true
	}
	if len(said) < 80 {
		t.Errorf("%d words and prompts only", len(said))
	}
	for name := range said {
		if _, err := os.Stat("../media/sounds/" + name + ".wav"); err != nil {
			t.Error(err)
		}
	}
}
