package config

import (
	"fmt"
	"slices"
	"strings"

	"ringtide/queue"
)

// loops warns of groups that hand their missed calls round in a ring. That is no error: a call visits a group at most
// once, then it ends.
func (c *checker) loops(groups []queue.Group) {
	finished := make([]bool, len(groups))
	var way []int // from the group the walk began with to the one it is at
	var walk func(i int)
	walk = func(i int) {
		if at := slices.Index(way, i); at >= 0 {
			c.loop(groups, way[at:])
			return
		}
		if finished[i] {
			return
		}
		way = append(way, i)
		for _, next := range c.nextGroups(groups[i]) {
			walk(next)
		}
		way = way[:len(way)-1]
		finished[i] = true
	}
	for i := range groups {
		walk(i)
	}
}

// nextGroups are the groups to which a rule of g moves a call, each once.
func (c *checker) nextGroups(g queue.Group) []int {
	rules := []queue.Destination{g.IfMissed, g.IfNobody}
	if g.IfMissed.Kind == queue.ToHold || g.IfNobody.Kind == queue.ToHold {
		rules = append(rules, g.Then)
	}
	var next []int
	for _, to := range rules {
		i, ok := c.names.groups[to.Name]
		if ok && to.Kind == queue.ToGroup && !slices.Contains(next, i) {
			next = append(next, i)
		}
	}
	return next
}

func (c *checker) loop(groups []queue.Group, ring []int) {
	var names []string
	for _, i := range append(slices.Clone(ring), ring[0]) {
		names = append(names, string(groups[i].Name))
	}
	c.warnf(fmt.Sprintf("groups[%d]", ring[0]), "missed calls can go round: %s; a call ends when it would come to a group again",
		strings.Join(names, " → "))
}
