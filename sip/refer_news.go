package sip

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"ringtide/sip/internal/wire"
)

// referNews is the subscription that an accepted REFER makes: the peer is told by NOTIFY how its transfer goes, as a piece of
// a SIP message (RFC 3515 section 2.4, RFC 3420). It lives inside the dialog of the call and ends with it.
//
//	active --final report, un-SUBSCRIBE, time over: last NOTIFY--> told the last time --any answer--> over
//	   '-- NOTIFY refused or unanswered (RFC 6665 section 4.2.2) -------------------------------------> over
type referNews struct {
	d      *Dialog
	seq    uint32 // CSeq of the REFER
	named  bool   // its id is said: the REFER is not the first of the dialog
	status int
	reason string // why it is over; "": it is not
	until  time.Time
	expiry *alarm
	sent   bool // a NOTIFY has no answer yet: there is one at a time
	due    bool // there is something to tell
}

// newsLife is how long news come without a refresh: longer than any transfer takes to come to its end.
const newsLife = 3 * time.Minute

func newReferNews(d *Dialog, r *refer) *referNews {
	return &referNews{d: d, seq: r.tx.Request().CSeq().SeqNo, named: !r.first, status: 100}
}

// begin tells the peer that its REFER is being followed.
func (n *referNews) begin() {
	n.lasts(newsLife)
	n.tell()
}

// lasts sets when the subscription ends by itself.
func (n *referNews) lasts(life time.Duration) {
	n.until = time.Now().Add(life)
	n.expiry.stop()
	n.expiry = n.d.after(life, func() { n.conclude("timeout") })
}

// report tells a status; from 200 on it is the last.
func (n *referNews) report(code int) {
	n.status = code
	if code >= 200 {
		n.conclude("noresource") // RFC 3515 section 2.4.7
		return
	}
	n.tell()
}

func (n *referNews) conclude(reason string) {
	n.reason = reason
	n.tell()
}

// tell sends a NOTIFY with what is known now, or after the answer to the one before (RFC 6665 section 4.2.2).
func (n *referNews) tell() {
	n.due = true
	if n.sent || n.d.state >= ending {
		return
	}
	n.sent, n.due = true, false
	last := n.reason != ""
	body := fmt.Sprintf("SIP/2.0 %d %s\r\n", n.status, wire.Phrase(n.status))
	n.d.ask(wire.NOTIFY, []byte(body), func(res *wire.Response) {
		n.sent = false
		switch {
		case last, res == nil, res.StatusCode >= 300:
			n.end()
		case n.due:
			n.tell()
		}
	}, n.headers()...)
}

func (n *referNews) headers() []wire.Header {
	event, state := "refer", "terminated;reason="+n.reason
	if n.named { // RFC 3515 section 2.4.6
		event += ";id=" + strconv.FormatUint(uint64(n.seq), 10)
	}
	if n.reason == "" {
		state = "active;expires=" + strconv.Itoa(int(time.Until(n.until).Round(time.Second)/time.Second))
	}
	return []wire.Header{
		n.d.contact(n.d.way(n.d.far)),
		wire.NewHeader("Event", event),
		wire.NewHeader("Subscription-State", state),
		wire.NewHeader("Content-Type", "message/sipfrag;version=2.0"),
	}
}

// end: nothing more is told. That ends neither the transfer nor the call.
func (n *referNews) end() {
	n.expiry.stop()
	if r := n.d.refer; r != nil && r.news == n {
		r.news = nil
	}
}

// resubscribed takes a SUBSCRIBE for the news of a transfer: it makes them last longer or, with Expires 0, ends them. REFER
// alone begins them (RFC 3515 section 2.4.4).
func (d *Dialog) resubscribed(tx *wire.ServerTx) {
	req := tx.Request()
	if d.refer == nil || d.refer.news == nil || !d.refer.news.isMeant(wire.Get(req, "Event")) {
		d.say(tx, 403)
		return
	}
	n, life := d.refer.news, newsLife
	if asked, err := strconv.ParseUint(strings.TrimSpace(wire.Get(req, "Expires")), 10, 32); err == nil {
		life = min(life, time.Duration(asked)*time.Second)
	}
	res := d.agree(tx, 200, nil)
	res.AppendHeader(wire.NewHeader("Expires", strconv.Itoa(int(life/time.Second))))
	_ = tx.Respond(res)
	if life == 0 {
		n.conclude("timeout") // RFC 6665 section 4.4.1
		return
	}
	n.lasts(life)
	n.tell()
}

// isMeant tells whether an Event header names this subscription. The first of a dialog needs no id.
func (n *referNews) isMeant(event string) bool {
	if n.reason != "" {
		return false
	}
	for p := range strings.SplitSeq(event, ";") {
		if name, id, _ := strings.Cut(p, "="); strings.EqualFold(strings.TrimSpace(name), "id") {
			return strings.TrimSpace(id) == strconv.FormatUint(uint64(n.seq), 10)
		}
	}
	return !n.named
}
