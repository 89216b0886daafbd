package call

import (
	"errors"
	"time"

	"ringtide/media"
	"ringtide/queue"
	"ringtide/sip"
)

// leg is one side of a call: a dialog and, as soon as audio is needed, a media session. The call's actor owns both.
type leg struct {
	call    *Call
	dialog  *sip.Dialog
	session *media.Session // nil until open
	attempt *attempt       // nil: the caller's leg
	local   media.Options  // what open binds and says

	agent    queue.AgentID // whose leg count it is in; "" nobody's
	answered time.Time     // when its 200 came; zero: not yet
	heard    bool          // an RTP packet came from it
	gone     bool          // its dialog is down
	keysBy   string        // how its keys come; "" none has
}

// takesEvent and takesAudio are handed to the edges; they run on their goroutines.
func (l *leg) takesEvent(e sip.Event)   { l.call.in.Put(dialogEvent{l, e}) }
func (l *leg) takesAudio(e media.Event) { l.call.in.Put(mediaEvent{l, e}) }

// open gives the leg its media session, once.
func (l *leg) open() error {
	if l.session != nil {
		return nil
	}
	o := l.local
	o.Events = l.takesAudio
	s, err := l.call.x.Media.Open(o)
	if err != nil {
		return err
	}
	l.session = s
	return nil
}

// hears takes the peer's answer to our offer, or what its answer changed.
func (l *leg) hears(sdp []byte) error {
	if len(sdp) == 0 {
		return errors.New("read answer: the peer sent no session description")
	}
	d, err := media.Parse(sdp)
	if err != nil {
		return err
	}
	return l.session.Accept(d)
}

// reoffered answers a re-INVITE or UPDATE of the peer: hold, resume, a new address.
func (l *leg) reoffered(offer []byte) {
	if l.session == nil {
		l.dialog.Reject(488)
		return
	}
	if offer == nil {
		l.dialog.Accept(l.session.Offer())
		return
	}
	d, err := media.Parse(offer)
	if err == nil {
		var answer []byte
		if answer, err = l.session.Answer(d); err == nil {
			l.dialog.Accept(answer)
			return
		}
	}
	l.call.log.Warn("re-INVITE refused: RFC 3264 section 8", "err", err, "sip_call_id", l.dialog.ID())
	l.dialog.Reject(488)
}

// hangUp asks the dialog to end, whatever its state, and closes the audio at once.
func (l *leg) hangUp(why sip.Reason) {
	if l.dialog != nil && !l.gone {
		l.dialog.Hangup(why)
	}
	l.mute()
}

// mute closes the media session.
func (l *leg) mute() {
	if l.session != nil {
		l.session.Close()
	}
}

// down notes that the dialog is gone: the agent has one leg less.
func (l *leg) down() {
	if l.gone {
		return
	}
	l.gone = true
	l.mute()
	if l.agent != "" {
		l.call.x.in.Put(legged{l.agent, -1})
	}
}
