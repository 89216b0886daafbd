package config

import (
	"fmt"

	"ringtide/queue"
)

// rules is what the engine goes by.
func (c *checker) rules() queue.Rules {
	rules := queue.Rules{
		Trunks:   c.queueTrunks(),
		Numbers:  c.numbers(),
		Groups:   c.groups(),
		Codes:    c.codes(),
		Outbound: c.outbound(),
		Blocked:  c.file.Blocked,
	}
	for _, u := range c.file.Users {
		rules.Users = append(rules.Users, queue.User{Extension: queue.AgentID(u.Extension), Name: u.Name, Outside: u.Outside})
	}
	for i, number := range c.file.Blocked {
		c.pattern(fmt.Sprintf("blocked[%d]", i), number)
	}
	return rules
}
