package wire

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

var viaTCP = strings.NewReplacer("SIP/2.0/UDP", "SIP/2.0/TCP")

func overTCP(method, branch, more string) string {
	return viaTCP.Replace(request(method, branch, more))
}

// answerAll answers everything with 200 and notes the methods and closed flows.
func answerAll(n *notes) Handler {
	return Handler{
		Request: func(tx *ServerTx) {
			n.add(string(tx.Request().Method), nil)
			tx.Respond(tagged(tx, 200))
		},
		Ack:    func(*Request, Flow) { n.add("ACK", nil) },
		Closed: func(Flow) { n.add("closed", nil) },
	}
}

// Section 18.3: a message is complete when its body is, whatever the pieces it comes in; several may come in one.
func TestStreamFraming(t *testing.T) {
	overStreams(t, func(t *testing.T, inBed bedding) {
		for _, size := range []int{1, 2, 3, 50, 100000} {
			got := &notes{}
			inBed(t, Config{Handler: answerAll(got)}, func(b *bed) {
				c := b.connect()
				body := strings.Repeat("INVITE sip:x SIP/2.0\r\n\r\n", 20)
				message := strings.Replace(overTCP("MESSAGE", "1", ""), "Content-Length: 0\n\n", fmt.Sprintf("Content-Length: %d\n\n", len(body)), 1)
				all := "\r\n" + crlf(message) + body + crlf(overTCP("ACK", "2", "")) + crlf(overTCP("BYE", "3", "")) + "\r\n\r\n"
				for part := range chunks([]byte(all), size) {
					c.c.Write(part)
					if size < 50 {
						synctest.Wait()
					}
				}
				b.expect(c.heard(), "200", "200")
				if !bytes.HasSuffix(c.buf, []byte("\r\n\r\n\r\n")) {
					t.Errorf("no pong: %q", c.buf)
				}
				b.expect(got.list(), "MESSAGE", "ACK", "BYE")
				if c.ended {
					t.Error("closed")
				}
			})
		}
	})
}

// RFC 5626 section 4.4.1.
func TestPing(t *testing.T) {
	overStreams(t, func(t *testing.T, inBed bedding) {
		got := &notes{}
		inBed(t, Config{Handler: answerAll(got)}, func(b *bed) {
			c := b.connect()
			c.write([]byte("\r\n"))
			if raw := c.raw(); len(raw) != 0 {
				t.Errorf("%q", raw)
			}
			c.write([]byte("\r\n\r\n"))
			c.write([]byte("\r\n"))
			if raw := c.raw(); string(raw) != "\r\n\r\n" {
				t.Errorf("%q", raw)
			}
			c.say(overTCP("OPTIONS", "1", ""))
			b.expect(c.heard(), "200")
		})
	})
}

func TestNotSIPIsClosedAtOnce(t *testing.T) {
	overStreams(t, func(t *testing.T, inBed bedding) {
		for _, text := range []string{"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "\x16\x03\x01\x02\x00", "\x00", "{\"a\":1}", "INVITE sip:a HTTP/1.1\r\n",
			"SSH-2.0-x\r\n", strings.Repeat("A", 9000)} {
			inBed(t, Config{}, func(b *bed) {
				c := b.connect()
				c.write([]byte(text))
				if c.heard(); !c.ended {
					t.Errorf("%.20q: still open", text)
				}
			})
		}
	})
}

// What is wrong with one message does not end the stream, if its length is known.
func TestStreamGoesOnAfterRefusal(t *testing.T) {
	overStreams(t, func(t *testing.T, inBed bedding) {
		got := &notes{}
		inBed(t, Config{Handler: answerAll(got)}, func(b *bed) {
			c := b.connect()
			refused := strings.Replace(overTCP("MESSAGE", "1", ""), "Content-Length: 0\n\n", "Content-Length: 5\n\nhello", 1)
			c.say(strings.Replace(refused, "Call-ID", "X", 1) + overTCP("OPTIONS", "2", ""))
			b.expect(c.heard(), "400", "200")
			if c.ended {
				t.Error("closed")
			}
			c.say(strings.Replace(refused, "Length: 5", "Length: 4000000000", 1))
			b.expect(c.heard(), "413")
			if !c.ended {
				t.Error("still open")
			}
			c = b.connect()
			lines := strings.Repeat("X: "+strings.Repeat("x", 7000)+"\n", 9)
			c.say(strings.Replace(overTCP("MESSAGE", "3", lines), "Length: 0", "Length: 9000", 1))
			b.expect(c.heard(), "513")
			if !c.ended {
				t.Error("still open")
			}
			b.expect(got.list(), "OPTIONS", "closed", "closed")
		})
	})
}

// A header that takes longer than 10 s, a message that takes longer than 20 s.
func TestSlowSenders(t *testing.T) {
	overStreams(t, func(t *testing.T, inBed bedding) {
		for _, c := range []struct {
			text string
			open time.Duration
		}{
			{"OPTIONS sip:a@h SIP/2.0\nVia: SIP/2.0/TCP h\n", headTime},
			{strings.Replace(overTCP("MESSAGE", "1", ""), "Length: 0", "Length: 500", 1), wholeTime},
			{"", idleTime},
			{"\n", idleTime},
		} {
			got := &notes{}
			inBed(t, Config{Handler: answerAll(got)}, func(b *bed) {
				w := b.connect()
				if c.text != "" {
					w.say(c.text)
				}
				trickle := time.NewTicker(time.Second)
				defer trickle.Stop()
				for range int(c.open/time.Second) - 1 {
					<-trickle.C
					if len(c.text) > 1 {
						w.c.Write([]byte("x"))
					}
				}
				if w.heard(); w.ended {
					t.Errorf("%.20q: closed too early", c.text)
				}
				b.wait(2 * time.Second)
				if w.heard(); !w.ended {
					t.Errorf("%.20q: still open after %v", c.text, c.open)
				}
				b.expect(got.list(), "closed")
				if n := b.stack.Stats().Conns; n != 0 {
					t.Error(n)
				}
			})
		}
	})
}

// A registered connection may be idle; when it is no more, 60 s.
func TestKeep(t *testing.T) {
	overStreams(t, func(t *testing.T, inBed bedding) {
		var flow Flow
		h := Handler{Request: func(tx *ServerTx) { flow = tx.Flow(); tx.Respond(tagged(tx, 200)) }}
		inBed(t, Config{Handler: h}, func(b *bed) {
			c := b.connect()
			c.say(overTCP("REGISTER", "1", ""))
			b.stack.Keep(flow, true)
			b.wait(time.Hour)
			if c.heard(); c.ended {
				t.Fatal("a registered connection was closed")
			}
			b.stack.Keep(flow, false)
			b.wait(59 * time.Second)
			if c.heard(); c.ended {
				t.Fatal("closed too early")
			}
			b.wait(2 * time.Second)
			if c.heard(); !c.ended {
				t.Fatal("still open")
			}
		})
	})
}

// Section 18.2.2: a call that rings for long keeps its way back.
func TestRingingKeepsConnection(t *testing.T) {
	overStreams(t, func(t *testing.T, inBed bedding) {
		var tx *ServerTx
		inBed(t, Config{Handler: Handler{Request: func(t *ServerTx) { tx = t }}}, func(b *bed) {
			c := b.connect()
			c.say(overTCP("INVITE", "1", ""))
			b.wait(10 * time.Minute)
			if err := tx.Respond(tagged(tx, 200)); err != nil {
				t.Fatal(err)
			}
			b.expect(c.heard(), "200")
			b.wait(3 * time.Minute)
			if c.heard(); !c.ended {
				t.Error("still open")
			}
		})
	})
}

// Section 18.2.2: if the way back is closed, to where the sender listens.
func TestAnswerOnNewConnection(t *testing.T) {
	overStreams(t, func(t *testing.T, inBed bedding) {
		var tx *ServerTx
		inBed(t, Config{Handler: Handler{Request: func(t *ServerTx) { tx = t }}}, func(b *bed) {
			c := b.connect()
			c.say(overTCP("INVITE", "1", ""))
			c.c.Close()
			l, err := b.net.Listen(peerAddr) // the port of its Via
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			synctest.Wait()
			if err := tx.Respond(tagged(tx, 200)); err != nil {
				t.Fatal(err)
			}
			w := b.accepts(l)
			b.expect(w.heard(), "200")
		})
	})
}

// A peer that does not read blocks nobody: its queue overflows or its write times out, and it is closed.
func TestSlowReader(t *testing.T) {
	overStreams(t, func(t *testing.T, inBed bedding) {
		got := &notes{}
		inBed(t, Config{Handler: answerAll(got)}, func(b *bed) {
			c := b.connect()
			padding := "X: " + strings.Repeat("x", 7000) + "\n"
			for i := range 300 {
				c.c.Write([]byte(crlf(overTCP("OPTIONS", fmt.Sprint(i), "Record-Route: <sip:"+strings.Repeat("r", 5000)+">\n"+padding))))
			}
			b.say(request("OPTIONS", "udp", ""))
			b.expect(b.heard(), "200")
			b.wait(6 * time.Second)
			if n := b.stack.Stats().Conns; n != 0 {
				t.Error("still connected")
			}
		})
	})
}

func TestQueueOverflow(t *testing.T) {
	overStreams(t, func(t *testing.T, inBed bedding) {
		var flow Flow
		closed := 0
		h := Handler{Request: func(tx *ServerTx) { flow = tx.Flow(); tx.Respond(tagged(tx, 200)) }, Closed: func(Flow) { closed++ }}
		inBed(t, Config{Handler: h}, func(b *bed) {
			c := b.connect()
			c.say(overTCP("OPTIONS", "1", ""))
			big := NewHeader("X", strings.Repeat("x", 60000))
			var err error
			for i := 0; err == nil && i < 1000; i++ {
				req := outgoing(INFO)
				req.AppendHeader(big)
				_, err = b.stack.Request(req, flow, ClientHandler{}, ClientOptions{})
			}
			if !errors.Is(err, ErrClosed) {
				t.Error(err)
			}
			synctest.Wait()
			if closed != 1 || b.stack.Stats().Clients != 0 {
				t.Errorf("%d %+v", closed, b.stack.Stats())
			}
		})
	})
}

// Requests go out on the connection they are meant for, and fail with it.
func TestConnectionCloses(t *testing.T) {
	overStreams(t, func(t *testing.T, inBed bedding) {
		var flow Flow
		h := Handler{Request: func(tx *ServerTx) { flow = tx.Flow(); tx.Respond(tagged(tx, 200)) }}
		inBed(t, Config{Handler: h}, func(b *bed) {
			c := b.connect()
			c.say(overTCP("REGISTER", "1", ""))
			c.heard()
			n := &notes{}
			if _, err := b.stack.Request(outgoing(INVITE), flow, n.handler(), ClientOptions{}); err != nil {
				t.Fatal(err)
			}
			b.wait(time.Second)
			b.expect(c.heard(), "INVITE") // once: TCP does not lose
			if !strings.Contains(string(c.buf), "Via: SIP/2.0/"+strings.ToUpper(b.stream)+" 192.0.2.1:5060;branch=z9hG4bK") {
				t.Errorf("%s", c.buf)
			}
			c.c.Close()
			synctest.Wait()
			b.expect(n.list(), "failed: "+ErrClosed.Error(), "ended")
			if _, err := b.stack.Request(outgoing(INVITE), flow, n.handler(), ClientOptions{}); !errors.Is(err, ErrClosed) {
				t.Error(err)
			}
		})
	})
}

// A connection is made when needed, used again, and requests on it are answered on it.
func TestDialling(t *testing.T) {
	overStreams(t, func(t *testing.T, inBed bedding) {
		got := &notes{}
		inBed(t, Config{Handler: answerAll(got)}, func(b *bed) {
			b.connect().c.Close()
			l, err := b.net.Listen(peerAddr)
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			flow, err := b.stack.Route(b.stream, peerAddr)
			if err != nil {
				t.Fatal(err)
			}
			n := &notes{}
			b.stack.Request(outgoing(OPTIONS), flow, n.handler(), ClientOptions{})
			b.stack.Request(outgoing(INVITE), flow, n.handler(), ClientOptions{})
			w := b.accepts(l)
			b.expect(w.heard(), "OPTIONS", "INVITE")
			first, _, _ := bytes.Cut(w.buf, []byte("\r\n\r\n"))
			w.say(reply(first, 200, "t"))
			b.expect(n.list(), "200", "ended") // timer K is zero
			w.say(overTCP("OPTIONS", "1", ""))
			b.expect(w.heard(), "200")

			// The next request after the connection is gone makes another one.
			w.c.Close()
			synctest.Wait()
			if _, err := b.stack.Request(outgoing(OPTIONS), flow, n.handler(), ClientOptions{}); err != nil {
				t.Fatal(err)
			}
			w = b.accepts(l)
			b.expect(w.heard(), "OPTIONS")
		})
	})
}

func TestDiallingFails(t *testing.T) {
	overStreams(t, func(t *testing.T, inBed bedding) {
		inBed(t, Config{}, func(b *bed) {
			b.connect().c.Close()
			flow, _ := b.stack.Route(b.stream, addrPort("203.0.113.9:5060"))
			n := &notes{}
			if _, err := b.stack.Request(outgoing(INVITE), flow, n.handler(), ClientOptions{}); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			if list := n.list(); len(list) != 2 || !strings.Contains(list[0], ErrUnreachable.Error()) || list[1] != "ended" {
				t.Errorf("%q", list)
			}
		})
	})
}

// Section 18.1.1: big requests go over TCP to who takes that, and over UDP if it does not after all.
func TestBigRequest(t *testing.T) {
	big := func() *Request {
		req := outgoing(INVITE)
		req.AppendHeader(NewHeader("X", strings.Repeat("x", 3000)))
		return req
	}
	inBed(t, Config{}, func(b *bed) {
		b.connect().c.Close()
		flow, _ := b.stack.Route("udp", peerAddr)
		b.stack.Request(big(), flow, ClientHandler{}, ClientOptions{})
		b.expect(b.heard(), "INVITE")

		n := &notes{}
		b.stack.Request(big(), flow, n.handler(), ClientOptions{TCPToo: true})
		b.wait(600 * time.Millisecond)
		b.packets() // of the first request
		invite := b.net.Tape()[1].Data
		if !bytes.Contains(invite, []byte("Via: SIP/2.0/UDP 192.0.2.1:5060;")) {
			t.Errorf("%s", invite)
		}
		b.say(reply(invite, 486, "t"))
		out := b.packets()
		if len(out) != 1 || !bytes.Contains(out[0].Data, []byte("Via: SIP/2.0/UDP 192.0.2.1:5060;")) {
			t.Errorf("%v", out)
		}
		b.expect(n.list(), "486")

		l, _ := b.net.Listen(peerAddr)
		defer l.Close()
		b.stack.Request(big(), flow, n.handler(), ClientOptions{TCPToo: true})
		conn, _ := l.Accept()
		defer conn.Close()
		w := &wired{b: b, c: conn}
		b.expect(w.heard(), "INVITE")
		if !bytes.Contains(w.buf, []byte("Via: SIP/2.0/TCP 192.0.2.1:5060;")) {
			t.Errorf("%s", w.buf)
		}
	})
}

// Responses of any size go where the request came from.
func TestBigResponse(t *testing.T) {
	h := Handler{Request: func(tx *ServerTx) {
		res := tagged(tx, 200)
		res.AppendHeader(NewHeader("X", strings.Repeat("x", 7000)))
		tx.Respond(res)
	}}
	inBed(t, Config{Handler: h}, func(b *bed) {
		b.say(request("OPTIONS", "1", ""))
		if p := b.packets(); len(p) != 1 || len(p[0].Data) < 7000 {
			t.Error(len(p))
		}
	})
}

func TestConnectionLimits(t *testing.T) {
	overStreams(t, func(t *testing.T, inBed bedding) {
		inBed(t, Config{ConnsPerIP: 3, MaxConns: 5}, func(b *bed) {
			open := func(from string) bool {
				c := b.connectFrom(netip.AddrPortFrom(netip.MustParseAddr(from), 0))
				c.heard()
				return !c.ended
			}
			var got []bool
			for _, from := range []string{"198.51.100.1", "198.51.100.1", "198.51.100.1", "198.51.100.1", "198.51.100.2", "198.51.100.3", "198.51.100.4"} {
				got = append(got, open(from))
			}
			if want := []bool{true, true, true, false, true, true, false}; !slices.Equal(got, want) {
				t.Error(got)
			}
			if s := b.stack.Stats(); s.ConnsRefused != 2 || s.Conns != 5 {
				t.Errorf("%+v", s)
			}
			b.wait(idleTime + time.Second)
			if !open("198.51.100.1") || b.stack.Stats().Conns != 1 {
				t.Errorf("%+v", b.stack.Stats())
			}
		})
	})
}

// Many registered phones share the address of an office.
func TestKeptConnectionsDoNotCount(t *testing.T) {
	overStreams(t, func(t *testing.T, inBed bedding) {
		var flows []Flow
		h := Handler{Request: func(tx *ServerTx) {
			flows = append(flows, tx.Flow())
			tx.Respond(NewResponse(tx.Request(), 200, ""))
		}}
		inBed(t, Config{ConnsPerIP: 2, MaxConns: 3, Handler: h}, func(b *bed) {
			open := func(from string) *wired {
				c := b.connectFrom(netip.AddrPortFrom(netip.MustParseAddr(from), 0))
				c.heard()
				return c
			}
			var office []*wired
			for i := range 6 {
				c := open("198.51.100.1")
				c.say(request("OPTIONS", strconv.Itoa(i), ""))
				if c.heard(); c.ended {
					t.Fatalf("phone %d is refused", i)
				}
				b.stack.Keep(flows[i], true)
				b.stack.Keep(flows[i], true)
				office = append(office, c)
			}
			b.stack.Keep(flows[0], false)
			if open("198.51.100.1").ended || !open("198.51.100.1").ended {
				t.Error("one that is not registered any more does not count")
			}
			if open("198.51.100.2").ended || !open("198.51.100.3").ended {
				t.Error("the limit in all does not hold")
			}
			for _, c := range office {
				c.c.Close()
			}
			b.wait(idleTime + time.Second)
			if t := &b.stack.conns; t.counted != 0 || len(t.perIP) != 0 || t.len() != 0 {
				b.t.Errorf("left: %d counted, %v, %d in all", t.counted, t.perIP, t.len())
			}
		})
	})
}

// Loopback is where proxies and tests live.
func TestLoopbackHasNoLimitOfItsOwn(t *testing.T) {
	overStreams(t, func(t *testing.T, inBed bedding) {
		inBed(t, Config{ConnsPerIP: 3}, func(b *bed) {
			for range 10 {
				b.connectFrom(addrPort("127.0.0.1:0"))
			}
			if n := b.stack.Stats().Conns; n != 10 {
				t.Error(n)
			}
		})
	})
}
