package config

import "testing"

func TestChanged(t *testing.T) {
	before := mustParse(t, `
users:
  - {extension: "101", name: Alice, password: secret}
  - {extension: "102", name: Bob, password: secret}
  - {extension: "103", name: Carol, password: secret}
groups: [{name: sales, agents: ["101"]}]
blocked: ["+1555*"]
`)
	after := mustParse(t, `
sip: {listen: ["udp://127.0.0.1:5070"], qualify: 90s}
media: {ports: 30000-39999}
store: {path: elsewhere}
web: {listen: "127.0.0.1:8081"}
users:
  - {extension: "103", name: Carol, password: secret}
  - {extension: "101", name: Alicia, password: another, outside: true}
  - {extension: "104", password: secret}
groups: [{name: sales, agents: ["101", "104"], rings: 6, busy_wait: 0s, hold: {then: hang_up}}]
`)
	same(t, "changes", Changed(before, after), []string{
		"sip.listen: [udp://127.0.0.1:5060 tcp://127.0.0.1:5060] is now [udp://127.0.0.1:5070] (needs a restart)",
		"sip.qualify: 30s is now 1m30s",
		"media.ports: 20000-29999 is now 30000-39999 (needs a restart)",
		"store.path: data is now elsewhere (needs a restart)",
		"web.listen: 127.0.0.1:8080 is now 127.0.0.1:8081 (needs a restart)",
		"users[101].name: Alice is now Alicia",
		"users[101].password: changed",
		"users[101].outside: false is now true",
		"users[102]: removed",
		"users[104]: added",
		"users: in another order",
		"groups[sales].agents: [101] is now [101 104]",
		"groups[sales].rings: 4 is now 6",
		`groups[sales].busy_wait: "" is now 0s`,
		"groups[sales].hold.then: voicemail is now hang_up",
		"blocked: [+1555*] is now []",
	})
	same(t, "changes of nothing", Changed(before, before), nil)
}

// The same number may stand there for several trunks.
func TestChangedWithEqualNames(t *testing.T) {
	const trunks = `trunks: [{name: a, uri: "sip:192.0.2.1"}, {name: b, uri: "sip:192.0.2.2"}]` + "\n"
	before := mustParse(t, trunks+`numbers: [{number: "1", trunk: a, to: hang_up}, {number: "1", trunk: b, to: hang_up}]`)
	after := mustParse(t, trunks+`numbers: [{number: "1", trunk: a, to: hang_up}, {number: "1", trunk: b, to: hang_up, music: silence}]`)
	same(t, "changes", Changed(before, after), []string{"numbers[1 #2].music: default is now silence"})
}

// A new password behind the same name is a change too.
func TestChangedSecretInTheEnvironment(t *testing.T) {
	const text = `users: [{extension: "101", password_env: RINGTIDE_TEST_PASSWORD}]`
	t.Setenv("RINGTIDE_TEST_PASSWORD", "before")
	before := mustParse(t, text)
	t.Setenv("RINGTIDE_TEST_PASSWORD", "after")
	same(t, "changes", Changed(before, mustParse(t, text)), []string{"users[101].password: changed"})
}
