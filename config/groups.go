package config

import (
	"fmt"
	"time"

	"ringtide/queue"
)

const (
	oneRing  = 5 * time.Second
	maxRings = 36 // three minutes, after which networks cut a ringing call
)

// groups checks the queue groups and returns them in the order of the file.
func (c *checker) groups() []queue.Group {
	groups := make([]queue.Group, len(c.file.Groups))
	for i, g := range c.file.Groups {
		path := fmt.Sprintf("groups[%d]", i)
		groups[i] = queue.Group{
			Name:         queue.GroupID(g.Name),
			Title:        g.Title,
			Extension:    g.Extension,
			Agents:       c.agents(path+".agents", g.Agents),
			Distribution: queue.Distribution(g.Distribution),
			Ring:         time.Duration(g.Rings) * oneRing,
			NobodyAfter:  time.Duration(g.NobodyAfter),
			Intercept:    g.Intercept,
			WrapUp:       time.Duration(g.WrapUp),
			MaxTalking:   time.Duration(g.MaxTalking),
			MaxWait:      time.Duration(g.Hold.MaxWait),
			MaxCallers:   g.Hold.MaxCallers,
			Music:        g.Hold.Music,
			Keys:         c.keys(path+".hold.keys", g.Hold.Keys, where{inGroup: true, group: g.Name, menu: true}),
		}
		if g.Title == "" {
			groups[i].Title = g.Name
		}
		c.groupWords(path, g)
		c.missedRules(path, g, &groups[i])
	}
	c.loops(groups)
	return groups
}

func (c *checker) agents(path string, extensions []string) []queue.AgentID {
	agents := make([]queue.AgentID, len(extensions))
	first := map[string]int{}
	for i, extension := range extensions {
		at := fmt.Sprintf("%s[%d]", path, i)
		if extension == "" {
			c.errorf(at, "needs the extension of a user")
		}
		c.known(at, extension, "user", c.names.users)
		if j, twice := first[extension]; twice {
			c.errorf(at, "%q is already agent number %d of this group", extension, j+1)
		} else {
			first[extension] = i
		}
		agents[i] = queue.AgentID(extension)
	}
	return agents
}

// groupWords checks what needs no look at other keys.
func (c *checker) groupWords(path string, g groupEntry) {
	c.display(path+".title", g.Title)
	if g.Extension != "" {
		c.extension(path+".extension", g.Extension)
	}
	if i, ok := c.names.users[g.Name]; ok && g.Name != "" {
		c.errorf(path+".name", "%q is also the extension of a user in line %d: nobody could tell whose mailbox voicemail:%s is",
			g.Name, c.lines.of(userPath(i, "extension")), g.Name)
	}
	c.oneOf(path+".distribution", g.Distribution, "evenly", "in_order", "everybody")
	c.count(path+".rings", g.Rings, 1, maxRings)
	c.count(path+".hold.max_callers", g.Hold.MaxCallers, 0, maxCount)
	c.between(path+".hold.say_every", g.Hold.SayEvery, second, 24*hour)
	c.known(path+".hold.music", g.Hold.Music, "music", c.names.music)
}

// missedRules fills in what happens to a call that nobody takes.
func (c *checker) missedRules(path string, g groupEntry, built *queue.Group) {
	line := where{inGroup: true, group: g.Name, hold: true}
	built.IfMissed = c.destination(path+".if_missed", g.IfMissed, line)
	built.Then = c.destination(path+".hold.then", g.Hold.Then, where{inGroup: true, group: g.Name})
	holds := built.IfMissed.Kind == queue.ToHold
	switch {
	case g.IfNobody != "":
		built.IfNobody = c.destination(path+".if_nobody", g.IfNobody, line)
	case holds:
		built.IfNobody = queue.Destination{Kind: queue.ToVoicemail, Name: g.Name}
	default:
		built.IfNobody = built.IfMissed
	}
	switch {
	case holds && g.BusyWait.Set:
		c.errorf(path+".busy_wait", "does not go with if_missed: hold, where callers stay in the line: use hold.max_wait")
	case g.BusyWait.Set:
		built.BusyWait = time.Duration(g.BusyWait.Duration)
	case !holds:
		built.BusyWait = built.Ring
	}
	if holds && built.Distribution == queue.InOrder {
		c.errorf(path+".if_missed", "hold is not possible with distribution: in_order: choose evenly or everybody, or another if_missed")
	}
	if !holds && built.IfNobody.Kind != queue.ToHold && c.written(path+".hold") {
		c.warnf(path+".hold", "has no effect: neither if_missed nor if_nobody is hold")
	}
}
