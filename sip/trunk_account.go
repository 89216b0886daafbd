package sip

import (
	"slices"
	"sync/atomic"
	"time"

	"ringtide/sip/internal/wire"
)

// account is our registration at the provider of one trunk (RFC 3261 section 10.2).
//
//	pause --> asking --200--> registered --between half and three quarters of its time, or its connection closed--> asking
//	  ^         |-- 401, 407: again with a proof; 423: again for longer; silence, 503: the next address
//	  |         '-- refused, or no address left: not registered, once what was granted is over
//	  '-- longer each time --'
//	removed, closed: Expires 0, then gone. Another user or address: Expires 0, then asking there
//
// Its work runs in its mailbox. No goroutine waits.
type account struct {
	s    *Server
	name string // of the trunk
	mail mailbox
	here atomic.Pointer[standing] // nil: not registered; for everybody to see

	// Everything below belongs to the mailbox.

	trunk    Trunk // as whom we register, or are leaving
	wanted   Trunk // as configured last
	callID   string
	seq      uint32
	expires  time.Duration               // asked for
	proofs   map[string]*digestChallenge // by the header that answers them
	asking   *hop                        // a REGISTER is under way there
	turn     uint64                      // what began in an earlier one counts no more
	next     *time.Timer
	due      time.Time // when next goes off
	lapse    *time.Timer
	beat     *time.Timer
	failures int
	notFor   time.Duration // a registrar wants to be left alone
	told     string        // was logged last
	over     bool
}

// standing is where we are registered.
type standing struct {
	hop   hop
	route []string // of calls; nil: none
	since time.Time
}

const (
	// Pauses after failures double from the first to the longest. Who is refused had better ask a person.
	failedPause, failedMost   = 4 * time.Second, 5 * time.Minute
	refusedPause, refusedMost = time.Minute, time.Hour
	// leastFlow is how old a registration must be to follow its connection: some registrars close it after each answer.
	leastFlow = 30 * time.Second
)

func newAccount(s *Server, t Trunk) *account {
	a := &account{s: s, name: t.Name, wanted: t}
	a.become(t)
	return a
}

// become forgets what was agreed with a registrar.
func (a *account) become(t Trunk) {
	a.trunk, a.callID, a.seq, a.expires, a.proofs, a.failures = t, wire.NewCallID(), 0, defaultExpires, map[string]*digestChallenge{}, 0
}

func (a *account) do(f func()) { a.mail.put(f, a.s.guard) }

// change takes over what is configured now.
func (a *account) change(t Trunk) {
	if a.over || a.wanted.Username == t.Username && a.wanted.Password == t.Password && slices.Equal(a.wanted.URIs, t.URIs) {
		return
	}
	a.wanted = t
	if a.trunk.Username == t.Username && slices.Equal(a.trunk.URIs, t.URIs) {
		a.trunk, a.failures, a.proofs = t, 0, map[string]*digestChallenge{}
		a.begin()
		return
	}
	a.leave(func() {
		a.become(t)
		a.begin()
	})
}

// end takes the registration back for good, and calls then when the registrar has said something, or nothing.
func (a *account) end(then func()) {
	a.over = true
	a.leave(then)
}

func (a *account) leave(then func()) {
	a.rest()
	at := a.asking
	if here := a.here.Load(); here != nil {
		at = &here.hop
	}
	a.stands(nil)
	if a.asking = nil; at == nil {
		then()
		return
	}
	a.ask(*at, 0, silence, func(*wire.Response, error) { then() })
}

// rest stops what was to come.
func (a *account) rest() {
	a.turn++
	stop(a.next)
}

// stands notes where we are registered; nil: nowhere.
func (a *account) stands(now *standing) {
	stop(a.lapse)
	stop(a.beat)
	was := a.here.Swap(now)
	if was != nil && (now == nil || was.hop.flow != now.hop.flow) {
		a.s.keeper.trunk(was.hop.flow, false)
	}
	if now != nil {
		a.s.keeper.trunk(now.hop.flow, true)
		a.keepAlive(now)
	}
}

// beginIn registers after a while, beginIn(0) at once.
func (a *account) beginIn(d time.Duration) {
	if a.over {
		return
	}
	a.rest()
	a.due = time.Now().Add(d)
	turn := a.turn
	a.next = time.AfterFunc(d, func() {
		a.do(func() {
			if turn == a.turn {
				a.begin()
			}
		})
	})
}

// begin registers, or renews the registration, at the first address that takes it.
func (a *account) begin() {
	if a.over {
		return
	}
	a.rest()
	a.notFor = 0
	hops, err := a.s.ways(a.name, "")
	if err != nil {
		a.failed(err.Error())
		return
	}
	a.try(hops, false)
}

// try asks one address after the other. Without a further one it waits for as long as RFC 3261 says.
func (a *account) try(hops []hop, longer bool) {
	to, quiet := hops[0], silence
	if len(hops) == 1 {
		quiet = 0
	}
	to.uri = bare(to.uri)
	a.asking = &to
	a.ask(to, a.expires, quiet, func(res *wire.Response, err error) {
		a.asking = nil
		a.notFor = max(a.notFor, retryTime(res))
		switch {
		case res != nil && res.StatusCode < 300:
			a.granted(to, res)
		case res != nil && res.StatusCode == 423 && !longer && a.mustAskFor(res):
			a.try(hops, true)
		case (res == nil || res.StatusCode == 503) && err == nil && len(hops) > 1:
			a.try(hops[1:], longer)
		default:
			a.unanswered(to, res, err)
		}
	})
}

// granted takes a 2xx.
func (a *account) granted(at hop, res *wire.Response) {
	granted := grantedBy(res, a.contact(at), a.expires)
	now := &standing{hop: at, route: routeOf(res), since: time.Now()}
	a.failures = 0
	a.stands(now)
	a.beginIn(granted/2 + jitter(granted/4))
	a.lapse = time.AfterFunc(granted, func() {
		a.do(func() {
			if a.here.Load() == now {
				a.stands(nil)
				a.tell("the registration has run out")
			}
		})
	})
	if told := "registered at " + at.flow.Remote.String(); a.told != told {
		a.told = told
		a.s.log.Info("trunk registered", "trunk", a.name, "addr", at.flow.Remote.String(), "user", a.trunk.Username, "granted", granted)
	}
}

// failed waits before the next try.
func (a *account) failed(why string) {
	a.tell(why)
	a.pause(failedPause, failedMost)
}

// refused waits longer: nothing changes before a person changes it, here or there.
func (a *account) refused(why string) {
	a.stands(nil)
	a.tell(why)
	a.pause(refusedPause, refusedMost)
}

func (a *account) pause(first, most time.Duration) {
	d := min(first<<min(a.failures, 10), most)
	a.failures++
	a.beginIn(max(d/2, min(a.notFor, refusedMost)) + jitter(d/2))
}

// tell logs why we are not registered, once.
func (a *account) tell(why string) {
	if a.told != why {
		a.told = why
		a.s.log.Warn("trunk not registered", "trunk", a.name, "user", a.trunk.Username, "why", why, "still_valid", a.here.Load() != nil)
	}
}

// flowClosed registers anew if its connection was closed: the provider reaches us no more.
func (a *account) flowClosed(f wire.Flow) {
	here := a.here.Load()
	if here == nil || a.asking != nil || here.hop.flow.Transport != f.Transport || here.hop.flow.Remote != f.Remote {
		return
	}
	wait := max(leastFlow-time.Since(here.since), 0) + jitter(time.Second)
	if time.Until(a.due) > wait {
		a.beginIn(wait)
	}
}

// keepAlive keeps the way to the registrar open: NATs forget UDP within half a minute (RFC 5626 section 4.4.2), and TCP
// within some more.
func (a *account) keepAlive(at *standing) {
	every := 24*time.Second + jitter(5*time.Second)
	if at.hop.flow.Stream() {
		every = 95*time.Second + jitter(25*time.Second) // RFC 5626 section 4.4.1
	}
	a.beat = time.AfterFunc(every, func() {
		a.do(func() {
			if a.here.Load() == at {
				_ = a.s.wire.KeepAlive(at.hop.flow) // the next REGISTER finds out
				a.keepAlive(at)
			}
		})
	})
}
