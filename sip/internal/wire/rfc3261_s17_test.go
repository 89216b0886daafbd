package wire

import (
	"testing"
	"time"
)

// Timers A and B: section 17.1.1.2.
func TestInviteRepeatsAndTimesOut(t *testing.T) {
	lie(t, Config{}, func(b *bed) {
		_, n := b.call(INVITE, ClientOptions{})
		b.wait(40 * time.Second)
		b.expect(b.times(), "0s INVITE", "500ms INVITE", "1.5s INVITE", "3.5s INVITE", "7.5s INVITE", "15.5s INVITE", "31.5s INVITE")
		b.expect(n.list, "failed: "+ErrTimeout.Error(), "ended")
	})
}

func TestServerInvite(t *testing.T) {
	var got *ServerTx
	acks := 0
	h := Handler{Request: func(tx *ServerTx) { got = tx }, Ack: func(*Request, Flow) { acks++ }}
	lie(t, Config{Handler: h}, func(b *bed) {
		b.say(request("INVITE", "1", ""))
		b.expect(b.heard(), "100")
		got.Respond(tagged(got, 180))
		got.Respond(tagged(got, 200))
		b.expect(b.heard(), "180", "200")
		b.say(request("ACK", "2", ""))
		b.say(request("BYE", "3", ""))
		got.Respond(tagged(got, 200))
		b.expect(b.heard(), "200")
		if acks != 1 {
			t.Fatal(acks)
		}
	})
}
