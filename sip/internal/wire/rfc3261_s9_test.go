package wire

import (
	"strings"
	"testing"
	"time"
)

// Section 9.1: before a 1xx the CANCEL waits, and goes out with the first.
func TestCancelWaitsForProvisional(t *testing.T) {
	inBed(t, Config{}, func(b *bed) {
		tx, n := b.call(INVITE, ClientOptions{})
		invite := b.packets()[0].Data
		tx.Cancel(NewHeader("Reason", `SIP;cause=200;text="Call completed elsewhere"`))
		b.wait(time.Second)
		b.expect(b.heard(), "INVITE")
		b.say(reply(invite, 100, ""))
		out := b.packets()
		if len(out) != 1 {
			t.Fatalf("%v", out)
		}
		cancel := string(out[0].Data)
		for _, part := range []string{"CANCEL sip:bob@198.51.100.7:5062 SIP/2.0\r\n", tx.Request().Via().String(), "CSeq: 7 CANCEL", "Reason: SIP;cause=200;"} {
			if !strings.Contains(cancel, part) {
				t.Errorf("CANCEL without %q:\n%s", part, cancel)
			}
		}
		tx.Cancel()
		b.say(reply(out[0].Data, 200, "t"))
		b.say(reply(invite, 487, "t"))
		b.expect(b.heard(), "ACK")
		b.wait(time.Minute)
		b.expect(n.list(), "100", "487", "ended")
	})
}

// After a 1xx it goes out at once, and is repeated as a request of its own.
func TestCancelAtOnce(t *testing.T) {
	inBed(t, Config{}, func(b *bed) {
		tx, n := b.call(INVITE, ClientOptions{})
		b.say(reply(b.packets()[0].Data, 180, "t"))
		b.wait(time.Second)
		tx.Cancel()
		b.wait(time.Second)
		b.expect(b.times(), "1s CANCEL", "1.5s CANCEL")
		// Section 9.1: no final response 64*T1 after the CANCEL.
		b.wait(32 * time.Second)
		b.expect(n.list(), "180", timedOut, "ended")
	})
}

// A handler may cancel from inside.
func TestCancelInsideHandler(t *testing.T) {
	inBed(t, Config{}, func(b *bed) {
		flow, _ := b.stack.Route("UDP", peerAddr)
		var tx *ClientTx
		tx, err := b.stack.Request(outgoing(INVITE), flow, ClientHandler{Response: func(*Response) { tx.Cancel() }}, ClientOptions{})
		if err != nil {
			t.Fatal(err)
		}
		b.say(reply(b.packets()[0].Data, 180, "t"))
		b.expect(b.heard(), "CANCEL")
	})
}

// The 200 crosses the CANCEL: it comes up, to be given ACK and BYE.
func TestAnswerCrossesCancel(t *testing.T) {
	inBed(t, Config{}, func(b *bed) {
		tx, n := b.call(INVITE, ClientOptions{})
		invite := b.packets()[0].Data
		b.say(reply(invite, 180, "t"))
		tx.Cancel()
		b.say(reply(invite, 200, "t"))
		b.expect(b.heard(), "CANCEL")
		b.expect(n.list(), "180", "200")
	})
}

func TestCancelAfterFinal(t *testing.T) {
	inBed(t, Config{}, func(b *bed) {
		tx, _ := b.call(INVITE, ClientOptions{})
		b.say(reply(b.packets()[0].Data, 486, "t"))
		tx.Cancel()
		b.wait(time.Second)
		b.expect(b.heard(), "ACK")
	})
}

// Section 9.2: 200 to every copy of the CANCEL, with the To tag of the INVITE's responses; the receiver says 487.
func TestServerCancel(t *testing.T) {
	var tx *ServerTx
	cancels := 0
	h := Handler{Request: func(t *ServerTx) {
		tx = t
		t.OnCancel(func(*Request) {
			cancels++
			t.Respond(tagged(t, 487))
		})
		t.Respond(tagged(t, 180))
	}}
	inBed(t, Config{Handler: h}, func(b *bed) {
		b.say(request("INVITE", "1", ""))
		b.expect(b.heard(), "180")
		b.say(request("CANCEL", "1", ""))
		b.say(request("CANCEL", "1", ""))
		b.expect(b.heard(), "200", "487", "200")
		for _, p := range b.net.Tape() {
			if p.From == ourAddr && !strings.Contains(string(p.Data), ";tag=us") {
				t.Errorf("%s", p.Data)
			}
		}
		if cancels != 1 {
			t.Error(cancels)
		}
		// An answer that comes too late.
		if tx.Respond(tagged(tx, 200)) == nil {
			t.Error("200 was taken after 487")
		}
		b.wait(time.Second)
		b.expect(b.heard(), "487")
	})
}

// A CANCEL before anybody asked to be told.
func TestCancelBeforeOnCancel(t *testing.T) {
	var tx *ServerTx
	inBed(t, Config{Handler: Handler{Request: func(t *ServerTx) { tx = t }}}, func(b *bed) {
		b.say(request("INVITE", "1", ""))
		b.say(request("CANCEL", "1", ""))
		told := false
		tx.OnCancel(func(req *Request) { told = req.Method == CANCEL })
		if !told {
			t.Error("not told")
		}
		b.expect(b.heard(), "100", "200")
	})
}

// A CANCEL after the answer is answered and has no effect.
func TestServerCancelAfterAnswer(t *testing.T) {
	told := false
	h := Handler{Request: func(t *ServerTx) {
		t.OnCancel(func(*Request) { told = true })
		t.Respond(tagged(t, 200))
	}}
	inBed(t, Config{Handler: h}, func(b *bed) {
		b.say(request("INVITE", "1", ""))
		b.say(request("CANCEL", "1", ""))
		b.expect(b.heard(), "200", "200")
		if told {
			t.Error("told")
		}
	})
}

// From somewhere else, or for nothing, it is a request like others.
func TestStrangersCancel(t *testing.T) {
	told := false
	h := Handler{Request: func(t *ServerTx) {
		t.OnCancel(func(*Request) { told = true })
		if t.Request().Method == CANCEL {
			t.Respond(tagged(t, 481))
		}
	}}
	inBed(t, Config{Handler: h}, func(b *bed) {
		b.say(request("INVITE", "1", ""))
		stranger := b.socket(addrPort("203.0.113.9:5062"))
		defer stranger.Close()
		b.sayFrom(stranger, request("CANCEL", "1", ""))
		b.say(request("CANCEL", "9", ""))
		b.expect(b.heard(), "100", "481", "481")
		if told {
			t.Error("a stranger cancelled the call")
		}
	})
}
