package call

import (
	"strconv"
	"time"

	"ringtide/media"
	"ringtide/queue"
	"ringtide/sip"
)

// progress lets the caller hear that somebody is rung.
func (c *Call) progress() {
	if !c.ending {
		c.caller.dialog.Ringing()
	}
}

// accept answers the caller.
func (c *Call) accept() {
	if c.accepted || c.ending {
		return
	}
	sdp, err := c.caller.answerSDP(c.inv.Offer)
	if err != nil {
		c.log.Error("caller refused: no usable audio", "err", err)
		c.caller.dialog.Refuse(503, 10*time.Second)
		c.finish(queue.CauseMedia)
		return
	}
	c.accepted = true
	c.caller.dialog.Answer(sdp)
}

// refuse ends a call that was not accepted. One that is ending has said why, or has no caller any more.
func (c *Call) refuse(code int) {
	if c.ending {
		return
	}
	c.why = "refused " + strconv.Itoa(code)
	c.caller.dialog.Refuse(code, 0)
	c.finish("")
}

func (c *Call) play(s queue.Sound) {
	if c.ending || c.caller.session == nil {
		return
	}
	sound := media.Sound{}
	switch s.Kind {
	case queue.Music:
		sound.Music = s.Name
	case queue.Prompt:
		sound.Prompt = s.Name
	case queue.Ringback:
		sound.Ringback = true
	case queue.Busy:
		sound.Busy = true
	}
	if err := c.caller.session.Play(sound); err != nil {
		c.log.Error("sound not played", "sound", s, "err", err)
		if s.Kind == queue.Prompt { // its end is waited for
			c.x.Tell(queue.PromptEnded{Call: c.id, Prompt: s.Name})
		}
	}
}

// callerEvent is what the caller's dialog reports.
func (c *Call) callerEvent(e sip.Event) {
	switch e := e.(type) {
	case sip.Cancelled, sip.HungUp:
		c.callerLeaves()
	case sip.Confirmed:
		c.lateAnswer(c.caller, e.SDP)
	case sip.Reoffered:
		c.reoffered(c.caller, e.Offer)
	case sip.Reanswered:
		c.reanswered(c.caller, e.SDP)
	case sip.Referred:
		c.refers(c.caller, e)
	case sip.Digit:
		c.digit(c.caller, e.Key, "INFO")
	case sip.Gone:
		if !c.ending {
			c.callerLeaves()
		}
		if !c.caller.gone {
			c.caller.down()
			c.open--
		}
	}
}

// callerLeaves ends the call, or waits: who has asked for a transfer may hang up before it is answered.
func (c *Call) callerLeaves() {
	if c.ending {
		return
	}
	if c.asked[queue.ByCaller] == c.caller {
		c.caller.left = true
		return
	}
	if c.winner != nil {
		c.x.Tell(queue.TalkEnded{Call: c.id, Attempt: c.winner.attempt.order.Attempt, By: queue.ByCaller, Held: c.caller.held()})
	}
	c.x.Tell(queue.CallerLeft{Call: c.id})
	c.why = "caller left"
	c.finish("")
}
