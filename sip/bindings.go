package sip

import (
	"cmp"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"ringtide/sip/internal/wire"
)

// binding is a device: one contact of a user, with the flow it is reached by. It belongs to the registrar's lock.
//
//	REGISTER --> reachable --3 tests missed, a call in vain--> unreachable --any answer, REGISTER--> reachable
//	either --Expires: 0, expiry, connection closed, room needed, user removed--> gone
type binding struct {
	key       string // names the device for as long as it stays registered
	user      string
	uri       wire.Uri // as registered: the Request-URI of what is sent to it
	instance  string   // +sip.instance (RFC 5626), "" if none
	regID     string
	q         int // priority in thousandths
	callID    string
	cseq      uint32
	userAgent string
	path      []string // Route for requests to it (RFC 3327)
	direct    bool     // no proxy stands between
	flow      wire.Flow
	expires   time.Time // on the monotonic clock
	since     uint64    // number of the REGISTER that made it
	renewed   uint64    // of the one that named it last

	reachable bool
	missed    int // tests missed in a row
	expiry    *time.Timer
	test      *time.Timer
	testing   uint64 // number of the test that counts; results of others come too late
}

// wanted is one Contact of a REGISTER.
type wanted struct {
	uri      wire.Uri
	instance string
	regID    string
	q        int
	expires  time.Duration // 0: to be removed
}

// asked is what a REGISTER wants, checked as far as that can be done without looking at what is registered.
type asked struct {
	contacts  []wanted
	all       bool // Contact: *
	callID    string
	cseq      uint32
	userAgent string
	path      []string
	direct    bool
	flow      wire.Flow
}

const (
	maxContactText = 512 // octets of a contact URI, an instance, a path
	defaultExpires = time.Hour
)

// readRegister reads the contacts of a REGISTER (RFC 3261 section 10.3, steps 6 and 7). code is 0, or that of the refusal.
func readRegister(req *wire.Request, f wire.Flow, limits registerLimits) (a asked, code int) {
	a = asked{
		callID:    wire.Get(req, "Call-ID"),
		cseq:      req.CSeq().SeqNo,
		userAgent: cleanName(wire.Get(req, "User-Agent")),
		direct:    len(wire.All(req, "Via")) == 1,
		flow:      f,
	}
	for _, value := range wire.All(req, "Path") {
		a.path = append(a.path, wire.List(value)...)
	}
	headers := req.GetHeaders("Contact")
	for _, h := range headers {
		c, ok := h.(*wire.ContactHeader)
		if !ok {
			return a, 400
		}
		expires := c.Params.GetOr("expires", wire.Get(req, "Expires"))
		if c.Address.Wildcard {
			// RFC 3261 section 10.2.2: * stands alone and only removes.
			if a.all = expires == "0" && len(headers) == 1; !a.all {
				return a, 400
			}
			return a, 0
		}
		w := wanted{uri: c.Address, instance: param(c.Params, "+sip.instance"), regID: param(c.Params, "reg-id"), q: priority(param(c.Params, "q"))}
		if w.uri.Headers = nil; w.uri.Scheme != "sip" && w.uri.Scheme != "sips" {
			return a, 416
		}
		if w.expires, code = limits.grant(expires); code != 0 {
			return a, code
		}
		if len(w.uri.String())+len(w.instance)+len(w.regID) > maxContactText {
			return a, 400
		}
		a.contacts = append(a.contacts, w)
	}
	if len(strings.Join(a.path, ",")) > maxContactText || len(a.callID) > maxContactText {
		return a, 400
	}
	return a, 0
}

// priority reads q, 0 to 1 with three digits at most (RFC 3261 section 20.10); anything else is 1.
func priority(q string) int {
	v, err := strconv.ParseFloat(q, 64)
	if err != nil || !(v >= 0 && v <= 1) {
		return 1000
	}
	return int(math.Round(v * 1000))
}

// sameDevice tells whether a contact is that of a binding made before.
func (b *binding) sameDevice(w *wanted, a *asked) bool {
	if b.instance != "" && w.instance != "" { // RFC 5626 section 6: the URI says nothing then
		return b.instance == w.instance && (b.regID == w.regID || b.regID == "") // the store keeps no reg-id
	}
	if !sameURI(b.uri, w.uri) {
		return false
	}
	// Behind different NATs different phones have the same private address.
	return w.expires == 0 || b.callID == a.callID || b.flow.Remote.Addr() == a.flow.Remote.Addr() || !b.behindNAT()
}

// leftBehind tells whether the device that made this binding is the one registering now with another contact: after a
// reboot, or since a NAT gave it a new port.
func (b *binding) leftBehind(a *asked) bool {
	if b.callID == a.callID {
		return true
	}
	return b.direct && a.direct && b.flow.Transport == a.flow.Transport && b.flow.Remote == a.flow.Remote
}

func (b *binding) behindNAT() bool {
	ip, err := netip.ParseAddr(b.uri.Host)
	return err == nil && ip.Unmap() != b.flow.Remote.Addr().Unmap()
}

// sameURI compares contacts (RFC 3261 section 19.1.4), of the parameters only transport.
func sameURI(a, b wire.Uri) bool {
	return a.Scheme == b.Scheme && unescape(a.User) == unescape(b.User) && strings.EqualFold(a.Host, b.Host) &&
		portOf(a) == portOf(b) && strings.EqualFold(param(a.UriParams, "transport"), param(b.UriParams, "transport"))
}

// line is how a contact is listed in the answer to a REGISTER.
func (b *binding) line(now time.Time) string {
	left := max(0, int(math.Ceil(b.expires.Sub(now).Seconds())))
	text := fmt.Sprintf("<%s>;expires=%d", b.uri.String(), left)
	if b.q != 1000 {
		text += fmt.Sprintf(";q=%g", float64(b.q)/1000)
	}
	if b.instance != "" {
		text += ";+sip.instance=" + quoted(b.instance)
	}
	if b.regID != "" {
		text += `;reg-id=` + escapeUser(b.regID)
	}
	return text
}

// byRank orders devices: higher q first, then the one registered first.
func byRank(a, b *binding) int {
	return cmp.Or(cmp.Compare(b.q, a.q), cmp.Compare(a.since, b.since))
}

// registerLimits are the bounds of a registration.
type registerLimits struct {
	least, most time.Duration
	contacts    int
}

func limitsOf(c *Config) registerLimits {
	l := registerLimits{c.MinExpires, c.MaxExpires, c.MaxContacts}
	if l.least <= 0 {
		l.least = time.Minute
	}
	if l.most <= 0 {
		l.most = defaultExpires
	}
	if l.contacts <= 0 {
		l.contacts = 10
	}
	l.most = max(l.most, l.least)
	return l
}

// grant turns what a REGISTER asks for into what it gets, up to a tenth less, so that phones that started together do not
// come back together. What cannot be read counts as an hour (RFC 3261 section 10.2.1.1).
func (l registerLimits) grant(expires string) (d time.Duration, code int) {
	d = l.most
	if seconds, err := strconv.ParseUint(expires, 10, 32); err == nil {
		d = time.Duration(seconds) * time.Second
	} else if expires != "" {
		d = min(defaultExpires, l.most)
	}
	switch {
	case d == 0:
		return 0, 0
	// RFC 3261 section 10.3, step 7: only what is shorter than an hour may be called too brief.
	case d < l.least && d < time.Hour:
		return 0, 423
	}
	d = min(d, l.most)
	return max(l.least, d-jitter(d/10)).Truncate(time.Second), 0
}

// oldest picks the binding that makes room for another: an unreachable one first, then the one not refreshed for longest.
func oldest(list []*binding) *binding {
	return slices.MinFunc(list, func(a, b *binding) int {
		if a.reachable != b.reachable {
			if b.reachable {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.renewed, b.renewed)
	})
}
