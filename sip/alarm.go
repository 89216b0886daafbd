package sip

import "time"

// alarm is a timer of a dialog that goes off in its mailbox. Stopped there, it never does any more, not even if its
// work waits in the mailbox already.
type alarm struct {
	d     *Dialog
	timer *time.Timer
}

// after has f run in t, unless the dialog ends before.
func (d *Dialog) after(t time.Duration, f func()) *alarm {
	if d.state == gone {
		return nil
	}
	a := &alarm{d: d}
	if d.alarms == nil {
		d.alarms = make(map[*alarm]bool)
	}
	d.alarms[a] = true
	a.timer = time.AfterFunc(t, func() {
		d.do(func() {
			if d.alarms[a] {
				delete(d.alarms, a)
				f()
			}
		})
	})
	return a
}

// stop may be called on nil and more than once.
func (a *alarm) stop() {
	if a != nil {
		a.timer.Stop()
		delete(a.d.alarms, a)
	}
}
