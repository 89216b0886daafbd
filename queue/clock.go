package queue

import "time"

// alarm is the next moment at which a call or an agent must be looked at. Exactly one of call and agent is set.
type alarm struct {
	at    time.Time
	pos   int // place in the clock, from 1; 0: not set
	call  *Call
	agent *Agent
}

// before says whether a goes off before b. No two alarms are equal, so the order never depends on how they were set:
// at the same moment agents come before calls, each in their own order.
func (a *alarm) before(b *alarm) bool {
	if d := a.at.Compare(b.at); d != 0 {
		return d < 0
	}
	switch {
	case a.agent != nil && b.agent != nil:
		return a.agent.rank < b.agent.rank
	case a.call != nil && b.call != nil:
		return a.call.Arrival < b.call.Arrival
	}
	return a.agent != nil
}

// clock is a binary heap of alarms: with ten thousand callers in the line, looking at each one's deadlines after every
// fact would cost more than everything else together.
type clock []*alarm

// set moves the alarm to the moment at, or takes it out if at is zero.
func (k *clock) set(a *alarm, at time.Time) {
	switch {
	case at.IsZero() && a.pos == 0:
	case at.IsZero():
		k.remove(a)
	case a.pos == 0:
		a.at = at
		*k = append(*k, a)
		a.pos = len(*k)
		k.up(a)
	case !at.Equal(a.at):
		a.at = at
		k.up(a)
		k.down(a)
	}
}

// due takes out the first alarm that is not after now.
func (k *clock) due(now time.Time) (*alarm, bool) {
	if len(*k) == 0 || (*k)[0].at.After(now) {
		return nil, false
	}
	a := (*k)[0]
	k.remove(a)
	return a, true
}

func (k *clock) remove(a *alarm) {
	h := *k
	last := h[len(h)-1]
	*k = h[:len(h)-1]
	h[len(h)-1] = nil
	if last != a {
		last.pos = a.pos
		h[last.pos-1] = last
		k.up(last)
		k.down(last)
	}
	a.pos = 0
}

func (k *clock) up(a *alarm) {
	h := *k
	for a.pos > 1 && a.before(h[a.pos/2-1]) {
		h.swap(a.pos, a.pos/2)
	}
}

func (k *clock) down(a *alarm) {
	h := *k
	for 2*a.pos <= len(h) {
		child := 2 * a.pos
		if child < len(h) && h[child].before(h[child-1]) {
			child++
		}
		if a.before(h[child-1]) {
			return
		}
		h.swap(a.pos, child)
	}
}

// swap exchanges the alarms at the places i and j, from 1.
func (k clock) swap(i, j int) {
	k[i-1], k[j-1] = k[j-1], k[i-1]
	k[i-1].pos, k[j-1].pos = i, j
}

// soonest keeps the earliest of the moments that lie after now.
type soonest struct{ now, at time.Time }

func (s *soonest) add(t time.Time) {
	if t.After(s.now) && (s.at.IsZero() || t.Before(s.at)) {
		s.at = t
	}
}
