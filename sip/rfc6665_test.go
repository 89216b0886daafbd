package sip

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ringtide/internal/fakenet"
	"ringtide/internal/phone"
)

// RFC 6665: subscriptions, by the example of the lamp.

func lastsOf(t *testing.T, m string) time.Duration {
	t.Helper()
	n, err := strconv.Atoi(phone.Header(m, "Expires"))
	if err != nil {
		t.Errorf("no Expires in\n%s", m)
	}
	return time.Duration(n) * time.Second
}

func TestItem45_SubscribeIsGrantedAndTold(t *testing.T) {
	withLamps(t, fakenet.Options{}, func(o *office) {
		p := o.phone("203.0.113.5:5060")
		w := subscribes(t, p, "101", "Expires: 600", "Event: message-summary;id=7", "Record-Route: <sip:203.0.113.9;lr>")
		if d := lastsOf(t, w.said); phone.Code(w.said) != 200 || d > 600*time.Second || d < 540*time.Second ||
			phone.Header(w.said, "Contact") != "<sip:192.0.2.1:5060>" || phone.Header(w.said, "Record-Route") == "" {
			t.Errorf("answered:\n%s", w.said)
		}
		m := w.hears("2/1", "active;expires=5")
		if phone.Header(m, "Event") != "message-summary;id=7" || phone.Header(m, "Contact") != "<sip:192.0.2.1:5060>" ||
			phone.Header(m, "Route") != "<sip:203.0.113.9;lr>" || !strings.HasPrefix(m, "NOTIFY sip:101@203.0.113.5:5060 ") || phone.Seq(m) != 1 {
			t.Errorf("NOTIFY:\n%s", m)
		}
		if n := o.server.Stats().Subscriptions; n != 1 {
			t.Errorf("%d subscriptions", n)
		}
	})
}

func TestItem45_RefreshMovesThePhone(t *testing.T) {
	withLamps(t, fakenet.Options{}, func(o *office) {
		w := subscribes(t, o.phone("203.0.113.5:5060"), "101", "Expires: 100")
		w.hears("2/1", "active")
		passes(80 * time.Second)
		wantCode(t, "refresh", w.asks("SUBSCRIBE", "Expires: 100", "Contact: <sip:new@203.0.113.5:7>"), 200)
		if m := w.hears("2/1", "active;expires="); !strings.HasPrefix(m, "NOTIFY sip:new@203.0.113.5:7 ") || phone.Seq(m) != 2 {
			t.Errorf("NOTIFY:\n%s", m)
		}
		passes(80 * time.Second) // it would have expired
		// Another port, and another address: the first is let in, the second must prove who it is.
		for i, addr := range []string{"203.0.113.5:5099", "203.0.113.77:5060"} {
			moved := *w
			moved.Phone = o.phone(addr)
			moved.seq = w.seq
			res := moved.asks("SUBSCRIBE", "Expires: 3600")
			if i == 1 {
				wantCode(t, "from another address", res, 401)
				moved.Challenged(res)
				res = moved.asks("SUBSCRIBE", "Expires: 3600", moved.Proof("101", "pw-101", "SUBSCRIBE", "sip:192.0.2.1:5060", nil))
			}
			wantCode(t, "moved", res, 200)
			moved.hears([]string{"2/1", "5/0"}[i], "active")
			o.holds("101", 5+i, 0)
			moved.hears(fmt.Sprintf("%d/0", 5+i), "active")
			w.seq = moved.seq
		}
		w.Silence(time.Second)
	})
}

func TestItem45_EndOfASubscription(t *testing.T) {
	withLamps(t, fakenet.Options{}, func(o *office) {
		h := o.phone("203.0.113.5:5060")
		w := subscribes(t, h, "101")
		w.hears("2/1", "active")
		wantCode(t, "unsubscribe", w.asks("SUBSCRIBE", "Expires: 0"), 200)
		if phone.Header(w.said, "Expires") != "0" {
			t.Errorf("answered:\n%s", w.said)
		}
		w.hears("2/1", "terminated;reason=timeout")
		wantCode(t, "after its end", w.asks("SUBSCRIBE"), 481)

		w = subscribes(t, h, "101", "Expires: 0") // a fetch
		wantCode(t, "fetch", w.said, 200)
		w.hears("2/1", "terminated;reason=timeout")

		w = subscribes(t, h, "101", "Expires: 60")
		w.hears("2/1", "active;expires=")
		passes(61 * time.Second)
		w.hears("2/1", "terminated;reason=timeout")
		if n := o.server.Stats().Subscriptions; n != 0 {
			t.Errorf("%d subscriptions", n)
		}
	})
}

func TestItem45_RemovedUser(t *testing.T) {
	withLamps(t, fakenet.Options{}, func(o *office) {
		w, other := subscribes(t, o.phone("203.0.113.5:5060"), "101"), subscribes(t, o.phone("203.0.113.6:5060"), "102")
		w.hears("2/1", "active")
		other.hears("0/0", "active")
		c := *o.server.config.Load()
		c.Users = []User{deskUser("102")}
		if err := o.server.Reload(c); err != nil {
			t.Fatal(err)
		}
		w.hears("", "terminated;reason=noresource")
		wantCode(t, "afterwards", w.asks("SUBSCRIBE"), 481)
		o.holds("102", 1, 0)
		other.hears("1/0", "active")
	})
}

// A phone that knows of no subscription, or is silent, has none; one that asks for time gets it.
func TestItem45_NotifyThatFails(t *testing.T) {
	for answer, kept := range map[string]bool{"481": false, "489": false, "500": false, "": false, "503 later": true} {
		t.Run(answer, func(t *testing.T) {
			withLamps(t, fakenet.Options{}, func(o *office) {
				w := subscribes(t, o.phone("203.0.113.5:5060"), "101")
				w.hears("2/1", "active")
				o.holds("101", 3, 1)
				w.told("3/1", "active")
				switch answer {
				case "":
					passes(33 * time.Second)
				case "503 later":
					w.answers(503, "Retry-After: 7 (soon)")
					o.holds("101", 4, 1)
					passes(8 * time.Second)
					w.hears("4/1", "active")
				default:
					code, _ := strconv.Atoi(answer)
					w.answers(code)
				}
				if n := o.server.Stats().Subscriptions; n == 1 != kept {
					t.Errorf("%d subscriptions", n)
				}
				o.holds("101", 9, 9)
				if kept {
					w.hears("9/9", "active")
				}
				w.Silence(10 * time.Second)
			})
		})
	}
}

// One NOTIFY at a time: what changes meanwhile is said by the next, be it by a refresh, a change or the end.
func TestItem45_OneNotifyAtATime(t *testing.T) {
	withLamps(t, fakenet.Options{}, func(o *office) {
		w := subscribes(t, o.phone("203.0.113.5:5060"), "101")
		w.told("2/1", "active")
		for i := range 5 {
			o.holds("101", 3+i, 0)
		}
		wantCode(t, "refresh", w.asks("SUBSCRIBE"), 200)
		w.Silence(100 * time.Millisecond)
		w.answers(200)
		m := w.told("7/0", "active")
		if phone.Seq(m) != 2 {
			t.Errorf("NOTIFY:\n%s", m)
		}
		o.holds("101", 0, 7)
		w.asks("SUBSCRIBE", "Expires: 0")
		w.answers(200)
		w.hears("0/7", "terminated")
		w.Silence(time.Minute)
	})
}

// Changes, refreshes and losses in all orders: the last state said is the last there is, and CSeq only rises.
func TestItem45_LossyNetwork(t *testing.T) {
	for seed := range uint64(5) {
		synctest.Test(t, func(t *testing.T) {
			o := lampOffice(t, fakenet.New(seed, fakenet.Options{Loss: 0.2, Duplicate: 0.1, Reorder: 0.2, MaxDelay: 80 * time.Millisecond}), nil)
			defer o.server.Close()
			h := o.phone("203.0.113.5:5060")
			h.Put(h.Text("OPTIONS", "sip:101@pbx.test"))
			var w *watch
			for w = subscribes(t, h, "101"); w.said == ""; w = subscribes(t, h, "101") {
				w.Unheard()
			}
			last, lastSeq := "", 0
			hear := func(d time.Duration) {
				for end := time.After(d); ; {
					m, ok := w.Next(end)
					if !ok {
						return
					}
					if !strings.HasPrefix(m, "NOTIFY") || phone.Header(m, "Call-ID") != w.call {
						continue
					}
					w.Requests["NOTIFY"] = m
					w.Answers("NOTIFY", 200, "")
					if n := phone.Seq(m); n > lastSeq {
						last, lastSeq = phone.Voicemail(m), n
					}
				}
			}
			for i := range 30 {
				o.holds("101", i, 0)
				hear(time.Duration(i*37%400) * time.Millisecond)
				if i%10 == 5 {
					w.seq = max(w.seq, w.Seq) + 1
					w.Put(w.Text("SUBSCRIBE", "sip:192.0.2.1:5060", append(w.lines(nil), fmt.Sprintf("CSeq: %d SUBSCRIBE", w.seq))...))
				}
			}
			hear(40 * time.Second)
			if last != "29/0" {
				t.Errorf("seed %d: told %s at last", seed, last)
			}
		})
	}
}

func TestItem45_Refusals(t *testing.T) {
	withLamps(t, fakenet.Options{}, func(o *office) {
		h := o.phone("203.0.113.5:5060")
		for _, one := range []struct {
			line, needs string
			code        int
		}{
			{"Event: dialog", "Allow-Events", 489},
			{"Event: presence;id=1", "Allow-Events", 489},
			{"Accept: application/pidf+xml", "Accept", 406},
			{"Accept: application/*;q=0.5", "", 200},
			{"Accept: text/plain, application/simple-message-summary", "", 200},
			{"Expires: 5", "Min-Expires", 423},
			{"Expires: nonsense", "", 200},
			{"Contact: <tel:101>", "", 400},
			{"Record-Route: <sip:strict.example>", "", 400},
		} {
			w := subscribes(t, h, "101", one.line)
			wantCode(t, one.line, w.said, one.code)
			if one.needs != "" && phone.Header(w.said, one.needs) == "" {
				t.Errorf("%s: no %s in\n%s", one.line, one.needs, w.said)
			}
			if one.code == 200 {
				w.hears("2/1", "active")
			}
		}
		w := subscribes(t, h, "101")
		w.hears("2/1", "active")
		for _, one := range []struct {
			method, line string
			code         int
		}{
			{"SUBSCRIBE", "Event: dialog", 489},
			{"SUBSCRIBE", "Event: message-summary;id=2", 481},
			{"SUBSCRIBE", "Accept: text/plain", 406},
			{"SUBSCRIBE", "Expires: 5", 423},
			{"INFO", "Subject: no call", 405},
			{"INVITE", "Subject: no call", 405},
			{"BYE", "Subject: no call", 405},
			{"SUBSCRIBE", "From: <sip:101@pbx.test>;tag=other", 481},
			{"SUBSCRIBE", "CSeq: 1 SUBSCRIBE", 500},
		} {
			wantCode(t, one.method+" "+one.line, w.asks(one.method, one.line), one.code)
		}
		o.holds("101", 1, 1) // it lives on
		w.hears("1/1", "active")
	})
}

func TestItem45_WhoMayWatch(t *testing.T) {
	withLamps(t, fakenet.Options{}, func(o *office) {
		h := o.phone("203.0.113.5:5060")
		for target, want := range map[string]int{
			"sip:101@pbx.test": 200, "sip:%31%30%31@pbx.test": 200, "sip:*97@pbx.test": 200, "sip:*97@192.0.2.1": 200, "sip:pbx.test": 200,
			"sip:102@pbx.test": 403, "sip:999@pbx.test": 404, "sip:101@elsewhere.test": 404, "sip:102@192.0.2.1": 403,
		} {
			res := h.Proves("101", "pw-101", "SUBSCRIBE", target, nil, ownLamp, "To: <sip:101@pbx.test>", "From: <sip:101@pbx.test>;tag=1",
				"Contact: <sip:101@203.0.113.5>", "Expires: 0")
			wantCode(t, target, res, want)
		}
		trunk := o.phone(trunkAddr.String())
		wantCode(t, "a trunk", trunk.Tries("SUBSCRIBE", "sip:101@pbx.test", ownLamp, "Contact: <sip:x@198.51.100.7>"), 403)
	})
}

// Strangers get the challenge that everybody gets, whatever they say, and cannot touch the subscription of another.
func TestAttack_Subscriptions(t *testing.T) {
	withLamps(t, fakenet.Options{}, func(o *office) {
		w := subscribes(t, o.phone("203.0.113.5:5060"), "101")
		w.hears("2/1", "active")
		thief := o.phone("203.0.113.66:5060")
		for _, user := range []string{"101", "999"} {
			res := thief.Tries("SUBSCRIBE", "sip:"+user+"@pbx.test", ownLamp, "From: <sip:"+user+"@pbx.test>;tag=1", "Contact: <sip:x@203.0.113.66>")
			wantCode(t, "without proof", res, 401)
			thief.Challenged(res)
			res = thief.Again(user, "guess", "SUBSCRIBE", "sip:"+user+"@pbx.test", nil, ownLamp, "Contact: <sip:x@203.0.113.66>")
			wantCode(t, "with a guess", res, 401)
		}
		forged := *w
		forged.Phone = thief
		for range 3 {
			forged.seq = w.seq + 100
			wantCode(t, "forged refresh", forged.asks("SUBSCRIBE", "Expires: 0"), 401)
			forged.Challenged(forged.said)
			forged.asks("SUBSCRIBE", "Expires: 0", thief.Proof("102", "pw-102", "SUBSCRIBE", "sip:192.0.2.1:5060", nil))
			wantCode(t, "by another user", forged.said, 481)
		}
		if thief.Unheard() != 0 {
			t.Error("the thief was told something")
		}
		o.holds("101", 3, 3)
		w.hears("3/3", "active")
	})
}

// A stolen password, or a phone gone mad, takes no more than its share.
func TestAttack_SubscriptionsAreBounded(t *testing.T) {
	withLamps(t, fakenet.Options{}, func(o *office) {
		honest := subscribes(t, o.phone("203.0.113.5:5060"), "102")
		honest.hears("0/0", "active")
		h := o.phone("203.0.113.6:5060")
		first := subscribes(t, h, "101", "Contact: <sip:first@203.0.113.6>")
		first.hears("2/1", "active")
		for i := range subscriptionsOfUser + 10 {
			w := subscribes(t, h, "101", fmt.Sprintf("Contact: <sip:c%d@203.0.113.6>", i))
			wantCode(t, "one of many", w.said, 200)
			h.Unheard()
			if n := o.server.Stats().Subscriptions; n > subscriptionsOfUser+1 {
				t.Fatalf("%d subscriptions", n)
			}
		}
		wantCode(t, "the one that made room", first.asks("SUBSCRIBE"), 481)
		passes(time.Minute) // nobody answered
		if n := o.server.Stats().Subscriptions; n != 1 {
			t.Errorf("%d subscriptions are left", n)
		}
		o.holds("102", 1, 0)
		honest.hears("1/0", "active")
	})
	withLamps(t, fakenet.Options{}, func(o *office) {
		c := *o.server.config.Load()
		c.SourcePerSecond = 20
		o.server.Reload(c)
		h := o.phone("203.0.113.6:5060")
		subscribes(t, h, "101", "Expires: 0")
		taken := 0
		for i := range 200 {
			res := h.Again("101", "pw-101", "SUBSCRIBE", "sip:101@pbx.test", nil, ownLamp, "From: <sip:101@pbx.test>;tag=1", "Contact: <sip:101@203.0.113.6>",
				"Expires: 0", fmt.Sprintf("Call-ID: %d", i))
			if phone.Code(res) == 200 {
				taken++
			} else {
				wantCode(t, "too many", res, 503)
			}
		}
		if taken > 40 {
			t.Errorf("%d of 200 at once taken", taken)
		}
	})
}

// A phone that is started anew has one subscription, the new one; the old one is forgotten without a word.
func TestItem45_PhoneStartedAnew(t *testing.T) {
	withLamps(t, fakenet.Options{}, func(o *office) {
		h := o.phone("203.0.113.5:5060")
		old := subscribes(t, h, "101")
		old.hears("2/1", "active")
		w := subscribes(t, h, "101")
		w.hears("2/1", "active")
		o.holds("101", 3, 1)
		w.hears("3/1", "active")
		h.Silence(time.Second)
		wantCode(t, "the old one", old.asks("SUBSCRIBE"), 481)
		// The same SUBSCRIBE by two ways is one.
		wantCode(t, "merged", h.Proves("101", "pw-101", "SUBSCRIBE", "sip:101@pbx.test", nil, "From: "+w.from, "To: <sip:101@pbx.test>", "Call-ID: "+w.call,
			ownLamp, "Contact: <sip:101@203.0.113.5:5060>", fmt.Sprintf("CSeq: %d SUBSCRIBE", w.seq)), 482)
	})
}

// Over TCP, and when the connection is lost.
func TestItem45_ConnectionsThatClose(t *testing.T) {
	withLamps(t, fakenet.Options{}, func(o *office) {
		const contact = "Contact: <sip:101@10.0.0.5:5060;transport=tcp>"
		h := o.streams("203.0.113.5:40000")
		h.MustRegister("101", contact)
		w := subscribes(t, h, "101", contact)
		w.hears("2/1", "active")
		passes(5 * time.Minute) // it is not closed for being idle
		h.MustRegister("101", contact)
		o.holds("101", 3, 1)
		w.hears("3/1", "active")
		h.Close()
		passes(time.Second)
		again := *w
		again.Phone = o.streams("203.0.113.5:40001")
		again.MustRegister("101", contact)
		passes(settles)
		o.holds("101", 4, 1)
		again.hears("4/1", "active")
		wantShown(t, "besides", again.Phone, "")
		again.Close()
		passes(time.Second)
		o.holds("101", 5, 1) // nowhere to go
		passes(time.Second)
		if n := o.server.Stats().Subscriptions; n != 0 {
			t.Errorf("%d subscriptions", n)
		}
	})
}

// After a restart a phone's refresh is answered 481: it subscribes anew. Until then it is told like one that never did.
func TestItem45_SubscriptionsEndWithTheServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, store := fakenet.New(1, fakenet.Options{}), &memoryStore{}
		o := lampOffice(t, n, store)
		h := o.phone("203.0.113.5:5060")
		h.MustRegister("101")
		w := subscribes(t, h, "101")
		w.hears("2/1", "active")
		passes(time.Second)
		o.server.Close()
		w.Silence(time.Second)
		o = lampOffice(t, n, store)
		defer o.server.Close()
		o.boxes.set("101", 0, 3)
		passes(settles)
		wantShown(t, "after the restart", h, "0/3")
		wantCode(t, "refresh", w.asks("SUBSCRIBE"), 481)
		w = subscribes(t, h, "101")
		w.hears("0/3", "active")
	})
}

// In all there are so many subscriptions and no more; who is refused is told when to come back.
func TestSubscriptionsInAll(t *testing.T) {
	withLamps(t, fakenet.Options{}, func(o *office) {
		table := o.server.desk.subscriptions
		table.mu.Lock()
		for i := range subscriptionsInAll {
			table.ours[dialogKey{"others", fmt.Sprint(i)}] = nil
		}
		table.mu.Unlock()
		w := subscribes(t, o.phone("203.0.113.5:5060"), "101")
		wantCode(t, "one too many", w.said, 503)
		if phone.Header(w.said, "Retry-After") == "" {
			t.Errorf("answered:\n%s", w.said)
		}
		table.mu.Lock()
		clear(table.ours)
		table.mu.Unlock()
	})
}

// A panic of who counts the messages costs no more than that.
func TestMessagesMayPanic(t *testing.T) {
	withLamps(t, fakenet.Options{}, func(o *office) {
		w := subscribes(t, o.phone("203.0.113.5:5060"), "101")
		w.hears("2/1", "active")
		o.boxes.set("101", -1, 0)
		o.server.MessagesChanged("101")
		w.hears("0/0", "active")
		o.holds("101", 3, 0)
		w.hears("3/0", "active")
		if n := o.server.Stats().Panics; n != 1 {
			t.Errorf("%d panics", n)
		}
	})
}
