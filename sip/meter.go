package sip

import "time"

// perSecond requests of one dialog are handled, the rest is refused.
const perSecond = 50

// meter counts what one dialog asks of us: what it lets through ends up in the inbox of a call.
type meter struct {
	since time.Time
	n     int
}

// allows says whether this is one of the first most within a window of time.
func (m *meter) allows(now time.Time, most int, window time.Duration) bool {
	if now.Sub(m.since) >= window {
		*m = meter{since: now}
	}
	m.n++
	return m.n <= most
}
