package app

import (
	"testing"

	"ringtide/config"
)

func TestPINsOfUsers(t *testing.T) {
	hashed, err := config.HashPIN("2580")
	if err != nil {
		t.Fatal(err)
	}
	var p pins
	p.reload([]config.User{{Extension: "101", PIN: "4711"}, {Extension: "102", PIN: hashed}, {Extension: "103"}})
	if p.verify("103") != nil || p.verify("sales") != nil {
		t.Error("a PIN from nowhere")
	}
	for mailbox, pin := range map[string]string{"101": "4711", "102": "2580"} {
		if check := p.verify(mailbox); check == nil || !check(pin) || check("0000") || check("") {
			t.Errorf("the PIN of %s is not checked", mailbox)
		}
	}
	before := p.verify("101")
	p.reload([]config.User{{Extension: "101", PIN: "4712"}})
	if !p.verify("101")("4712") || p.verify("101")("4711") || p.verify("102") != nil || !before("4711") {
		t.Error("a reload does not count")
	}
}
