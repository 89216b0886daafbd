package call

import (
	"errors"
	"sync"
	"time"

	"ringtide/internal/inbox"
	"ringtide/media"
	"ringtide/queue"
	"ringtide/sip"
)

// leg is one side of a call: a dialog and, as soon as audio is needed, a media session. The call's actor owns both, until
// it hands them over.
type leg struct {
	mu   sync.Mutex        // guards in, and writing call
	in   *inbox.Inbox[any] // where its events go
	call *Call             // the owner

	dialog  *sip.Dialog
	session *media.Session // nil until open
	attempt *attempt       // nil: the caller's leg, or one that was
	local   media.Options  // what open binds and says

	agent    queue.AgentID // whose leg count it is in; "" nobody's
	answered time.Time     // when its 200 came; zero: not yet
	heard    bool          // an RTP packet came from it
	left     bool          // it hung up with a transfer undecided
	gone     bool          // its dialog is down
	keysBy   string        // how its keys come; "" none has
}

// newLeg makes a leg of the call that is neither dialled nor open yet.
func (c *Call) newLeg(a *attempt, agent queue.AgentID, local media.Options) *leg {
	return &leg{in: c.in, call: c, attempt: a, agent: agent, local: local}
}

// takesEvent and takesAudio are handed to the edges; they run on their goroutines.
func (l *leg) takesEvent(e sip.Event)   { l.put(dialogEvent{l, e}) }
func (l *leg) takesAudio(e media.Event) { l.put(mediaEvent{l, e}) }

// put holds the lock while it puts: whatever was put before a hand-over lies in the giver's inbox when that has begun.
func (l *leg) put(m any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.in.Put(m)
}

// sendTo has further events go to another call, which is to adopt the leg.
func (l *leg) sendTo(c *Call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.in = c.in
}

// adoptedBy makes a call the owner.
func (l *leg) adoptedBy(c *Call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.call = c
}

// of is the id of the call that owns the leg; for those who do not own it.
func (l *leg) of() queue.CallID {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.call.id
}

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

// answerSDP is our answer to the offer of a peer's INVITE, or our offer if it made none (RFC 3261 section 13.2.1).
func (l *leg) answerSDP(offered []byte) ([]byte, error) {
	if err := l.open(); err != nil {
		return nil, err
	}
	if offered == nil {
		return l.session.Offer(), nil
	}
	offer, err := media.Parse(offered)
	if err != nil {
		return nil, err
	}
	return l.session.Answer(offer)
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

// held says that the peer has put us on hold.
func (l *leg) held() bool { return l.session != nil && l.session.Held() }

// reoffered answers a re-INVITE, UPDATE or PRACK of the peer: hold, resume, a new address. Not ok: it was refused.
func (l *leg) reoffered(offer []byte) (ok bool) {
	if l.session == nil {
		l.dialog.Reject(488)
		return false
	}
	if offer == nil {
		l.dialog.Accept(l.session.Offer())
		return true
	}
	d, err := media.Parse(offer)
	if err == nil {
		var answer []byte
		if answer, err = l.session.Answer(d); err == nil {
			l.dialog.Accept(answer)
			return true
		}
	}
	l.call.log.Warn("re-INVITE refused: RFC 3264 section 8", "err", err, "sip_call_id", l.dialog.ID())
	l.dialog.Reject(488)
	return false
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
	l.call.x.lines.remove(l.dialog)
	if l.agent != "" {
		l.call.x.in.Put(legged{l.agent, -1})
	}
}
