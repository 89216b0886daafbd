package config

import (
	"fmt"
	"regexp"

	"ringtide/queue"
	"ringtide/sip"
)

var (
	countrySyntax  = regexp.MustCompile(`^([1-9][0-9]{0,2})?$`)
	callerIDSyntax = regexp.MustCompile(`^(\+?[A-Za-z0-9._-]{1,64})?$`)
)

func trunkPath(i int, key string) string { return fmt.Sprintf("trunks[%d].%s", i, key) }

// trunks checks the trunks and returns them as SIP knows them.
func (c *checker) trunks() []sip.Trunk {
	trunks := make([]sip.Trunk, len(c.file.Trunks))
	owners := map[sip.Peer]string{} // where each peer was first written
	for i, t := range c.file.Trunks {
		trunks[i] = sip.Trunk{Name: t.Name, Username: t.Username, Register: t.Register, MaxCalls: t.MaxCalls}
		trunks[i].Peers = c.peers(i, t.Peers, owners)
		for j, uri := range t.URI {
			path := trunkPath(i, "uri")
			if at := fmt.Sprintf("%s[%d]", path, j); c.written(at) {
				path = at
			}
			if uri == "" && len(t.URI) == 1 {
				continue // only calls from there
			}
			overTLS, err := checkTrunkURI(uri)
			switch {
			case err != nil:
				c.errorf(path, "%v", err)
			case overTLS && !c.listensTo("tls"):
				c.errorf(path, "%q needs a tls:// listener in sip.listen, where the trunk reaches us", uri)
			}
			trunks[i].URIs = append(trunks[i].URIs, uri)
		}
		trunks[i].Password, _ = c.secret(trunkPath(i, "password"), &c.file.Trunks[i].Password)
		c.trunkRules(i, t, trunks[i])
	}
	return trunks
}

func (c *checker) trunkRules(i int, t trunkEntry, built sip.Trunk) {
	path := fmt.Sprintf("trunks[%d]", i)
	switch {
	case len(t.Peers) == 0 && len(built.URIs) == 0:
		c.warnf(path, "has neither peers nor uri: no call can come or go over it")
	case t.Register && len(built.URIs) == 0:
		c.errorf(path+".register", "needs uri: the registrar is there")
	case t.Register && len(t.Peers) == 0:
		c.warnf(path+".register", "brings no calls in without peers: list the addresses that the provider sends calls from")
	}
	if t.Username == "" && t.Register {
		c.errorf(path+".register", "needs username and password")
	}
	if t.Username != "" && !t.Password.given() {
		c.errorf(path+".username", "needs a password too")
	}
	if t.Username == "" && t.Password.given() {
		c.errorf(path+".password", "needs a username too")
	}
	c.display(path+".username", t.Username)
	c.count(path+".max_calls", t.MaxCalls, 0, maxCount)
	if !countrySyntax.MatchString(t.Country) {
		c.errorf(path+".country", "%q is no country code: 1 to 3 digits without + and zeros", t.Country)
	}
	if !callerIDSyntax.MatchString(t.CallerID) {
		c.errorf(path+".caller_id", "%q is no number: + and digits, or the user part of an address", t.CallerID)
	}
}

// queueTrunks are the trunks as the engine knows them.
func (c *checker) queueTrunks() []queue.Trunk {
	trunks := make([]queue.Trunk, len(c.file.Trunks))
	for i, t := range c.file.Trunks {
		trunks[i] = queue.Trunk{Name: queue.TrunkID(t.Name), Country: t.Country, CallerID: t.CallerID}
	}
	return trunks
}
