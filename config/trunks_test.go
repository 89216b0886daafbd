package config

import "testing"

func TestATrunkThatRegisters(t *testing.T) {
	c := mustParse(t, `
trunks:
  - {name: carrier, uri: "sip:192.0.2.1", peers: ["192.0.2.0/24"], register: true, username: "5550100", password: secret}
  - {name: other, uri: "sip:192.0.2.2"}
`)
	if got := c.SIP.Trunks[0]; !got.Register || got.Username != "5550100" || got.Password != "secret" {
		t.Errorf("%+v", got)
	}
	if c.SIP.Trunks[1].Register {
		t.Error("nobody wants the other one to register")
	}
}
