package sip

import (
	"sync"
	"time"

	"ringtide/sip/internal/wire"
)

// lamp is that of a registered device that has not subscribed: it is told all the same (RFC 3842 section 3.5 leaves it open,
// most phones want it), when it registers and when something changes, unless it refuses that.
type lamp struct {
	s   *Server
	key string // of the device

	mu    sync.Mutex
	turn  turn
	known bool // the device shows what follows
	shows string
	deaf  bool // it has refused: it is not asked until it registers anew
}

// afterRegister is how long a phone that has registered has time to subscribe: then it need not be told twice.
const afterRegister = 2 * time.Second

// registered is told of every device that registers, under the registrar's lock. anew: it was switched on just now, so
// nobody knows what it shows.
func (s *Server) registered(b *binding, anew bool) {
	if s.handler.Messages == nil {
		return
	}
	if anew {
		b.lamp = &lamp{s: s, key: b.key}
	}
	if !b.lamp.settled() {
		s.desk.pace.put(routine, afterRegister, b.lamp)
	}
}

func (l *lamp) settled() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.known || l.deaf
}

// tell sends a NOTIFY outside of any dialog if the device does not know yet what is waiting. One that cannot be reached now
// is told when it registers again.
func (l *lamp) tell() (sent bool) {
	about := l.s.desk.packages[messageSummary]
	for l.begin() {
		b, err := l.s.desk.reg.device(l.key)
		if err != nil || b.lamp != l {
			return false // nobody asks for the turn any more
		}
		body := about.body(b.user)
		switch {
		case !b.reachable || l.s.subscribed(&b):
			l.learnt(body, false)
		case l.news(body):
			l.send(&b, about, body)
			return true
		}
		if !l.finish() {
			break
		}
	}
	return false
}

func (l *lamp) begin() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.deaf && l.turn.take()
}

func (l *lamp) finish() (again bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.turn.end()
}

// news tells whether the device does not know that yet.
func (l *lamp) news(body []byte) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.known || l.shows != string(body)
}

// learnt notes whether the device shows that.
func (l *lamp) learnt(body []byte, known bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.shows, l.known = string(body), known
}

// send tells a device in a NOTIFY of its own, which belongs to no subscription: so its state is terminated, without a reason
// to do anything about it.
func (l *lamp) send(b *binding, about *eventPackage, body []byte) {
	l.learnt(body, false)
	account := l.s.account(b.user)
	user := wire.Uri{Scheme: "sip", User: escapeUser(b.user), Host: account.Host}
	req := l.s.requestTo(b.uri, wire.NOTIFY, account, user, b.path, b.flow)
	req.AppendHeader(about.event(""))
	req.AppendHeader(wire.NewHeader("Subscription-State", "terminated"))
	about.setBody(req, body)
	_, err := l.s.wire.Request(req, b.flow, wire.ClientHandler{
		Response: func(res *wire.Response) {
			if !res.IsProvisional() {
				l.heard(res.StatusCode)
			}
		},
		Failed: func(error) { l.heard(0) },
	}, wire.ClientOptions{})
	if err != nil {
		l.heard(0)
	}
}

// heard takes the final response of a device; 0: none came.
func (l *lamp) heard(code int) {
	switch code {
	case 0, 408, 480, 491, 500, 503, 504: // it is told when it registers again
	default:
		l.mu.Lock()
		l.known, l.deaf = code < 300, code >= 300
		l.mu.Unlock()
	}
	if l.finish() {
		l.s.desk.pace.put(urgent, 0, l)
	}
}

// subscribed tells whether a device has a subscription of its own.
func (s *Server) subscribed(b *binding) bool {
	for _, u := range s.desk.subscriptions.of(subject{messageSummary, b.user}) {
		if u.speaksFor(b) {
			return true
		}
	}
	return false
}

// lamps returns those of a user's devices.
func (r *registrar) lamps(user string) (list []*lamp) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, b := range r.users[user] {
		if b.lamp != nil {
			list = append(list, b.lamp)
		}
	}
	return list
}
