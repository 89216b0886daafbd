package sip

import (
	"strconv"
	"strings"
	"time"

	"ringtide/sip/internal/wire"
)

// session is the session timer of a dialog (RFC 4028). Every 2xx to an INVITE or UPDATE, of whichever side, settles it anew:
// how long the session lasts, and who refreshes it.
//
//	running --half of it is over, ours to refresh--> due --UPDATE or re-INVITE, 2xx--> running
//	   |                                              '--408, 481, silence: HungUp{Dead}
//	   '--32 s before its end nobody has refreshed it: HungUp{Dead}, BYE
//
// A peer that knows no timers is asked all the same, by us alone: so dead ones are found. Any answer of it will do.
type session struct {
	lasts   time.Duration // 0: there is no timer
	ours    bool          // we refresh it
	shared  bool          // the peer knows timers: it ends the call, too, if nobody refreshes
	least   time.Duration // the longest Min-SE that the peer has asked for; 0: none
	yielded int           // 422 answered by asking for more, or for nothing
	silent  bool          // no 422 helped: we ask for nothing
	due     bool          // to be refreshed by us as soon as nothing is in its way

	refresh *alarm
	expiry  *alarm
}

const (
	timers = "timer" // the option tag
	// leastSession is the shortest interval there may be (sections 4 and 5), longestSession the longest that a 422 may press on us.
	leastSession, longestSession = 90 * time.Second, 24 * time.Hour
	// maxYields is how many 422 are answered by asking again in one dialog.
	maxYields = 3
)

// atLeast is what a 422 of ours says.
func atLeast() wire.Header { return wire.NewHeader("Min-SE", seconds(leastSession)) }

func knowsTimers(req *wire.Request) bool {
	return lists(req, "Supported", timers) || lists(req, "Require", timers)
}

// tooBrief tells whether a request is to be answered 422 (section 9). Who knows no timers cannot help it: a proxy has asked.
func tooBrief(req *wire.Request) bool {
	lasts, _, ok := intervalOf(req)
	return ok && lasts < leastSession && knowsTimers(req)
}

// intervalOf reads Session-Expires; refresher is "uac", "uas" or "". What cannot be read is not there.
func intervalOf(m wire.Message) (lasts time.Duration, refresher string, ok bool) {
	value, params, _ := strings.Cut(wire.Get(m, "Session-Expires"), ";")
	lasts, ok = secondsOf(value)
	for param := range strings.SplitSeq(params, ";") {
		name, role, _ := strings.Cut(param, "=")
		if role = strings.ToLower(strings.TrimSpace(role)); strings.EqualFold(strings.TrimSpace(name), "refresher") && (role == "uac" || role == "uas") {
			refresher = role
		}
	}
	return lasts, refresher, ok
}

// leastOf reads Min-SE; 0: there is none.
func leastOf(m wire.Message) time.Duration {
	value, _, _ := strings.Cut(wire.Get(m, "Min-SE"), ";")
	least, _ := secondsOf(value)
	return least
}

func secondsOf(value string) (time.Duration, bool) {
	n, err := strconv.ParseUint(strings.TrimSpace(value), 10, 32)
	return time.Duration(n) * time.Second, err == nil
}

// wants is how long we want the session to last: as long as it does, else as configured; 0: we want no timer.
func (d *Dialog) wants() time.Duration {
	lasts := d.session.lasts
	if lasts == 0 {
		lasts = d.s.config.Load().SessionExpires
	}
	if lasts == 0 {
		return 0
	}
	return max(lasts, d.session.least)
}

// asks is what an INVITE or UPDATE of ours says of the timer (section 7.4). The first leaves it to the peer who refreshes;
// later ones leave that as it is.
func (d *Dialog) asks() []wire.Header {
	t, lasts := &d.session, d.wants()
	if lasts == 0 || t.silent {
		return nil
	}
	value := seconds(lasts)
	if t.lasts > 0 {
		value += ";refresher=" + roleOf(t.ours, "uac", "uas")
	}
	headers := []wire.Header{wire.NewHeader("Session-Expires", value)}
	if t.least > 0 {
		headers = append(headers, wire.NewHeader("Min-SE", seconds(t.least)))
	}
	return headers
}

func roleOf(ours bool, self, other string) string {
	if ours {
		return self
	}
	return other
}

// granted settles the timer with a 2xx of the peer (section 7.2).
func (d *Dialog) granted(res *wire.Response) {
	if lasts, refresher, ok := intervalOf(res); ok {
		d.runs(max(lasts, leastSession), refresher != "uas", true)
		return
	}
	d.runs(d.wants(), true, false)
}

// yields takes a 422: we ask for what it demands. Demands without measure, or none at all, make us ask for nothing, so that
// the call does not fail for its timer (section 7.3). False: we have given way before.
func (d *Dialog) yields(res *wire.Response) bool {
	t := &d.session
	if t.yielded == maxYields || t.silent {
		return false
	}
	t.yielded++
	if least := leastOf(res); least > d.wants() && least <= longestSession {
		t.least = least
	} else {
		t.silent = true
	}
	return true
}

// grants settles the timer with a 2xx of ours and returns what that says (section 9). We may shorten what is asked for, down
// to Min-SE, and choose who refreshes unless the peer has chosen: we do, because then nothing depends on the peer.
func (d *Dialog) grants(req *wire.Request) []wire.Header {
	t, knows := &d.session, knowsTimers(req)
	asked, refresher, wanted := intervalOf(req)
	t.least = max(t.least, leastOf(req))
	lasts := d.wants()
	byUs := lasts > 0
	if asked = max(asked, leastSession); wanted && (lasts == 0 || asked < lasts) {
		lasts = asked
	}
	switch {
	case !knows, refresher == "uas":
		byUs = true
	case refresher == "uac":
		byUs = false
	case t.lasts > 0:
		byUs = t.ours
	}
	d.runs(lasts, byUs, knows)
	if lasts == 0 || !knows && !wanted {
		return nil
	}
	headers := []wire.Header{wire.NewHeader("Session-Expires", seconds(lasts)+";refresher="+roleOf(byUs, "uas", "uac"))}
	if knows {
		headers = append(headers, wire.NewHeader("Require", timers))
	}
	return headers
}
