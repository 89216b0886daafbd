package config

import (
	"fmt"
	"regexp"

	"ringtide/queue"
)

var (
	prefixSyntax    = regexp.MustCompile(`^[0-9*#]{0,8}$`)
	emergencySyntax = regexp.MustCompile(`^[0-9*#+]{2,16}$`)
	allowSyntax     = regexp.MustCompile(`^\+[1-9][0-9]{0,14}$`)
)

// outbound checks who may call outside, and how.
func (c *checker) outbound() queue.Outbound {
	o := c.file.Outbound
	c.known("outbound.trunk", o.Trunk, "trunk", c.names.trunks)
	if i, ok := c.names.trunks[o.Trunk]; ok && o.Trunk != "" && !hasURI(c.file.Trunks[i]) {
		c.errorf("outbound.trunk", "trunk %q has no uri to send calls to", o.Trunk)
	}
	if !prefixSyntax.MatchString(o.Prefix) {
		c.errorf("outbound.prefix", "%q is no prefix: up to 8 digits, * or #", o.Prefix)
	}
	for i, number := range o.Emergency {
		if !emergencySyntax.MatchString(number) {
			c.errorf(fmt.Sprintf("outbound.emergency[%d]", i), "%q is no number: digits as they are dialled", number)
		}
	}
	for i, prefix := range o.Allow {
		if !allowSyntax.MatchString(prefix) {
			c.errorf(fmt.Sprintf("outbound.allow[%d]", i), `%q is no prefix: + and the first digits of numbers, such as "+49"`, prefix)
		}
	}
	c.count("outbound.per_user", o.PerUser, 0, maxCount)
	c.count("outbound.per_hour", o.PerHour, 0, maxCount)
	if o.Trunk != "" && o.PerUser == 0 && o.PerHour == 0 && len(o.Allow) == 0 {
		c.warnf("outbound.trunk", "a stolen password could call any number without limit: set per_user, per_hour or allow")
	}
	return queue.Outbound{
		Trunk: queue.TrunkID(o.Trunk), Prefix: o.Prefix, Emergency: o.Emergency,
		PerUser: o.PerUser, PerHour: o.PerHour, Allow: o.Allow,
	}
}

func hasURI(t trunkEntry) bool { return len(t.URI) > 0 && t.URI[0] != "" }
