package sip

import (
	"cmp"
	"fmt"
	"math"
	"net/netip"
	"slices"
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

	lamp      *lamp // nil: nobody has one
	reachable bool
	missed    int // tests missed in a row
	expiry    *time.Timer
	test      *time.Timer
	testing   uint64 // number of the test that counts; results of others come too late
}

// sameDevice tells whether a contact is that of a binding made before.
func (b *binding) sameDevice(w *wanted, a *asked) bool {
	if b.instance != "" && w.instance != "" { // RFC 5626 section 6: the URI says nothing then
		if w.expires == 0 && w.regID == "" && !sameURI(b.uri, w.uri) {
			return false // a softphone that ends late must not take away the one started after it
		}
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
