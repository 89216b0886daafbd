package queue

import (
	"cmp"
	"slices"
)

// ranking chooses whom to ring now. free are the available agents of the group that are not yet in the pass, in list
// order, at least one. The answer may be empty.
type ranking func(g *group, p *Pass, free []*member) []*member

// rankings are the distributions. A further one is one more line here. A group without one rings evenly.
var rankings = map[Distribution]ranking{
	Evenly:    evenly,
	InOrder:   inOrder,
	Everybody: everybody,
}

func (g *group) ranking() ranking {
	if r, ok := rankings[g.Distribution]; ok {
		return r
	}
	return evenly
}

// evenly rings the one whose last attempt is longest ago; list order decides between those never rung.
func evenly(_ *group, _ *Pass, free []*member) []*member {
	return []*member{slices.MinFunc(free, func(a, b *member) int { return cmp.Compare(a.stamp, b.stamp) })}
}

// inOrder rings the first one below everybody tried in this pass: the cursor only walks down.
func inOrder(g *group, p *Pass, free []*member) []*member {
	cursor := -1
	for _, m := range g.members {
		if p.has(m.agent.ID) {
			cursor = m.place
		}
	}
	for _, m := range free {
		if m.place > cursor {
			return []*member{m}
		}
	}
	return nil
}

// everybody rings them all.
func everybody(_ *group, _ *Pass, free []*member) []*member { return free }
