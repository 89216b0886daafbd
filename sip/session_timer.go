package sip

import "time"

// runs starts the session timer anew.
func (d *Dialog) runs(lasts time.Duration, ours, shared bool) {
	t := &d.session
	t.refresh.stop()
	t.expiry.stop()
	t.lasts, t.ours, t.shared, t.due = lasts, ours, shared, false
	if lasts == 0 {
		return
	}
	if ours {
		t.refresh = d.after(lasts/2, d.refreshDue)
	}
	if shared {
		t.expiry = d.after(lasts-min(32*time.Second, lasts/3), d.expired) // RFC 4028 section 10
	}
}

// refreshDue has the session refreshed: grant sends an UPDATE or re-INVITE as soon as nothing is in its way. Until one is
// accepted that is done again, a few times before the session expires.
func (d *Dialog) refreshDue() {
	t := &d.session
	t.due = true
	t.refresh = d.after(t.lasts/8, d.refreshDue)
}

// expired: whoever was to refresh the session has not.
func (d *Dialog) expired() {
	if d.state == confirmed {
		d.emit(HungUp{Dead: true})
		d.bye()
	}
}
