package queue

import (
	"fmt"
	"slices"
	"strings"
)

// games are the small worlds that are explored: two agents, one or two calls, one or two groups. Ring times, wrap-up and
// back-offs differ, so that no two deadlines are the same by accident.
func games() []*game {
	var games []*game
	for _, line := range []string{
		"evenly alice bob", "in_order alice bob", "everybody alice bob", "evenly alice bob if_missed=hold max_wait=33s then=hang_up",
		"everybody alice bob if_missed=hold",
	} {
		for _, answer := range []string{"by_agent", "at_once"} {
			rules := "user alice bob\nnumber +15551000 group:sales " + answer + "\ngroup sales " + line + " rings=2 wrap_up=7s"
			games = append(games,
				newGame("1 call, "+line+", "+answer, rules, 1, outside1),
				newGame("2 calls, "+line+", "+answer, rules, 0, outside1, outside2))
			if answer == "at_once" {
				swift := newGame("2 calls, orders at once, "+line, rules, 0, outside1, outside2)
				swift.swift = true
				games = append(games, swift)
			}
		}
	}
	const overflow = "user alice bob\nnumber +15551000 group:sales by_agent\n" +
		"group sales evenly alice rings=2 if_missed=group:backup wrap_up=7s busy_wait=3s\n"
	chain := newGame("overflow to a line with bob", overflow+"group backup everybody bob alice rings=1 if_missed=hold if_nobody=hold", 1, outside1, outside2)
	back := newGame("overflow and back: a chain ends", overflow+"group backup in_order bob rings=1 if_missed=group:sales if_nobody=user:alice", 1, outside1)
	short := newGame("a short line", "user alice bob\nnumber +15551000 group:sales at_once\n"+
		"group sales evenly alice if_missed=hold max_callers=1 then=group:backup\ngroup backup in_order bob rings=1 if_missed=hang_up", 0, outside1, outside2)
	long := newGame("a long talk", "user alice bob\nnumber +15551000 group:sales at_once\n"+
		"group sales evenly alice bob rings=2 max_talking=9s wrap_up=7s if_missed=user:bob", 1, outside1)
	own := newGame("alice calls bob", "user alice bob\nnumber +15551000 group:sales by_agent\ngroup sales everybody alice bob if_missed=hold wrap_up=7s", 1,
		outside1, CallArrived{Call: "c2", User: "alice", Caller: Party{Number: "alice"}, Dialled: "bob"})
	own.whims = []string{"lost", "logout"}
	inside := newGame("alice calls her group", "user alice bob\nnumber +15551000 user:alice by_agent\ngroup sales evenly alice bob ext=600 rings=2 wrap_up=7s", 0,
		CallArrived{Call: "c1", User: "alice", Caller: Party{Number: "alice"}, Dialled: "600"}, outside2)
	edited := newGame("the rules change", "user alice bob\nnumber +15551000 group:sales by_agent\ngroup sales evenly alice bob if_missed=hold", 1, outside1, outside2)
	edited.whims = nil
	edited.edit("group sales evenly bob alice if_missed=hold")
	edited.edit("group sales evenly bob if_missed=hold wrap_up=7s")
	edited.edit("group sales everybody alice bob max_callers=1 rings=2")
	edited.edit("delete group sales")
	return append(append(games, chain, back, short, long, own, inside, edited), movedGames()...)
}

var (
	outside1 = CallArrived{Call: "c1", Trunk: "carrier", Caller: Party{Number: "+15557771"}, Dialled: "+15551000"}
	outside2 = CallArrived{Call: "c2", Trunk: "carrier", Caller: Party{Number: "+15557772"}, Dialled: "+15551000"}
)

// newGame makes a game in which people may follow so many whims.
func newGame(name, rules string, moods int, calls ...CallArrived) *game {
	g := &game{name: name, text: rules, draft: newDraft(), script: calls, moods: moods, pauses: len(calls) - 1,
		whims: []string{"lost", "unregister", "rest", "logout", "giveup", "unwrap"}}
	for line := range strings.Lines(rules) {
		if _, err := g.draft.add(strings.Fields(line)); err != nil {
			panic(err)
		}
	}
	for _, u := range g.draft.Users {
		g.agents = append(g.agents, u.Extension)
	}
	return g
}

// edit adds a change that the rules may undergo.
func (g *game) edit(text string) {
	d := &draft{g.draft.Rules}
	words := strings.Fields(text)
	if words[0] == "delete" {
		d.Groups = deleteGroup(slices.Clone(d.Groups), GroupID(words[2]))
	} else if _, err := d.add(words); err != nil {
		panic(fmt.Sprintf("%s: %v", text, err))
	}
	g.edits = append(g.edits, edit{text, d.Rules})
}
