package sip

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ringtide/internal/fakenet"
	"ringtide/internal/phone"
)

// RFC 3842: the lamp for new messages, of phones that subscribe and of those that only register.

// settles is after phones that have registered were told.
const settles = afterRegister + time.Second

func TestItem46_SubscribedPhoneIsToldEachChange(t *testing.T) {
	withLamps(t, fakenet.Options{}, func(o *office) {
		w := subscribes(t, o.phone("203.0.113.5:5060"), "101", "Accept: application/simple-message-summary")
		wantCode(t, "SUBSCRIBE", w.said, 200)
		m := w.hears("2/1", "active;expires=")
		want := "Messages-Waiting: yes\r\nMessage-Account: sip:*97@pbx.test\r\nVoice-Message: 2/1 (0/0)\r\n"
		if phone.Body(m) != want || phone.Header(m, "Content-Type") != "application/simple-message-summary" || phone.Header(m, "Event") != messageSummary {
			t.Errorf("NOTIFY:\n%s", m)
		}
		o.holds("101", 0, 3)
		if m := w.hears("0/3", "active"); !strings.HasPrefix(phone.Body(m), "Messages-Waiting: no\r\n") {
			t.Errorf("nothing new:\n%s", m)
		}
		o.holds("101", 0, 3) // nothing has changed
		o.holds("102", 1, 0)
		w.Silence(time.Minute)
	})
}

func TestItem46_RegisteredPhonesAreToldUnasked(t *testing.T) {
	withLamps(t, fakenet.Options{}, func(o *office) {
		h := o.phone("203.0.113.5:5060")
		h.MustRegister("101")
		passes(settles)
		told := h.Lamp()
		if len(told) != 1 || phone.Voicemail(told[0]) != "2/1" || !strings.HasPrefix(told[0], "NOTIFY sip:101@203.0.113.5:5060 ") ||
			phone.Header(told[0], "Subscription-State") != "terminated" || phone.Header(told[0], "To") != "<sip:101@pbx.test>" {
			t.Fatalf("told: %s", told)
		}
		h.MustRegister("101") // refreshes
		passes(settles)
		wantShown(t, "after a refresh", h, "")
		o.holds("101", 3, 1)
		wantShown(t, "after a change", h, "3/1")
		h.CallID = "started-anew"
		h.MustRegister("101")
		passes(settles)
		wantShown(t, "after its restart", h, "3/1")
	})
}

func TestItem46_PhoneThatSubscribesIsToldOnce(t *testing.T) {
	withLamps(t, fakenet.Options{}, func(o *office) {
		a, b := o.phone("203.0.113.5:5060"), o.phone("203.0.113.6:5060")
		a.MustRegister("101")
		w := subscribes(t, a, "101")
		w.hears("2/1", "active")
		b.MustRegister("101")
		passes(settles)
		wantShown(t, "who has subscribed", a, "")
		wantShown(t, "who has not", b, "2/1")
		o.holds("101", 1, 2)
		w.hears("1/2", "active")
		wantShown(t, "who has not", b, "1/2")
		w.asks("SUBSCRIBE", "Expires: 0")
		w.hears("1/2", "terminated;reason=timeout")
		o.holds("101", 0, 3)
		wantShown(t, "who has no subscription any more", a, "0/3")
	})
}

// A phone that refuses is left alone until it registers anew; one that is only busy is told when it registers again.
func TestItem46_PhonesThatRefuse(t *testing.T) {
	for code, again := range map[int]string{405: "", 489: "", 481: "", 401: "", 603: "", 503: "1/0", 480: "1/0", 408: "1/0"} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			withLamps(t, fakenet.Options{}, func(o *office) {
				h := o.phone("203.0.113.5:5060")
				h.AnswersLamp(code)
				h.MustRegister("101")
				passes(settles)
				wantShown(t, "first", h, "2/1")
				h.AnswersLamp(200)
				o.boxes.set("101", 1, 0) // the server was not told
				h.MustRegister("101")
				passes(settles)
				wantShown(t, "after a refresh", h, again)
				o.holds("101", 4, 0)
				if again == "" {
					wantShown(t, "after a change", h, "")
				} else {
					wantShown(t, "after a change", h, "4/0")
				}
				h.Lamp()
				h.CallID = "anew"
				h.MustRegister("101")
				passes(settles)
				wantShown(t, "registered anew", h, "4/0")
			})
		})
	}
}

func TestItem46_LostNotify(t *testing.T) {
	withLamps(t, fakenet.Options{}, func(o *office) {
		h := o.phone("203.0.113.5:5060")
		h.AnswersLamp(0)
		h.MustRegister("101")
		passes(settles)
		wantShown(t, "silent", h, "2/1")
		o.holds("101", 3, 1)
		o.holds("101", 4, 1)
		wantShown(t, "while one is under way", h, "")
		h.AnswersLamp(200)
		passes(5 * time.Second) // the next copy is answered, and what has changed is said in one
		if got := shown(h); got != "2/1 4/1" {
			t.Errorf("told %s", got)
		}
		h.AnswersLamp(0)
		o.holds("101", 5, 1)
		passes(time.Minute) // nobody answers for 32 s
		h.Lamp()
		h.AnswersLamp(200)
		passes(time.Minute)
		wantShown(t, "given up", h, "")
		h.MustRegister("101")
		passes(settles)
		wantShown(t, "registered again", h, "5/1")
	})
}

// Whatever the network does, all lamps are right in the end.
func TestItem46_LossyNetwork(t *testing.T) {
	withLamps(t, fakenet.Options{Loss: 0.2, MaxDelay: 50 * time.Millisecond}, func(o *office) {
		a, b := o.phone("203.0.113.5:5060"), o.phone("203.0.113.6:5060")
		for a.Registers("101") == "" {
		}
		for b.Registers("102") == "" {
		}
		for i := range 40 {
			o.holds("101", i, 0)
			o.holds("102", 0, i)
			passes(time.Duration(i%7) * 100 * time.Millisecond)
		}
		passes(time.Minute)
		for p, want := range map[*phone.Phone]string{a: "39/0", b: "0/39"} {
			if all := strings.Fields(shown(p)); len(all) == 0 || all[len(all)-1] != want {
				t.Errorf("told %s, want %s at last", all, want)
			}
		}
	})
}

// Phones whose registrations were read back are told soon after the start, and not all at once.
func TestItem46_LampsAfterARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, store := fakenet.New(1, fakenet.Options{}), &memoryStore{}
		const phones = 300
		all := make([]*phone.Phone, phones)
		users := make([]string, phones)
		for i := range all {
			users[i] = fmt.Sprint(2000 + i)
		}
		o := lampOffice(t, n, store, users...)
		for i := range all {
			all[i] = o.phone(fmt.Sprintf("198.18.%d.%d:5060", i/200, i%200+1))
			all[i].MustRegister(users[i])
		}
		passes(10 * time.Second)
		for _, p := range all {
			wantShown(t, "before", p, "0/0")
		}
		o.server.Close()
		o = lampOffice(t, n, store, users...)
		defer o.server.Close()
		for _, u := range users {
			o.boxes.set(u, 1, 0) // left in the last moment
		}
		told := 0
		for range 20 {
			passes(time.Second)
			one := 0
			for _, p := range all {
				for _, m := range p.Lamp() {
					if one++; phone.Voicemail(m) != "1/0" {
						t.Errorf("told %s", m)
					}
				}
			}
			if one > newsAtOnce+newsPerSecond {
				t.Errorf("%d in a second", one)
			}
			told += one
		}
		if told != phones {
			t.Errorf("%d of %d phones told", told, phones)
		}
		passes(time.Minute)
		for _, p := range all {
			wantShown(t, "later", p, "")
		}
	})
}

// What has changed is told before those who only came.
func TestItem46_ChangesComeFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, store := fakenet.New(1, fakenet.Options{}), &memoryStore{}
		for i := range 500 {
			store.list = append(store.list, Registration{User: fmt.Sprint(2000 + i), Contact: "sip:a@198.18.9.9", CallID: fmt.Sprint(i),
				Transport: "udp", Local: deskAddr.String(), Source: fmt.Sprintf("198.18.9.9:%d", 10000+i), Expires: time.Now().Add(time.Hour)})
		}
		users := make([]string, 500)
		for i := range users {
			users[i] = fmt.Sprint(2000 + i)
		}
		o := lampOffice(t, n, store, users...)
		defer o.server.Close()
		h := o.phone("203.0.113.5:5060")
		h.MustRegister("101")
		passes(afterRegister + 500*time.Millisecond)
		o.holds("101", 9, 9)
		passes(100 * time.Millisecond)
		wantShown(t, "in the midst of others", h, "9/9")
		passes(30 * time.Second)
		wantShown(t, "later", h, "")
	})
}

// A phone that cannot be reached is told as soon as it can.
func TestItem46_UnreachablePhone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := openOfficeWith(t, fakenet.New(1, fakenet.Options{}), func(c *Config) { c.Qualify = 30 * time.Second }, nil, &boxes{of: map[string]summary{}})
		defer o.server.Close()
		h := o.phone("203.0.113.5:5060")
		h.MustRegister("101")
		passes(settles)
		wantShown(t, "first", h, "0/0")
		h.Mute(true)
		passes(2 * time.Minute)
		o.holds("101", 1, 0)
		wantShown(t, "unreachable", h, "")
		h.Mute(false)
		passes(20 * time.Second)
		wantShown(t, "there again", h, "1/0")
	})
}

// A removed device is told nothing any more, and without a voicemail code phones are given the extension.
func TestItem46_AccountAndRemoval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := openOfficeWith(t, fakenet.New(1, fakenet.Options{}), nil, nil, &boxes{of: map[string]summary{}})
		defer o.server.Close()
		h := o.phone("203.0.113.5:5060")
		h.MustRegister("101")
		passes(settles)
		if told := h.Lamp(); len(told) != 1 || !strings.Contains(told[0], "\r\nMessage-Account: sip:101@pbx.test\r\n") {
			t.Errorf("told %s", told)
		}
		w := subscribes(t, o.phone("203.0.113.6:5060"), "102")
		w.hears("0/0", "active")
		c := *o.server.config.Load()
		c.Voicemail = "#98"
		if err := o.server.Reload(c); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if told := h.Lamp(); len(told) != 1 || !strings.Contains(told[0], "\r\nMessage-Account: sip:%2398@pbx.test\r\n") {
			t.Errorf("told of another code: %s", told)
		}
		w.hears("0/0", "active")
		h.MustRegister("101", "Expires: 0")
		o.holds("101", 1, 0)
		passes(settles)
		wantShown(t, "un-registered", h, "")
	})
}
