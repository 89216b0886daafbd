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

// receive handles a request within the subscription's dialog.
func (u *subscription) receive(tx *wire.ServerTx) {
	req := tx.Request()
	if req.Method != wire.SUBSCRIBE {
		u.say(tx, 405, wire.NewHeader("Allow", string(wire.SUBSCRIBE)))
		return
	}
	lasts, code, more := u.refreshed(tx)
	if code == 200 {
		more = append(more, wire.NewHeader("Contact", "<"+u.selfOn(tx.Flow())+">"), wire.NewHeader("Expires", seconds(lasts)))
	}
	u.say(tx, code, more...)
	switch {
	case code != 200:
	case lasts == 0:
		u.end(timedOut)
	default:
		u.s.desk.subscriptions.heard(u)
		u.tell()
	}
}

// refreshed takes over what a SUBSCRIBE says (RFC 6665 section 4.2.1.3) and returns for how long it is granted.
func (u *subscription) refreshed(tx *wire.ServerTx) (lasts time.Duration, code int, more []wire.Header) {
	req := tx.Request()
	limits := limitsOf(u.s.config.Load())
	lasts, refusal := limits.grant(wire.Get(req, "Expires"))
	about, id := u.s.packageOf(req)
	u.mu.Lock()
	defer u.mu.Unlock()
	switch seq := req.CSeq().SeqNo; {
	case u.reason != "" || u.gone, about == u.about && id != u.id:
		return 0, 481, nil
	case seq < u.farSeq:
		return 0, 500, nil // a later one overtook it
	case !u.requests.allows(time.Now(), perSecond, time.Second):
		return 0, 503, []wire.Header{retryAfter(time.Second)}
	case about != u.about:
		return 0, 489, []wire.Header{wire.NewHeader("Allow-Events", events)}
	case !u.about.accepted(req):
		return 0, 406, nil
	case refusal == 423:
		return 0, 423, []wire.Header{wire.NewHeader("Min-Expires", seconds(limits.least))}
	default:
		u.farSeq = seq
	}
	if uri, ok := contactOf(req); ok {
		u.far.target = uri
	}
	u.spoke(tx.Flow())
	u.lastsFor(lasts)
	return lasts, 200, nil
}

// lastsFor begins the subscription's time anew and owes a NOTIFY.
func (u *subscription) lastsFor(d time.Duration) {
	u.owed = true
	u.expires = time.Now().Add(d)
	stop(u.expiry)
	if d > 0 {
		u.expiry = time.AfterFunc(d, func() { u.s.guard(u.expire) })
	}
}

func (u *subscription) expire() {
	u.mu.Lock()
	over := !time.Now().Before(u.expires) // it may have been refreshed while this function waited for the lock
	u.mu.Unlock()
	if over {
		u.end(timedOut)
	}
}

// end says the last NOTIFY; nothing comes after it.
func (u *subscription) end(reason string) {
	u.s.desk.subscriptions.remove(u)
	u.mu.Lock()
	ended := u.reason != "" || u.gone
	if !ended {
		u.reason, u.owed = reason, true
		stop(u.expiry)
	}
	u.mu.Unlock()
	if !ended {
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
	self := u.s.wire.Self(f)
	return self.String()
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }
