package sip

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"ringtide/internal/fakenet"
	"ringtide/internal/phone"
)

// boxes are what Handler.Messages tells.
type boxes struct {
	mu sync.Mutex
	of map[string]summary
}

func (b *boxes) messages(user string) (fresh, old int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.of[user].fresh < 0 {
		panic("for a test")
	}
	return b.of[user].fresh, b.of[user].old
}

func (b *boxes) set(user string, fresh, old int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.of[user] = summary{fresh, old}
}

// holds changes what there is for a user, and tells the server.
func (o *office) holds(user string, fresh, old int) {
	o.boxes.set(user, fresh, old)
	o.server.MessagesChanged(user)
	synctest.Wait()
}

// withLamps runs a test in an office with mailboxes and the voicemail code *97.
func withLamps(t *testing.T, on fakenet.Options, test func(o *office)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		o := lampOffice(t, fakenet.New(1, on), nil)
		defer o.server.Close()
		test(o)
	})
}

func lampOffice(t *testing.T, n *fakenet.Network, store Registrations, users ...string) *office {
	t.Helper()
	return openOfficeWith(t, n, func(c *Config) {
		c.Voicemail, c.SourcePerSecond = "*97", 0
		for _, u := range users {
			c.Users = append(c.Users, deskUser(u))
		}
	}, store, &boxes{of: map[string]summary{"101": {2, 1}}})
}

// shown are the counts said to a phone's lamp since it was asked last.
func shown(p *phone.Phone) string {
	var list []string
	for _, m := range p.Lamp() {
		list = append(list, phone.Voicemail(m))
	}
	return strings.Join(list, " ")
}

func wantShown(t *testing.T, what string, p *phone.Phone, want string) {
	t.Helper()
	if got := shown(p); got != want {
		t.Errorf("%s: told %q, want %q", what, got, want)
	}
}

// watch is a phone's side of a subscription.
type watch struct {
	*phone.Phone
	t              *testing.T
	user           string
	from, to, call string
	seq            int
	said           string // the last response
}

const ownLamp = "Event: message-summary"

// subscribes has a user subscribe to its lamp, or to what the lines say; the response is said.
func subscribes(t *testing.T, p *phone.Phone, user string, more ...string) *watch {
	t.Helper()
	p.Seq++ // no two of a phone are in one dialog
	w := &watch{Phone: p, t: t, user: user, call: fmt.Sprintf("w%d-%s", p.Seq, p.Addr())}
	w.from = fmt.Sprintf("<sip:%s@%s>;tag=w%d", user, phone.Domain, p.Seq)
	w.to = fmt.Sprintf("<sip:%s@%s>", user, phone.Domain)
	w.said = p.Proves(user, phone.Password(user), "SUBSCRIBE", "sip:"+user+"@"+phone.Domain, nil, w.lines(more)...)
	w.to, w.seq = phone.Header(w.said, "To"), p.Seq
	return w
}

func (w *watch) lines(more []string) []string {
	list := slices.Clone(more)
	for _, usual := range []string{"From: " + w.from, "To: " + w.to, "Call-ID: " + w.call, "Contact: <sip:" + w.user + "@" + w.Addr() + ">", ownLamp} {
		name, _, _ := strings.Cut(usual, ":")
		if !slices.ContainsFunc(more, func(l string) bool { return strings.HasPrefix(l, name+":") }) {
			list = append(list, usual)
		}
	}
	return list
}

// asks sends a SUBSCRIBE, or whatever it is, within the dialog.
func (w *watch) asks(method string, more ...string) string {
	w.t.Helper()
	w.seq = max(w.seq, w.Seq) + 1
	w.Seq = w.seq - 1
	w.said = w.Tries(method, "sip:192.0.2.1:5060", w.lines(more)...)
	return w.said
}

// told hears the next NOTIFY, leaves it unanswered and checks the count and how Subscription-State begins.
func (w *watch) told(count, state string) string {
	w.t.Helper()
	m := w.Hears("NOTIFY")
	if got := phone.Voicemail(m); got != count || !strings.HasPrefix(phone.Header(m, "Subscription-State"), state) {
		w.t.Errorf("told %q, %q; want %q, %q", got, phone.Header(m, "Subscription-State"), count, state)
	}
	if phone.Header(m, "To") != w.from || phone.Header(m, "From") != w.to || phone.Header(m, "Call-ID") != w.call {
		w.t.Errorf("NOTIFY in another dialog than %s, %s:\n%s", w.from, w.to, m)
	}
	return m
}

// hears is told and answers 200.
func (w *watch) hears(count, state string) string {
	w.t.Helper()
	m := w.told(count, state)
	w.answers(200)
	return m
}

func (w *watch) answers(code int, more ...string) {
	w.t.Helper()
	w.Answers("NOTIFY", code, "", more...)
	synctest.Wait()
}
