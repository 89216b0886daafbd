package sip

import "ringtide/sip/internal/wire"

// Dialog is one leg of a call seen from SIP: an INVITE, ours or the peer's, and all that follows until it is down (RFC
// 3261 sections 12 to 15). doc.go draws its states. All methods return at once, may be called from any goroutine and
// from within the dialog's own events, and do nothing if it is too late for them.
type Dialog struct {
	s     *Server
	who   Identity
	key   dialogKey
	merge inviteKey // zero for our own INVITEs
	local string    // our URI, in angle brackets
	peer  peer
	mail  mailbox

	// Everything below belongs to the mailbox.

	state    state
	events   func(Event)
	leaving  bool   // Hangup was called: nothing but Gone is reported any more
	why      Reason // of Hangup
	far      far
	seq      uint32 // CSeq of our last request
	farSeq   uint32 // CSeq of the peer's last request; 0: none yet
	theirs   *theirInvite
	ours     *ourInvite
	unacked  []*unacked // our 2xx without ACK
	reoffer  *reoffer   // waits for Accept or Reject
	refer    *refer     // taken last, unless it was refused
	refers   int        // that have come
	wish     *wish      // waits to be told
	telling  *wish      // is being told
	pause    *alarm     // before the next wish
	offering *ourOffer  // our re-INVITE that has no final response
	updates  bool       // the peer takes UPDATE
	said     []byte     // our SDP as the peer has taken it last
	session  session
	probing  bool
	alarms   map[*alarm]bool
	home     wire.Flow // that is kept open for the dialog

	requests meter
	keys     meter
}

type state int

const (
	setup       state = iota // the INVITE is undecided; then cancelling, unconfirmed, confirmed or gone
	cancelling               // ours: Hangup came before an answer; then ending (it was answered all the same) or gone
	unconfirmed              // theirs: our 200 waits for its ACK; then confirmed, ending or gone
	confirmed                // then ending or gone
	ending                   // our BYE is on its way; then gone
	gone                     // nothing is kept
)

// ID returns the SIP Call-ID, for logs.
func (d *Dialog) ID() string { return d.key.callID }

// Identity returns who the peer is: the caller as proven, or the user or trunk we called.
func (d *Dialog) Identity() Identity { return d.who }

// Hangup ends the dialog whatever its state; after it only Gone is reported. r is said in the CANCEL, BYE or final
// response that this takes.
//
// Theirs, undecided: 480, with Elsewhere 487. Ours, undecided: CANCEL once a 1xx has come (RFC 3261 section 9.1); if the
// peer answers all the same it gets ACK and BYE. Answered: BYE, but as callee not before the ACK has come or is given
// up (section 15). Gone comes when the leg is down: the INVITE's final response, the answer to BYE or 4 s, 4 s if no 1xx
// ever came from a device, or 64*T1 after a CANCEL that nobody answers.
func (d *Dialog) Hangup(r Reason) {
	d.do(func() { d.hangup(r) })
}

func (d *Dialog) hangup(r Reason) {
	if d.leaving || d.state >= ending {
		return
	}
	d.leaving, d.why = true, r
	switch {
	case d.state == setup && d.theirs != nil:
		d.refuseCaller(r)
	case d.state == setup:
		d.state = cancelling
		d.ours.cancel(r)
	case d.state == confirmed:
		d.bye()
	}
}

// do brings work to the mailbox.
func (d *Dialog) do(f func()) { d.mail.put(f, d.run) }

func (d *Dialog) run(f func()) {
	defer func() {
		if p := recover(); p != nil {
			d.crashed(p)
		}
	}()
	f()
	d.answerNow()
	d.grant()
}

func (d *Dialog) emit(e Event) {
	if d.events != nil && !d.leaving {
		d.events(e)
	}
}

// end is the only way a dialog ends, a panic and Server.Close excepted.
func (d *Dialog) end() {
	if d.state == gone {
		return
	}
	if o := d.ours; o != nil && o.forks > 0 {
		d.dropPending()
		d.state, o.ended = ending, true
		return
	}
	events := d.events
	d.forgetNow()
	if events != nil {
		events(Gone{})
	}
}

// forget drops the dialog without a word to anybody.
func (d *Dialog) forget() { d.do(d.forgetNow) }

func (d *Dialog) forgetNow() {
	if d.state == gone {
		return
	}
	d.dropPending()
	d.state, d.events, d.unacked = gone, nil, nil
	for a := range d.alarms {
		a.stop()
	}
	d.lives(wire.Flow{})
	d.s.dialogs.remove(d)
	if d.who.Trunk != "" {
		d.s.desk.trunks.end(d.who.Trunk)
	}
}

// dropPending answers what the peer still waits for (RFC 3261 section 15.1.2), and gives up what we have asked.
func (d *Dialog) dropPending() {
	d.dropReoffer()
	d.dropRefer()
	d.dropOffer()
}

// contact is where the peer reaches us.
func (d *Dialog) contact(f wire.Flow) wire.Header {
	return d.s.contactFor(d.far.target, f)
}
