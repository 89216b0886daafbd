package wire

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

var timedOut = "failed: " + ErrTimeout.Error()

// Section 17.1.1.2: timers A and B.
func TestInviteRepeatsAndTimesOut(t *testing.T) {
	inBed(t, Config{}, func(b *bed) {
		_, n := b.call(INVITE, ClientOptions{})
		b.wait(31900 * time.Millisecond)
		b.expect(b.times(), "0s INVITE", "500ms INVITE", "1.5s INVITE", "3.5s INVITE", "7.5s INVITE", "15.5s INVITE", "31.5s INVITE")
		b.expect(n.list())
		b.wait(200 * time.Millisecond)
		b.expect(n.list(), timedOut, "ended")
	})
}

// Section 17.1.1.2: a 1xx stops both.
func TestProvisionalStopsTimersAAndB(t *testing.T) {
	inBed(t, Config{}, func(b *bed) {
		_, n := b.call(INVITE, ClientOptions{})
		b.say(reply(b.packets()[0].Data, 180, "t"))
		b.wait(5 * time.Minute)
		b.expect(b.times())
		b.expect(n.list(), "180")
	})
}

// Section 17.1.1.3: the ACK for 486, and for its copies, until timer D.
func TestRefusedInviteIsAcked(t *testing.T) {
	inBed(t, Config{}, func(b *bed) {
		tx, n := b.call(INVITE, ClientOptions{})
		invite := b.packets()[0].Data
		busy := reply(invite, 486, "t")
		b.say(busy)
		ack := b.packets()
		if len(ack) != 1 || !bytes.HasPrefix(ack[0].Data, []byte("ACK sip:bob@198.51.100.7:5062 SIP/2.0")) {
			t.Fatalf("%v", ack)
		}
		text := string(ack[0].Data)
		for _, part := range []string{"CSeq: 7 ACK", ";tag=t", tx.Request().Via().String()} {
			if !strings.Contains(text, part) {
				t.Errorf("ACK without %q:\n%s", part, text)
			}
		}
		b.say(busy)
		b.wait(31 * time.Second)
		b.say(busy)
		b.expect(b.heard(), "ACK", "ACK")
		b.expect(n.list(), "486")
		b.wait(2 * time.Second)
		b.say(busy)
		b.expect(b.heard())
		b.expect(n.list(), "486", "ended")
	})
}

// Section 17.1.2.2: timers E and F.
func TestOtherRequestRepeatsAndTimesOut(t *testing.T) {
	inBed(t, Config{}, func(b *bed) {
		_, n := b.call(OPTIONS, ClientOptions{})
		b.wait(40 * time.Second)
		b.expect(b.times(), "0s OPTIONS", "500ms OPTIONS", "1.5s OPTIONS", "3.5s OPTIONS", "7.5s OPTIONS", "11.5s OPTIONS",
			"15.5s OPTIONS", "19.5s OPTIONS", "23.5s OPTIONS", "27.5s OPTIONS", "31.5s OPTIONS")
		b.expect(n.list(), timedOut, "ended")
	})
}

// Section 17.1.2.2: after a 1xx timer E is T2; timer K absorbs copies.
func TestOtherRequestProceeds(t *testing.T) {
	inBed(t, Config{}, func(b *bed) {
		_, n := b.call(OPTIONS, ClientOptions{})
		first := b.packets()[0].Data
		b.say(reply(first, 100, ""))
		b.wait(9 * time.Second)
		b.expect(b.times(), "4s OPTIONS", "8s OPTIONS")
		b.say(reply(first, 200, "t"))
		b.say(reply(first, 200, "t"))
		b.expect(n.list(), "100", "200")
		b.wait(5 * time.Second)
		b.expect(n.list(), "100", "200", "ended")
		if s := b.stack.Stats(); s.Clients != 0 || s.Dropped != 0 {
			t.Errorf("%+v", s)
		}
	})
}

// T1 of one peer.
func TestOwnT1(t *testing.T) {
	inBed(t, Config{}, func(b *bed) {
		_, n := b.call(INVITE, ClientOptions{T1: 100 * time.Millisecond})
		b.wait(time.Second)
		b.expect(b.times(), "0s INVITE", "100ms INVITE", "300ms INVITE", "700ms INVITE")
		b.wait(6 * time.Second)
		b.expect(n.list(), timedOut, "ended")
	})
}

// ErrSilent comes early, and what the peer says late is undone: a 1xx by CANCEL.
func TestSilence(t *testing.T) {
	inBed(t, Config{}, func(b *bed) {
		tx, n := b.call(INVITE, ClientOptions{Silence: 4 * time.Second})
		b.wait(5 * time.Second)
		b.expect(b.heard(), "INVITE", "INVITE", "INVITE", "INVITE")
		b.expect(n.list(), "failed: "+ErrSilent.Error())
		tx.Cancel() // there is nothing left to cancel
		b.wait(10 * time.Second)
		invite := b.net.Tape()[0].Data
		b.say(reply(invite, 180, "t"))
		cancel := b.packets()
		if len(cancel) != 1 || short(cancel[0].Data) != "CANCEL" {
			t.Fatalf("%v", cancel)
		}
		b.say(reply(cancel[0].Data, 200, "t"))
		b.say(reply(invite, 487, "t"))
		b.expect(b.heard(), "ACK")
		b.wait(33 * time.Second)
		b.expect(n.list(), "failed: "+ErrSilent.Error(), "ended")
	})
}

// … and a 2xx by the ACK and BYE of who is told.
func TestSilenceThenAnswer(t *testing.T) {
	inBed(t, Config{}, func(b *bed) {
		_, n := b.call(INVITE, ClientOptions{Silence: 4 * time.Second})
		b.wait(20 * time.Second)
		b.say(reply(b.net.Tape()[0].Data, 200, "t"))
		b.wait(65 * time.Second)
		b.expect(n.list(), "failed: "+ErrSilent.Error(), "200", "ended")
	})
}

func TestSignOfLifeEndsSilence(t *testing.T) {
	inBed(t, Config{}, func(b *bed) {
		_, n := b.call(INVITE, ClientOptions{Silence: 4 * time.Second})
		b.say(reply(b.packets()[0].Data, 100, ""))
		b.wait(time.Minute)
		b.expect(n.list(), "100")
		_, n = b.call(OPTIONS, ClientOptions{Silence: 4 * time.Second})
		b.wait(5 * time.Second)
		b.expect(n.list(), "failed: "+ErrSilent.Error(), "ended")
	})
}

func TestOnlyInvitesAreCancelled(t *testing.T) {
	inBed(t, Config{}, func(b *bed) {
		tx, n := b.call(OPTIONS, ClientOptions{})
		options := b.packets()[0].Data
		tx.Cancel()
		b.expect(b.heard())
		b.say(reply(options, 200, "t"))
		b.wait(6 * time.Second)
		b.expect(n.list(), "200", "ended")
	})
}

// Section 17.2.1: 100 at once, timers G, H and I, absorption of copies.
func TestServerInviteRefused(t *testing.T) {
	var tx *ServerTx
	count := 0
	h := Handler{Request: func(t *ServerTx) { tx = t; count++ }}
	inBed(t, Config{Handler: h}, func(b *bed) {
		invite := request("INVITE", "1", "")
		b.say(invite)
		b.say(invite)
		b.expect(b.heard(), "100", "100")
		tx.Respond(tagged(tx, 180))
		b.say(invite)
		b.expect(b.heard(), "180", "180")
		b.wait(time.Second)
		if err := tx.Respond(tagged(tx, 486)); err != nil {
			t.Fatal(err)
		}
		b.say(invite)
		b.wait(12 * time.Second)
		b.expect(b.times(), "1s 486", "1s 486", "1.5s 486", "2.5s 486", "4.5s 486", "8.5s 486", "12.5s 486")
		b.say(request("ACK", "1", ""))
		b.say(invite)
		b.say(request("ACK", "1", ""))
		b.wait(4900 * time.Millisecond)
		b.expect(b.heard())
		if b.stack.Stats().Servers != 1 {
			t.Error("timer I is too short")
		}
		b.wait(200 * time.Millisecond)
		if b.stack.Stats().Servers != 0 || count != 1 {
			t.Error("timer I does not end it", count)
		}
	})
}

// Section 17.2.1: without an ACK timer H ends it.
func TestServerInviteUnacked(t *testing.T) {
	h := Handler{Request: func(t *ServerTx) { t.Respond(tagged(t, 404)) }}
	inBed(t, Config{Handler: h}, func(b *bed) {
		b.say(request("INVITE", "1", ""))
		b.wait(31 * time.Second)
		if got := len(b.heard()); got != 10 || b.stack.Stats().Servers != 1 {
			t.Error(got, b.stack.Stats().Servers)
		}
		b.wait(2 * time.Second)
		b.expect(b.heard(), "404")
		if b.stack.Stats().Servers != 0 {
			t.Error("timer H does not end it")
		}
	})
}

// Section 17.2.2: copies get the last response until timer J; RFC 4320: no 100.
func TestServerOther(t *testing.T) {
	var tx *ServerTx
	h := Handler{Request: func(t *ServerTx) { tx = t }}
	inBed(t, Config{Handler: h}, func(b *bed) {
		options := request("OPTIONS", "1", "")
		b.say(options)
		b.say(options)
		b.expect(b.heard())
		tx.Respond(tagged(tx, 200))
		b.say(options)
		b.wait(31 * time.Second)
		b.say(options)
		b.expect(b.heard(), "200", "200", "200")
		if err := tx.Respond(tagged(tx, 200)); err == nil {
			t.Error("a second final response was taken")
		}
		b.wait(2 * time.Second)
		if b.stack.Stats().Servers != 0 {
			t.Error("timer J does not end it")
		}
	})
}

// A request nobody answers does not stay.
func TestServerUnanswered(t *testing.T) {
	inBed(t, Config{Handler: Handler{Request: func(*ServerTx) {}}}, func(b *bed) {
		b.say(request("OPTIONS", "1", ""))
		b.wait(33 * time.Second)
		if b.stack.Stats().Servers != 0 {
			t.Error("it stays")
		}
	})
}

// Section 17.2.3: RFC 2543 clients have no branch, and badly made ones the same branch in two calls.
func TestServerMatching(t *testing.T) {
	count := 0
	inBed(t, Config{Handler: Handler{Request: func(tx *ServerTx) { count++; tx.Respond(tagged(tx, 486)) }}}, func(b *bed) {
		old := strings.Replace(request("INVITE", "1", ""), ";branch=z9hG4bK1", "", 1)
		b.say(old)
		b.say(old)
		b.expect(b.heard(), "486", "486")
		b.say(strings.Replace(request("ACK", "1", ""), ";branch=z9hG4bK1", "", 1))
		b.wait(time.Second)
		b.expect(b.heard())
		b.say(request("OPTIONS", "2", ""))
		b.say(strings.Replace(request("OPTIONS", "2", ""), "Call-ID: call-2", "Call-ID: other", 1))
		b.expect(b.heard(), "486", "486")
		if count != 3 {
			t.Error(count)
		}
	})
}

// Names as long as a line allows take no more room in the table than others.
func TestLongNames(t *testing.T) {
	count := 0
	inBed(t, Config{Handler: Handler{Request: func(tx *ServerTx) { count++; tx.Respond(tagged(tx, 486)) }}}, func(b *bed) {
		long := strings.Repeat("x", 8000)
		b.say(request("INVITE", long, ""))
		b.say(request("INVITE", long+"y", ""))
		b.say(request("INVITE", long, ""))
		b.say(request("ACK", long, ""))
		b.expect(b.heard(), "486", "486", "486")
		for key := range b.stack.servers {
			if len(key) > maxKey {
				t.Error(len(key))
			}
		}
		if count != 2 {
			t.Error(count)
		}
	})
}
