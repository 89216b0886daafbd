package e2e

import (
	"fmt"
	"strings"
)

// plan is the configuration of one test. What is left out is as small and quick as it can be.
type plan struct {
	users   string // YAML list; "": people
	groups  string // YAML list
	numbers string // YAML list; "": +15551000 to group:sales
	limits  string // YAML keys beside drain; see drain
	drain   string // "": 1s
	qualify string // "": none
	media   string // YAML keys beside ports
	more    string // further top-level keys
	ip      string // "": the .1 of the test's subnet
	port    int    // of SIP; 0: 5060
	listen  string // YAML: sip.listen and what goes with it, IP standing for the address; "": UDP and TCP
	secure  bool   // softphones speak TLS, to port 5061
	file    string // the whole file; "": made of the rest
}

// people can register; their passwords are their names twice.
const people = `
  - {extension: "101", name: Alice, password: alicealice, outside: true}
  - {extension: "102", name: Bob, password: bobbobbob}
  - {extension: "103", name: Carol, password: carolcarol}`

const toSales = `
  - {number: "+15551000", to: group:sales}`

// yaml is the configuration file of a program that listens at ip, with the trunk at trunk and its records in folder.
func (p plan) yaml(ip, trunk, folder string) string {
	if p.file != "" {
		return p.file
	}
	host := bracketed(ip)
	sip := fmt.Sprintf("%s:%d", host, or(p.port, 5060))
	return fmt.Sprintf(`sip:
  listen: %[1]s
  domain: ringtide.local
  qualify: %[2]s
media: {ports: 20000-20999, %[3]s}
store: {path: %[4]q}
web: {listen: "%[5]s:0"}
users:%[6]s
trunks:
  - {name: carrier, peers: [%[7]q], uri: "sip:%[8]s"}
outbound: {trunk: carrier}
numbers:%[9]s
groups:%[10]s
limits: {drain: %[11]s, %[12]s}
%[13]s
`, or(strings.ReplaceAll(p.listen, "IP", host), fmt.Sprintf(`["udp://%[1]s", "tcp://%[1]s"]`, sip)), or(p.qualify, "0s"), p.media, folder, host, or(p.users, people), trunk, bracketed(trunk)+":5080",
		or(p.numbers, toSales), or(p.groups, twoInOrder), or(p.drain, "1s"), p.limits, p.more)
}

func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}
