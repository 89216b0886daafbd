package sip

import (
	"strconv"
	"sync"
	"time"

	"ringtide/sip/internal/wire"
)

// subscription is a phone that wants to hear of a subject by NOTIFY, in a dialog that its SUBSCRIBE has made (RFC 6665 section
// 4.2). Its NOTIFYs have the whole state, go out one at a time, and to where the phone spoke from last.
//
//	SUBSCRIBE --> live --SUBSCRIBE, news: NOTIFY--> live
//	              live --Expires: 0, expiry, user removed, room needed: NOTIFY terminated--> gone
//	              live --NOTIFY refused or unanswered--> gone
type subscription struct {
	s     *Server
	about *eventPackage
	subject
	id    string // of Event
	user  string // who watches, as proven
	key   dialogKey
	merge inviteKey // of the SUBSCRIBE that made it
	local string    // our URI, in angle brackets
	peer  peer

	mu      sync.Mutex
	turn    turn
	far     far
	seq     uint32 // CSeq of our last NOTIFY
	farSeq  uint32 // CSeq of the peer's last SUBSCRIBE
	expires time.Time
	expiry  *time.Timer
	owed    bool   // a NOTIFY is due, news or not
	said    string // body of the last NOTIFY
	reason  string // why it ends; "": it lives
	gone    bool   // nothing is sent any more
	home    wire.Flow

	requests meter
}

// Reasons of the last NOTIFY (RFC 6665 section 4.1.3).
const (
	timedOut   = "timeout"    // it was not refreshed, or ended by the phone
	noResource = "noresource" // what it watches is there no more
	rejected   = "rejected"   // it had to make room; the phone does not come back at once, as it would after others
)

// Identity is the user who watches.
func (u *subscription) Identity() Identity { return Identity{User: u.user} }

func (u *subscription) admits(f wire.Flow) bool { return f.Remote.Addr().Unmap() == u.peer.addr() }

// lastsFor begins the subscription's time anew and owes a NOTIFY.
func (u *subscription) lastsFor(d time.Duration) {
	u.owed = true
	u.expires = time.Now().Add(d)
	stop(u.expiry)
	if d > 0 {
		u.expiry = time.AfterFunc(d, func() { u.s.guard(func() { u.end(timedOut) }) })
	}
}

// end has the last NOTIFY said; nothing comes after it. A time that was begun anew meanwhile is not over.
func (u *subscription) end(reason string) {
	u.mu.Lock()
	ends := u.reason == "" && !u.gone && (reason != timedOut || !time.Now().Before(u.expires))
	if ends {
		u.reason, u.owed = reason, true
		stop(u.expiry)
	}
	u.mu.Unlock()
	if ends {
		u.s.desk.subscriptions.remove(u)
		u.tell()
	}
}

// drop forgets it without a word.
func (u *subscription) drop() {
	u.s.desk.subscriptions.remove(u)
	u.mu.Lock()
	defer u.mu.Unlock()
	stop(u.expiry)
	u.lives(wire.Flow{})
	u.gone = true
}

// spoke notes where the phone speaks from; that connection is kept open.
func (u *subscription) spoke(from wire.Flow) {
	u.peer.spokeFrom(from)
	u.lives(from)
}

func (u *subscription) lives(f wire.Flow) {
	if u.gone || f == u.home {
		return
	}
	u.s.keeper.dialogs(u.home, -1)
	u.s.keeper.dialogs(f, 1)
	u.home = f
}

// speaksFor tells whether it is a device's own.
func (u *subscription) speaksFor(b *binding) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.peer.lastFlow() == b.flow || sameURI(u.far.target, b.uri)
}

// say answers a request within the dialog.
func (u *subscription) say(tx *wire.ServerTx, code int, more ...wire.Header) {
	res := u.s.reply(tx.Request(), code, more...)
	if to := res.To(); tagOf(to.Params) == "" {
		to.Params.Add("tag", u.key.localTag)
	}
	_ = tx.Respond(res) // an error is a lost packet: the peer asks again
}

// selfOn is our URI for the phone.
func (u *subscription) selfOn(f wire.Flow) string {
	self := u.s.selfFor(u.far.target, f)
	return self.String()
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }
