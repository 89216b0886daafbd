package sip

import (
	"net/netip"
	"time"
)

// Handler takes what the server reports. Its functions must not block: they are called on the goroutines that read
// the network.
type Handler struct {
	// Invited: an INVITE from a proven peer asks for a new dialog; 100 has been sent. The function returned takes the
	// dialog's events from now on.
	Invited func(*Dialog, Invitation) func(Event)
	// Reachable: the number of reachable devices of a user changed. lost: the last one was lost (connection closed,
	// qualify missed, expired, no answer), in contrast to un-registering.
	Reachable func(user string, n int, lost bool)
	// Messages: how many messages a user has not heard yet and how many it has, for the lamps of its phones. nil: nobody has
	// any, and only phones that subscribe are told so. It may be called on any goroutine, at any time; Server.MessagesChanged
	// has it asked again.
	Messages func(user string) (fresh, old int)
}

// Identity is who a peer has proven to be. Exactly one field is set.
type Identity struct{ User, Trunk string }

// String is for people: "user 101", "trunk carrier".
func (i Identity) String() string {
	if i.User != "" {
		return "user " + i.User
	}
	return "trunk " + i.Trunk
}

// Invitation is what an INVITE says, cleaned: nothing in it can be injected anywhere.
type Invitation struct {
	From        Identity
	Dialled     string     // user part of the Request-URI: unescaped, parameters removed (also tel:)
	Number      string     // caller's number: PAI, else RPID, else From for trunks; the extension for users; "" if private
	Name        string     // caller's display name; "" if none or private
	Offer       []byte     // SDP; nil: a late offer is wanted
	MaxForwards int        // as received, 0-255
	CallID      string     // for logs
	Local       netip.Addr // our address on the way to the peer: where media binds
	Advertise   netip.Addr // said to the peer instead of Local; zero: Local
	Remote      netip.Addr // the peer's signalling address
}

// Target is where a call can be sent: a user's device or a trunk.
type Target struct {
	Device    string     // key of the device; "" for trunks
	User      string     // whose device
	Trunk     string     // name of the trunk
	Local     netip.Addr // where media binds
	Advertise netip.Addr // zero: Local
	Remote    netip.Addr // signalling address
}

// Invite is what we say in an INVITE of ours.
type Invite struct {
	Number      string // called number, for trunks
	ShowName    string // From display name; quoted and cleaned here
	ShowNumber  string // From and P-Asserted-Identity user; "": anonymous
	Group       string // X-Group for agents' phones; "" none
	ReferredBy  string // extension of the user who transfers the call here (RFC 3892); "" nobody
	Offer       []byte
	MaxForwards int // sent as is; 0: 70
	// For is how long a device may ring, said in Expires with 5 s to spare; 0 and trunks: not said. It is for phones that
	// ring on because all they say is lost: no CANCEL can reach those (RFC 3261 section 9.1).
	For time.Duration
}

// Event is what a dialog reports. The events of one dialog come in order and one at a time, on whatever goroutine is at
// work for it; Gone is always the last. After Hangup only Gone comes.
type Event interface{ event() }

type (
	// Ringing: a 180, or a 183 or other 1xx above 100. SDP is its early media, nil if none.
	Ringing struct {
		Code int
		SDP  []byte
	}
	// Answered: the first 2xx to our INVITE; ACK has been sent. The dialog is confirmed.
	Answered struct{ SDP []byte }
	// Failed: our INVITE ended without 2xx, or the peer hung up before its 2xx came (Code 0). Gone follows.
	Failed struct {
		Code        int  // final response; 0: none came
		Unreachable bool // no 1xx in 4 s, transport error, 480, 408, 503: the device is tested before it is rung again
	}
	// Cancelled: the caller took its INVITE back; 487 has been sent. Gone follows.
	Cancelled struct{ Elsewhere bool }
	// Confirmed: ACK for our 200 came. SDP is the answer to a late offer of ours, nil if there was none; for one that
	// Accept made, Confirmed comes again; for one that Progress made it may come before the call is answered, with its PRACK.
	Confirmed struct{ SDP []byte }
	// Reoffered: the peer sent a re-INVITE, UPDATE or PRACK with an offer, or a re-INVITE without (Offer nil: we are to offer).
	// Answer with Accept or Reject, which do nothing if the peer has taken it back meanwhile. It may come before the call is
	// answered, if the first offer has its answer in a reliable 1xx: the later answer counts then.
	Reoffered struct{ Offer []byte }
	// Reanswered: the peer answered the offer of Show, or one that repeats what we said last, to refresh the session.
	Reanswered struct{ SDP []byte }
	// Referred: the user asks by REFER that we take the other side of its call elsewhere (RFC 3515, RFC 5589). Answer with
	// AnswerRefer. It comes only from users, one at a time in a dialog, and only with a target of ours.
	Referred struct {
		To string // user part of Refer-To, as Invitation.Dialled; "" with Replaces
		// Replaces is the dialog with us in which the same user has consulted the target (RFC 3891): both its tags were right.
		// It may be over by the time it is looked at.
		Replaces *Dialog
	}
	// Digit: the peer sent a key by INFO, 200 a minute at most. One of 0-9 A-D * #. It may send the same in its audio, too.
	Digit struct{ Key byte }
	// HungUp: the peer ended the dialog with BYE, or it died (no ACK, no PRACK, failed probe, Show found nobody, nobody refreshed the
	// session), or was hung up because it stayed after its transfer (ReportRefer). Gone follows.
	HungUp struct{ Dead bool }
	// Gone: the leg is down; nothing more comes and nothing is kept.
	Gone struct{}
)

func (Ringing) event()    {}
func (Answered) event()   {}
func (Failed) event()     {}
func (Cancelled) event()  {}
func (Confirmed) event()  {}
func (Reoffered) event()  {}
func (Digit) event()      {}
func (Referred) event()   {}
func (Reanswered) event() {}
func (HungUp) event()     {}
func (Gone) event()       {}

// Reason says in a CANCEL or BYE why a leg ends (RFC 3326).
type Reason string

const (
	NoReason  Reason = ""          // the phone shows a missed call
	Elsewhere Reason = "elsewhere" // SIP;cause=200;text="Call completed elsewhere"
)
