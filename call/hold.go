package call

import (
	"ringtide/media"
	"ringtide/queue"
)

// couple lets caller and target hear each other; who is on hold hears music.
func (c *Call) couple() {
	c.coupled = true
	media.Bridge(c.caller.session, c.winner.session)
	c.entertain(c.caller, c.winner)
	c.entertain(c.winner, c.caller)
}

// uncouple parts them: both hear silence.
func (c *Call) uncouple() {
	if c.coupled {
		c.coupled = false
		media.Unbridge(c.caller.session, c.winner.session)
	}
}

// entertain plays music to a leg whose partner holds it. Nothing of a held call is passed on, neither silence nor what
// else the phone may send.
func (c *Call) entertain(l, partner *leg) {
	if !partner.held() {
		return
	}
	if err := l.session.Play(media.Sound{Music: c.music}); err != nil {
		c.log.Error("no music for a held party", "music", c.music, "err", err)
	}
}

// reoffered answers a peer's new offer. One that holds or resumes changes what the other side hears.
func (c *Call) reoffered(l *leg, offer []byte) {
	was := l.held()
	if l.reoffered(offer) && l == c.caller && !c.accepted {
		c.inv.Offer = offer // changed in its early dialog: the first one is out of date
	}
	c.heldAnew(l, was)
}

// reanswered takes the answer to an offer of ours in the midst of the call.
func (c *Call) reanswered(l *leg, sdp []byte) {
	if l.session == nil {
		return
	}
	was := l.held()
	if err := l.hears(sdp); err != nil { // the session goes on as it was (RFC 3261 section 14.1)
		c.log.Warn("answer to re-INVITE not usable: RFC 3264 section 6", "err", err, "sip_call_id", l.dialog.ID())
		return
	}
	c.heldAnew(l, was)
}

func (c *Call) heldAnew(l *leg, was bool) {
	if c.coupled && was != l.held() && (l == c.caller || l == c.winner) {
		c.couple()
	}
}

// show tells a phone with whom it speaks now.
func (c *Call) show(l *leg, partner queue.Party) {
	if l != nil && !l.gone && l.session != nil {
		l.dialog.Show(partner.Name, partner.Number, l.session.Offer())
	}
}
