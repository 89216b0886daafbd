package sip

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"ringtide/sip/internal/wire"
)

// notice is a NOTIFY on its way.
type notice struct {
	seq   uint32
	state string // Subscription-State
	body  []byte
	last  bool
}

// tell sends a NOTIFY if one is owed, or if there is news since the last. It is called without a lock held. Who has the turn
// reads the state and sends it before anybody else can: so what is said last is the newest.
func (u *subscription) tell() (sent bool) {
	for u.begin() {
		if n, ok := u.news(u.about.body(u.resource)); ok {
			u.send(n, u.peer.lastFlow())
			return true
		}
		if !u.finish() {
			break
		}
	}
	return false
}

func (u *subscription) begin() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return !u.gone && u.turn.take()
}

func (u *subscription) finish() (again bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.turn.end()
}

// news makes the next NOTIFY; not ok: the phone knows it all.
func (u *subscription) news(body []byte) (n notice, ok bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.owed && u.said == string(body) {
		return n, false
	}
	u.owed, u.said = false, string(body)
	u.seq++
	n = notice{seq: u.seq, state: "active;expires=" + seconds(time.Until(u.expires)+time.Second-1), body: body}
	if u.reason != "" {
		n.state, n.last = "terminated;reason="+u.reason, true
	}
	if u.reason == noResource {
		n.body = nil
	}
	return n, true
}

// send sends a NOTIFY; if the connection turns out to be closed, by the one on which the phone has registered since.
func (u *subscription) send(n notice, way wire.Flow) {
	failed := func(err error) {
		if anew, ok := u.wayAnew(way, err); ok {
			u.send(n, anew)
			return
		}
		u.heard(n, nil)
	}
	_, err := u.s.wire.Request(u.request(n, way), way, wire.ClientHandler{
		Response: func(res *wire.Response) {
			if !res.IsProvisional() {
				u.heard(n, res)
			}
		},
		Failed: failed,
	}, wire.ClientOptions{})
	if err != nil {
		failed(err)
	}
}

func (u *subscription) request(n notice, way wire.Flow) *wire.Request {
	u.mu.Lock()
	far := u.far
	u.mu.Unlock()
	req := requestWithin(u.key, u.local, wire.NOTIFY, far, n.seq,
		wire.NewHeader("Contact", "<"+u.selfOn(way)+">"), u.about.event(u.id), wire.NewHeader("Subscription-State", n.state))
	u.about.setBody(req, n.body)
	return req
}

func (p *eventPackage) setBody(req *wire.Request, body []byte) {
	if body != nil {
		req.AppendHeader(wire.NewHeader("Content-Type", p.kind))
		req.SetBody(body)
	}
}

// wayAnew is where the phone is now, if the connection it spoke by was found closed.
func (u *subscription) wayAnew(closed wire.Flow, why error) (anew wire.Flow, ok bool) {
	if closed.Conn == 0 || !errors.Is(why, wire.ErrClosed) {
		return anew, false
	}
	for _, b := range u.s.desk.reg.devices(u.user) {
		if b.flow != closed && u.speaksFor(&b) {
			return b.flow, true
		}
	}
	return anew, false
}

// heard takes the final response to a NOTIFY; nil: none came. A phone that knows of no subscription has none, and neither
// has one that is silent or refuses for good (RFC 6665 section 4.2.2).
func (u *subscription) heard(n notice, res *wire.Response) {
	pause, later := pauseOf(res)
	if n.last || res == nil || res.StatusCode >= 300 && !later {
		u.drop()
		return
	}
	if later {
		u.mu.Lock()
		u.owed = true
		u.mu.Unlock()
	}
	if again := u.finish(); again || later {
		u.s.desk.pace.put(urgent, pause, u)
	}
}

// pauseOf is how long who refuses wants to be left alone, a minute at most; not ok: for ever.
func pauseOf(res *wire.Response) (d time.Duration, ok bool) {
	if res == nil || res.StatusCode < 300 {
		return 0, false
	}
	after := wire.Get(res, "Retry-After")
	n, err := strconv.ParseUint(after[:len(after)-len(strings.TrimLeft(after, "0123456789"))], 10, 32)
	return min(max(time.Duration(n)*time.Second, time.Second), time.Minute), err == nil
}
