package sip

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"ringtide/sip/internal/wire"
)

const (
	challengesAnswered = 4 // of one REGISTER: a proxy and a registrar, and a stale nonce each
	longestExpires     = 24 * time.Hour
	leastGranted       = 10 * time.Second
)

// enquiry is one REGISTER and its repetitions with proofs.
type enquiry struct {
	to       hop
	expires  time.Duration
	quiet    time.Duration
	turn     uint64            // in which it began: what comes later counts no more
	answered map[string]string // nonces answered, by header
	tries    int
	done     func(*wire.Response, error) // nil, nil: nobody answered
}

// ask sends a REGISTER and has done run, in the mailbox, with its final response, unless the account has turned to something
// else by then. An error says that we cannot or need not answer its challenge.
func (a *account) ask(to hop, expires, quiet time.Duration, done func(*wire.Response, error)) {
	a.send(&enquiry{to: to, expires: expires, quiet: quiet, turn: a.turn, answered: map[string]string{}, done: done})
}

func (a *account) send(e *enquiry) {
	req := a.request(e)
	_, err := a.s.wire.Request(req, e.to.flow, wire.ClientHandler{
		Response: func(res *wire.Response) {
			if !res.IsProvisional() {
				a.do(func() { a.heard(e, res) })
			}
		},
		Failed: func(error) { a.do(func() { a.lost(e) }) },
	}, wire.ClientOptions{Silence: e.quiet})
	if err != nil {
		a.do(func() { a.lost(e) })
	}
}

// request makes the REGISTER (section 10.2), with proofs for the challenges that are known.
func (a *account) request(e *enquiry) *wire.Request {
	a.seq++
	us, contact := sipAddress(a.trunk.Username, e.to.uri.Host), a.contact(e.to)
	req := requestWithin(dialogKey{a.callID, wire.NewTag()}, us, wire.REGISTER, far{party: us, target: e.to.uri}, a.seq,
		wire.NewHeader("Contact", "<"+contact.String()+">"),
		wire.NewHeader("Expires", strconv.Itoa(int(e.expires.Seconds()))),
		wire.NewHeader("Supported", "path"), // RFC 3327 section 5.1
		allow(),
	)
	for header, c := range a.proofs {
		req.AppendHeader(c.proof(req, a.trunk.Username, a.trunk.Password))
		e.answered[header] = c.nonce
	}
	return req
}

// contact is where the provider's calls shall come: to the user of the account, so that they tell which account is called.
func (a *account) contact(to hop) wire.Uri {
	uri := a.s.selfFor(to.uri, to.flow)
	uri.User = escapeUser(a.trunk.Username)
	return uri
}

func (a *account) lost(e *enquiry) {
	a.s.trunkFailed(a.name, e.to.flow)
	if e.turn == a.turn {
		e.done(nil, nil)
	}
}

// heard takes a final response. A proof that is refused is good for nothing; one made for an old challenge is made anew.
func (a *account) heard(e *enquiry, res *wire.Response) {
	a.s.trunkAnswered(a.name, e.to.flow, res.StatusCode)
	switch {
	case e.turn != a.turn:
		return
	case res.StatusCode != 401 && res.StatusCode != 407:
		e.done(res, nil)
		return
	}
	c, err := readChallenge(res)
	if err != nil {
		e.done(res, err)
		return
	}
	nonce, proven := e.answered[c.reply]
	// What was proven with the first request was for a challenge of long ago.
	again := proven && e.tries > 0 && (!c.stale || nonce == c.nonce)
	if e.tries++; again || e.tries > challengesAnswered {
		delete(a.proofs, c.reply)
		e.done(res, c.refused(a.trunk.Username))
		return
	}
	a.proofs[c.reply] = c
	a.send(e)
}

// unanswered ends a round in which nobody registered us.
func (a *account) unanswered(at hop, res *wire.Response, err error) {
	switch {
	case err != nil:
		a.refused(err.Error())
	case res == nil:
		a.failed("no answer from " + at.flow.Remote.String())
	case res.StatusCode == 408 || res.StatusCode == 480 || res.StatusCode >= 500 && res.StatusCode < 600:
		a.failed(said(at, res))
	default:
		a.refused(said(at, res))
	}
}

func said(at hop, res *wire.Response) string {
	return fmt.Sprintf("%s says %d %s", at.flow.Remote, res.StatusCode, cleanName(res.Reason))
}

// retryTime is the time that a response asks us to wait; 0: it does not, or there is none.
func retryTime(res *wire.Response) time.Duration {
	if res == nil {
		return 0
	}
	digits, _, _ := strings.Cut(wire.Get(res, "Retry-After"), ";")
	digits, _, _ = strings.Cut(digits, "(") // a comment
	return dayAtMost(digits)
}

// dayAtMost reads a header's seconds; 0: there are none.
func dayAtMost(text string) time.Duration {
	d, _ := secondsOf(text)
	return min(d, longestExpires)
}

// mustAskFor takes the Min-Expires of a 423 (section 10.2.8); false: it does not help.
func (a *account) mustAskFor(res *wire.Response) bool {
	least := dayAtMost(wire.Get(res, "Min-Expires"))
	if least <= a.expires {
		return false
	}
	a.expires = least
	return true
}

// grantedBy is for how long a 2xx registers a contact (section 10.2.4): what stands with it, else what stands for all, else
// what was asked for.
func grantedBy(res *wire.Response, contact wire.Uri, asked time.Duration) time.Duration {
	granted := dayAtMost(wire.Get(res, "Expires"))
	for _, a := range addresses(res, "Contact") {
		if d := dayAtMost(param(a.params, "expires")); d > 0 && sameURI(a.uri, contact) {
			granted = d
		}
	}
	if granted == 0 {
		granted = asked
	}
	return max(granted, leastGranted)
}
