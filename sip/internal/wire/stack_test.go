package wire

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// The door answers strangers without state: nothing is kept, nothing repeated (RFC 3261 section 26.3.2.4).
func TestDoor(t *testing.T) {
	reached := 0
	h := Handler{
		Door: func(req *Request, _ Flow) (*Response, bool) {
			switch req.From().Address.User {
			case "stranger":
				return NewResponse(req, 401, ""), false
			case "scanner":
				return nil, true
			}
			return nil, false
		},
		Request: func(tx *ServerTx) { reached++; tx.Respond(tagged(tx, 200)) },
	}
	inBed(t, Config{Handler: h}, func(b *bed) {
		for i := range 50 {
			b.say(strings.Replace(request("INVITE", fmt.Sprint(i), ""), "sip:a@", "sip:stranger@", 1))
			b.say(strings.Replace(request("INVITE", fmt.Sprint("s", i), ""), "sip:a@", "sip:scanner@", 1))
		}
		if got := len(b.heard()); got != 50 || b.stack.Stats().Servers != 0 {
			t.Error(got, b.stack.Stats())
		}
		b.wait(time.Minute)
		b.expect(b.heard())
		b.say(request("INVITE", "ok", ""))
		b.expect(b.heard(), "200")
		if reached != 1 {
			t.Error(reached)
		}
	})
}

// Above MaxTransactions new requests get 503; those of running dialogs come through for a while.
func TestOverload(t *testing.T) {
	inBed(t, Config{MaxTransactions: 4, Handler: Handler{Request: func(*ServerTx) {}}}, func(b *bed) {
		for i := range 6 {
			b.say(request("INVITE", fmt.Sprint(i), ""))
		}
		b.say(request("BYE", "bye1", ""))
		b.say(request("BYE", "bye2", ""))
		b.expect(b.heard(), "100", "100", "100", "100", "503", "503", "503")
		if s := b.stack.Stats(); s.Overload != 3 || s.Servers != 5 {
			t.Errorf("%+v", s)
		}
		if last := b.net.Tape(); !bytes.Contains(last[len(last)-1].Data, []byte("\r\nRetry-After: ")) {
			t.Error("no Retry-After")
		}
	})
}

// A full table makes room: requests that were answered a while ago go first, those just answered and undecided ones stay.
func TestOverloadMakesRoom(t *testing.T) {
	answers := func(tx *ServerTx) {
		if tx.Request().Method != INVITE {
			tx.Respond(tagged(tx, 200))
		}
	}
	inBed(t, Config{MaxTransactions: 3, Handler: Handler{Request: answers}}, func(b *bed) {
		b.say(request("INVITE", "rings", ""))
		b.say(request("REGISTER", "old", ""))
		b.wait(3 * time.Second)
		b.say(request("REGISTER", "young", ""))
		b.wait(500 * time.Millisecond)
		b.say(request("REGISTER", "another", ""))
		b.say(request("REGISTER", "toomany", ""))
		b.expect(b.heard(), "100", "200", "200", "200", "503")
		b.say(request("REGISTER", "young", "")) // a copy
		b.expect(b.heard(), "200")
		b.wait(33 * time.Second)
		b.say(request("REGISTER", "later", ""))
		b.expect(b.heard(), "200")
		if s := b.stack.Stats(); s.Overload != 1 || s.Servers != 2 || len(b.stack.absorbing.list)-b.stack.absorbing.trim != 1 {
			t.Errorf("%+v, absorbing %+v", s, b.stack.absorbing)
		}
	})
}

// A panic costs the message that caused it.
func TestPanics(t *testing.T) {
	h := Handler{
		Door: func(req *Request, _ Flow) (*Response, bool) {
			if req.Method == INFO {
				panic("door")
			}
			return nil, false
		},
		Request: func(tx *ServerTx) {
			if tx.Request().Method == MESSAGE {
				panic("request")
			}
			tx.Respond(tagged(tx, 200))
		},
		Ack: func(*Request, Flow) { panic("ack") },
	}
	inBed(t, Config{Handler: h}, func(b *bed) {
		b.say(request("INFO", "1", ""))
		b.say(request("MESSAGE", "2", ""))
		b.say(request("ACK", "3", ""))
		flow, _ := b.stack.Route("udp", peerAddr)
		b.stack.Request(outgoing(OPTIONS), flow, ClientHandler{Response: func(*Response) { panic("response") }}, ClientOptions{})
		out := b.packets()
		b.say(reply(out[len(out)-1].Data, 200, "t"))
		b.say(request("OPTIONS", "4", ""))
		b.expect([]string{short(out[0].Data), short(out[1].Data)}, "500", "500")
		b.expect(b.heard(), "200")
		if n := b.stack.Stats().Panics; n != 4 {
			t.Error(n)
		}
	})
}

// 183 and 200, ACK and BYE, in order of arrival.
func TestOrderOfArrival(t *testing.T) {
	var got []string
	h := Handler{
		Request: func(tx *ServerTx) { got = append(got, string(tx.Request().Method)); tx.Respond(tagged(tx, 200)) },
		Ack:     func(*Request, Flow) { got = append(got, "ACK") },
	}
	inBed(t, Config{Handler: h}, func(b *bed) {
		for i := range 200 {
			_, n := b.call(INVITE, ClientOptions{})
			out := b.packets()
			invite := out[len(out)-1].Data
			for _, code := range []int{100, 180, 183, 200} {
				b.peer.WriteToUDPAddrPort([]byte(crlf(reply(invite, code, "t"))), ourAddr)
			}
			b.peer.WriteToUDPAddrPort([]byte(crlf(request("ACK", fmt.Sprint("a", i), ""))), ourAddr)
			b.peer.WriteToUDPAddrPort([]byte(crlf(request("BYE", fmt.Sprint("b", i), ""))), ourAddr)
			synctest.Wait()
			b.expect(n.list(), "100", "180", "183", "200")
			b.expect(got, "ACK", "BYE")
			got = nil
		}
	})
}

func TestSeveralListeners(t *testing.T) {
	h := Handler{Request: func(tx *ServerTx) { tx.Respond(tagged(tx, 200)) }}
	second, six, sixPeer := addrPort("203.0.113.77:5080"), addrPort("[2001:db8::1]:5060"), addrPort("[2001:db8::7]:5060")
	inBed(t, Config{Handler: h, PublicIP: netip.MustParseAddr("203.0.113.1")}, func(b *bed) {
		b.serve(second)
		b.serve(six)
		p6 := b.socket(sixPeer)
		defer p6.Close()
		b.peer.WriteToUDPAddrPort([]byte(crlf(request("OPTIONS", "1", ""))), second)
		p6.WriteToUDPAddrPort([]byte(crlf(request("OPTIONS", "2", ""))), six)
		flow, err := b.stack.Route("udp", sixPeer)
		if err != nil || flow.Local != six {
			t.Fatal(flow, err)
		}
		tx, err := b.stack.Request(outgoing(OPTIONS), flow, ClientHandler{}, ClientOptions{})
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		var from []netip.AddrPort
		for _, p := range b.net.Tape() {
			if p.From != peerAddr && p.From != sixPeer {
				from = append(from, p.From)
			}
		}
		slices.SortFunc(from, netip.AddrPort.Compare)
		if !slices.Equal(from, []netip.AddrPort{second, six, six}) {
			t.Error(from)
		}
		if via := tx.Request().Via().Value(); !strings.HasPrefix(via, "SIP/2.0/UDP [2001:db8::1]:5060;") {
			t.Error(via)
		}
		four, _ := b.stack.Route("udp", peerAddr)
		if self := b.stack.Self(four); self.String() != "sip:203.0.113.1:5060" {
			t.Error(self.String())
		}
		if self := b.stack.Self(flow); self.String() != "sip:[2001:db8::1]:5060" {
			t.Error(self.String())
		}
		for _, c := range []struct {
			host string
			port int
			ours bool
		}{
			{"192.0.2.1", 5060, true}, {"192.0.2.1", 0, true}, {"192.0.2.1", 5080, false}, {"203.0.113.77", 5080, true}, {"203.0.113.1", 5080, true},
			{"203.0.113.1", 1, false}, {"[2001:db8::1]", 5060, true}, {"2001:db8::1", 5060, true}, {"198.51.100.7", 5060, false}, {"example.org", 5060, false},
		} {
			if got := b.stack.IsOurs(c.host, c.port); got != c.ours {
				t.Error(c, got)
			}
		}
		if _, err := b.stack.Route("tcp", peerAddr); !errors.Is(err, ErrUnreachable) {
			t.Error(err)
		}
	})
}

// Close tells the owners of what was still running.
func TestClose(t *testing.T) {
	inBed(t, Config{Handler: Handler{Request: func(*ServerTx) {}}}, func(b *bed) {
		_, n := b.call(INVITE, ClientOptions{})
		b.say(request("INVITE", "1", ""))
		b.stack.Close()
		b.expect(n.list(), "failed: "+ErrClosed.Error(), "ended")
		if s := b.stack.Stats(); s.Clients+s.Servers+s.Conns != 0 {
			t.Errorf("%+v", s)
		}
		if _, err := b.stack.Request(outgoing(OPTIONS), Flow{Transport: "udp", Local: ourAddr, Remote: peerAddr}, ClientHandler{}, ClientOptions{}); err == nil {
			t.Error("a closed stack sends")
		}
		if err := b.stack.ServeUDP(b.socket(addrPort("192.0.2.9:1"))); !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
	})
}

// Whatever text gets into a header, it stays one line.
func TestNothingIsInjected(t *testing.T) {
	inBed(t, Config{}, func(b *bed) {
		flow, _ := b.stack.Route("udp", peerAddr)
		req := outgoing(OPTIONS)
		req.AppendHeader(NewHeader("X\r\nY: ", "a\r\nContact: <sip:evil>\r\n\r\nv=0\x00"))
		if _, err := b.stack.Request(req, flow, ClientHandler{}, ClientOptions{}); err != nil {
			t.Fatal(err)
		}
		if sent := b.packets()[0].Data; !bytes.Contains(sent, []byte("\r\nXY: a  Contact: <sip:evil>    v=0 \r\n")) {
			t.Errorf("%s", sent)
		}
		for _, name := range []string{"a\r\nb", "a\nb", "a\rb", "a\x00b"} {
			req := outgoing(OPTIONS)
			req.From().DisplayName = name
			if _, err := b.stack.Request(req, flow, ClientHandler{}, ClientOptions{}); !errors.Is(err, errInjected) {
				t.Errorf("%q: %v", name, err)
			}
		}
		b.expect(b.heard())
	})
}

// One line a second, cut and quoted.
func TestLogOfMalformed(t *testing.T) {
	var out bytes.Buffer
	inBed(t, Config{Log: slog.New(slog.NewTextHandler(&out, nil))}, func(b *bed) {
		for range 100 {
			b.say("INVITE \x1b[31mevil" + strings.Repeat("x", 500) + " SIP/2.0\nVia: secret\n\n")
		}
		b.wait(2 * time.Second)
		b.say("junk\n")
		log := out.String()
		if strings.Count(log, "\n") != 2 || len(log) > 600 || strings.Contains(log, "secret") || strings.ContainsRune(log, 0x1b) || !strings.Contains(log, "not_logged=99") {
			t.Error(log)
		}
		if n := b.stack.Stats().Malformed; n != 101 {
			t.Error(n)
		}
	})
}
