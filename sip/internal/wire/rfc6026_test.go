package wire

import (
	"testing"
	"time"
)

// Section 7.1: after a 2xx copies of the INVITE are absorbed, the 2xx may be repeated, ACKs are the dialog's, timer L.
func TestServerAccepted(t *testing.T) {
	var tx *ServerTx
	acks := 0
	h := Handler{Request: func(t *ServerTx) { tx = t }, Ack: func(*Request, Flow) { acks++ }}
	inBed(t, Config{Handler: h}, func(b *bed) {
		invite := request("INVITE", "1", "")
		b.say(invite)
		tx.Respond(tagged(tx, 200))
		b.say(invite)
		b.expect(b.heard(), "100", "200")
		if err := tx.Respond(tagged(tx, 200)); err != nil {
			t.Error(err)
		}
		for _, code := range []int{180, 486, 487} {
			if tx.Respond(tagged(tx, code)) == nil {
				t.Error(code, "was taken after a 200")
			}
		}
		b.expect(b.heard(), "200")
		b.say(request("ACK", "2", ""))
		b.say(request("ACK", "1", "")) // old stacks use the INVITE's branch again
		if acks != 2 {
			t.Error(acks)
		}
		b.wait(31 * time.Second)
		if b.stack.Stats().Servers != 1 {
			t.Error("timer L is too short")
		}
		b.wait(2 * time.Second)
		if b.stack.Stats().Servers != 0 || tx.Respond(tagged(tx, 200)) == nil {
			t.Error("timer L does not end it")
		}
	})
}

// Section 7.2: further 2xx, repeated or of a fork, come up until timer M; nothing else does.
func TestClientAccepted(t *testing.T) {
	inBed(t, Config{}, func(b *bed) {
		tx, n := b.call(INVITE, ClientOptions{})
		invite := b.packets()[0].Data
		b.say(reply(invite, 200, "one"))
		b.say(reply(invite, 200, "one"))
		b.say(reply(invite, 200, "two"))
		if tag, _ := n.last.To().Params.Get("tag"); tag != "two" {
			t.Error(tag)
		}
		b.say(reply(invite, 183, "three"))
		b.say(reply(invite, 486, "three"))
		tx.Cancel()
		b.expect(b.heard())
		b.expect(n.list(), "200", "200", "200")
		b.wait(31 * time.Second)
		b.say(reply(invite, 200, "four"))
		b.wait(2 * time.Second)
		b.say(reply(invite, 200, "five"))
		b.expect(n.list(), "200", "200", "200", "200", "ended")
		if s := b.stack.Stats(); s.Dropped != 1 || s.Clients != 0 {
			t.Errorf("%+v", s)
		}
	})
}
