package app

import (
	"slices"
	"testing"

	"ringtide/queue"
)

// The lamp of a user shows its own messages and those of its groups; who shares a mailbox is told of it, and a reload tells
// those whose groups are others.
func TestLamps(t *testing.T) {
	rules := queue.Rules{
		Users: []queue.User{{Extension: "101"}, {Extension: "102"}, {Extension: "103"}},
		Groups: []queue.Group{
			{Name: "sales", Agents: []queue.AgentID{"101", "102"}},
			{Name: "support", Agents: []queue.AgentID{"102"}},
		},
	}
	var told []string
	l := newLamps(rules)
	l.changed("sales") // nobody is there yet
	l.waiting = func(mailbox string) (fresh, old int) {
		return map[string]int{"101": 1, "sales": 10, "support": 100}[mailbox], len(mailbox)
	}
	l.tell = func(user string) { told = append(told, user) }
	tells := func(what string, want ...string) {
		t.Helper()
		if slices.Sort(told); !slices.Equal(told, want) {
			t.Errorf("%s: told %q, want %q", what, told, want)
		}
		told = nil
	}
	shows := func(user string, fresh, old int) {
		t.Helper()
		if f, o := l.messages(user); f != fresh || o != old {
			t.Errorf("%s has %d/%d, want %d/%d", user, f, o, fresh, old)
		}
	}
	shows("101", 11, len("101sales"))
	shows("102", 110, len("102salessupport"))
	shows("103", 0, len("103"))
	shows("nobody", 0, 0)
	l.changed("sales")
	tells("sales", "101", "102")
	l.changed("103")
	tells("103", "103")
	l.changed("removed")
	tells("a mailbox of nobody")

	rules.Groups = []queue.Group{{Name: "sales", Agents: []queue.AgentID{"103", "101"}}}
	l.reload(rules)
	tells("other groups", "102", "103")
	shows("102", 0, len("102"))
	shows("103", 10, len("103sales"))
	l.reload(rules)
	tells("the same again")
}
