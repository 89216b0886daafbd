package call

import (
	"time"

	"ringtide/media"
	"ringtide/sip"
)

// door is what a call must pass before the engine hears of it, in this order.
var door = []check{
	{"drain", draining},
	{"overload", overloaded},
	{"calls", tooMany},
	{"rate", tooFast},
	{"hops", outOfHops},
	{"media", unusableOffer},
}

type check struct {
	name string
	// refuses returns the SIP code to refuse with, or 0.
	refuses func(*Exchange, sip.Invitation) int
}

type refusal struct {
	check      string
	code       int
	retryAfter time.Duration // said with 503
}

// inboxFull is how many messages may wait for the exchange before new calls are refused.
const inboxFull = 50_000

func (x *Exchange) admit(inv sip.Invitation) *refusal {
	for _, c := range door {
		if code := c.refuses(x, inv); code != 0 {
			no := &refusal{check: c.name, code: code}
			if code == 503 {
				no.retryAfter = 10 * time.Second
			}
			return no
		}
	}
	return nil
}

func draining(x *Exchange, _ sip.Invitation) int { return when(x.drains.Load(), 503) }

func overloaded(x *Exchange, _ sip.Invitation) int { return when(x.in.Len() > inboxFull, 503) }

func tooMany(x *Exchange, _ sip.Invitation) int {
	limit := x.conf.Load().MaxCalls
	return when(limit > 0 && len(x.calls) >= limit, 503)
}

func tooFast(x *Exchange, _ sip.Invitation) int {
	return when(!x.rate.allow(time.Now(), x.conf.Load().CallsPerSecond), 503)
}

// outOfHops: a call of ours carries on the caller's Max-Forwards, less one; with none left it goes in circles
// (RFC 3261 section 16.3).
func outOfHops(_ *Exchange, inv sip.Invitation) int { return when(inv.MaxForwards < 2, 483) }

func unusableOffer(x *Exchange, inv sip.Invitation) int {
	if inv.Offer == nil { // late offer: we make one
		return 0
	}
	offer, err := media.Parse(inv.Offer)
	if err != nil {
		return 400
	}
	return when(x.Media.Check(offer) != nil, 488)
}

func when(refused bool, code int) int {
	if refused {
		return code
	}
	return 0
}

// rate is a token bucket that holds one second's worth of calls. Its zero value is full.
type rate struct {
	used float64
	last time.Time
}

// allow takes a token at perSecond; 0 or less: always.
func (r *rate) allow(now time.Time, perSecond int) bool {
	if perSecond <= 0 {
		return true
	}
	r.used = max(0, r.used-now.Sub(r.last).Seconds()*float64(perSecond))
	r.last = now
	if r.used+1 > float64(perSecond) {
		return false
	}
	r.used++
	return true
}
