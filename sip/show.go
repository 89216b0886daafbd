package sip

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"ringtide/sip/internal/wire"
)

// wish is with whom the peer shall be told that it speaks. One waits, one is being told; a newer one takes the place of one
// that waits.
//
//	waiting --nothing else under way--> UPDATE ------2xx--> told
//	   ^                                  |  '-- 405, 501: re-INVITE --2xx--> told
//	   '---- 491, Retry-After: a pause ---+--------------------'
//	                                      '-- 408, 481, silence: the dialog is over; all others: left out
//
// A refresh of the session is a wish without news, and every wish that is told refreshes the session.
type wish struct {
	name, number string
	offer        []byte
	tries        int
	refresh      bool // there is nothing to tell but that the session goes on (RFC 4028)
}

// wishTries is how often a wish is tried at most.
const wishTries = 4

// Show tells the peer with whom it speaks now (RFC 3325, RFC 5876): by UPDATE if it allows that, else by a re-INVITE with
// offer, whose answer comes as Reanswered. number "": somebody who withholds it. offer nil: only by UPDATE. An offer that
// meets one of the peer's waits and tries again (RFC 3261 section 14.1); what cannot be told in the end is left out.
//
// offer is our SDP as it stands, with its version: nothing in the session changes. While it waits, what Answer or Accept say
// takes its place. A peer that is found to be gone is reported by HungUp{Dead}.
func (d *Dialog) Show(name, number string, offer []byte) {
	d.do(func() {
		if !d.leaving && d.state < ending {
			d.wish = &wish{name: name, number: number, offer: offer}
		}
	})
}

// grant tells what waits to be told, as soon as nothing is in its way: an INVITE may not be sent while another one is under
// way, whoever sent it (RFC 3261 section 14.1).
func (d *Dialog) grant() {
	if d.telling != nil || d.pause != nil || d.state != confirmed || d.reoffer != nil || len(d.unacked) > 0 {
		return
	}
	w := d.wish
	d.wish = nil
	if w == nil && d.session.due {
		d.session.due = false
		w = &wish{refresh: true, offer: d.said}
	}
	if w == nil {
		return
	}
	w.tries++
	switch {
	case d.updates:
		d.telling = w
		d.ask(wire.UPDATE, nil, func(res *wire.Response) { d.told(w, res, true) }, d.telltale(w)...)
	case w.offer != nil:
		d.telling = w
		d.reinvite(w, nil)
	}
}

// told takes the final response to what tells a wish; nil: none came.
func (d *Dialog) told(w *wish, res *wire.Response, byUpdate bool) {
	d.telling = nil
	if d.state != confirmed {
		return
	}
	switch {
	case res == nil, res.StatusCode == 408: // RFC 3261 section 12.2.1.2
		d.emit(HungUp{Dead: true})
		d.bye()
	case res.StatusCode == 481:
		d.emit(HungUp{Dead: true})
		d.end()
	case res.StatusCode < 300:
		d.heeds(res)
		d.refreshTarget(res)
		d.granted(res)
	case w.refresh && !d.session.shared: // whatever it says, it lives
		d.runs(d.session.lasts, true, false)
	case res.StatusCode == 422 && d.yields(res):
		d.again(w, 0)
	case res.StatusCode == 491:
		d.again(w, d.glarePause())
	case res.StatusCode == 500 || res.StatusCode == 503:
		if after, err := strconv.Atoi(strings.TrimSpace(wire.Get(res, "Retry-After"))); err == nil && after >= 0 && after <= 10 {
			d.again(w, time.Duration(after)*time.Second)
		}
	case byUpdate && (res.StatusCode == 405 || res.StatusCode == 501 || w.refresh):
		d.updates = false
		d.again(w, 0)
	}
}

// again has a wish tried after a pause, unless there is a newer one by then. Nothing else is tried before.
func (d *Dialog) again(w *wish, after time.Duration) {
	if w.tries < wishTries && d.wish == nil {
		d.wish = w
	}
	if after > 0 {
		d.pause = d.after(after, func() { d.pause = nil })
	}
}

// glarePause is how long to wait after offers have met: RFC 3261 section 14.1, in steps of 10 ms, 2.1 to 4 s for who made
// the Call-ID and up to 2 s for the other.
func (d *Dialog) glarePause() time.Duration {
	const step = 10 * time.Millisecond
	if d.ours != nil {
		return 2100*time.Millisecond + step*time.Duration(rand.N(191))
	}
	return step * time.Duration(rand.N(201))
}

// heeds notes whether the peer takes UPDATE, if a message of its says what it takes (RFC 3311 section 5.1).
func (d *Dialog) heeds(m wire.Message) {
	if wire.All(m, "Allow") != nil {
		d.updates = lists(m, "Allow", string(wire.UPDATE))
	}
}

// says notes the SDP that we have said last: neither an offer that waits nor a refresh must take it back.
func (d *Dialog) says(sdp []byte) {
	if sdp != nil {
		d.said = sdp
	}
	for _, w := range []*wish{d.wish, d.telling} {
		if w != nil && w.offer != nil && sdp != nil {
			w.offer = sdp
		}
	}
}

// telltale is what a request says that tells a wish. Some phones heed Remote-Party-ID alone; carriers are not asked to.
func (d *Dialog) telltale(w *wish) []wire.Header {
	headers := append(append(d.abilities(), d.contact(d.way(d.far))), d.asks()...)
	if w.refresh {
		return headers
	}
	who, privacy := anonymous, "full"
	if w.number != "" {
		who, privacy = sipAddress(cleanName(w.number), d.ourHost()), "off"
	}
	if name := quoteName(w.name); name != "" {
		who = name + " " + who
	}
	headers = append(headers, wire.NewHeader("P-Asserted-Identity", who))
	if w.number == "" {
		headers = append(headers, wire.NewHeader("Privacy", "id")) // RFC 3323 section 4.2
	}
	if d.who.User != "" {
		party := "calling"
		if d.theirs != nil {
			party = "called"
		}
		headers = append(headers, wire.NewHeader("Remote-Party-ID", who+";party="+party+";privacy="+privacy+";screen=yes"))
	}
	return headers
}

// ourHost is where those are at home whom we show the peer: users see our domain, a trunk what it saw before.
func (d *Dialog) ourHost() string {
	_, uri, _, err := wire.ParseAddress(d.local)
	if domain := d.s.config.Load().Domain; err != nil || uri.Host == "" || uri.Host == nobodysHost || d.who.User != "" && domain != "" {
		return domain
	}
	return uri.Host
}
