package call

import (
	"cmp"
	"log/slog"
	"runtime/debug"
	"slices"

	"ringtide/internal/inbox"
	"ringtide/media"
	"ringtide/queue"
	"ringtide/sip"
)

// inboxOver is how many messages may wait for one call before it is ended: something floods it.
const inboxOver = 1000

// Call is the actor of one caller's visit. One goroutine runs it and owns its legs; everything reaches it through its
// inbox. It ends by finish, by giving a side away to another call, or by a fault.
type Call struct {
	id  queue.CallID
	x   *Exchange
	in  *inbox.Inbox[any] // order, dialogEvent, mediaEvent, drafted, kept, end, expect, give, parcel, taken, buried
	inv sip.Invitation
	log *slog.Logger

	pending  []any // taken out of the inbox, not handled yet
	caller   *leg
	number   string     // the caller's, for a message
	attempts []*attempt // those with legs not down yet
	winner   *leg       // whose answer was first; nil: nobody talks
	coupled  bool       // caller and winner hear each other
	music    string     // for who is on hold
	open     int        // legs not down yet, the caller's included
	accepted bool       // our 200 is out
	early    bool       // early media is relayed
	keys     keypad
	private  bool       // keys pressed may be a PIN: the engine hears of none
	message  *attendant // the caller is at voicemail

	asked     map[queue.Side]*leg // whose transfer waits for the engine
	reporter  *leg                // to whose phone a transfer is reported; nil: nobody asked for one
	parted    []*leg              // callers' legs that are no side any more, not down yet
	expecting int                 // parcels on their way
	strays    []any               // reported by legs whose parcel has not come
	heir      *Call               // has got a side of this call
	giving    bool                // the heir has not taken it yet
	owing     int                 // parcels on their way that are the heir's

	ending bool
	ended  bool        // CallEnded was sent
	buried bool        // the exchange knows it
	cause  queue.Cause // why it ended, if we ended it by ourselves
	why    string      // for the log: how it ended otherwise
	recent [8]any      // the last messages, for the log of a fault
	seen   int
}

type (
	order       struct{ queue.Order }
	dialogEvent struct {
		leg *leg
		ev  sip.Event
	}
	mediaEvent struct {
		leg *leg
		ev  media.Event
	}
	// end asks the call to finish for a cause of our own.
	end struct{ cause queue.Cause }
	// buried: the exchange has forgotten the call.
	buried struct{}
)

func newCall(x *Exchange, id queue.CallID, d *sip.Dialog, inv sip.Invitation) *Call {
	c := &Call{id: id, x: x, in: inbox.New[any](), inv: inv, number: inv.Number, open: 1, log: x.Log.With("call", id),
		asked: map[queue.Side]*leg{}}
	c.caller = c.newLeg(nil, queue.AgentID(inv.From.User), media.Options{
		Local: inv.Local, Advertise: inv.Advertise, Signalling: inv.Remote,
	})
	c.caller.dialog = d
	return c
}

// run is the actor: it ends when the last leg is down, every promise is kept, and no order can come any more.
func (c *Call) run() {
	c.log.Info("call arrived", "from", c.inv.From, "dialled", c.inv.Dialled, "sip_call_id", c.inv.CallID)
	for !c.buried || c.expecting+c.owing > 0 {
		<-c.in.Ready()
		c.pending = c.in.Take()
		if len(c.pending) > inboxOver {
			c.finish(queue.CauseOverload)
		}
		for len(c.pending) > 0 {
			m := c.pending[0]
			c.pending = c.pending[1:]
			c.handle(m)
		}
	}
	c.log.Info("call over", "cause", cmp.Or(string(c.cause), c.why))
}

// handle takes one message. A panic ends this call and no other.
func (c *Call) handle(m any) {
	defer func() {
		if p := recover(); p != nil {
			c.x.Meter.Panic()
			c.log.Error("fault in call, ended", "panic", p, "last", c.last(), "stack", string(debug.Stack()))
			c.afterFault()
		}
	}()
	c.recent[c.seen%len(c.recent)] = m
	c.seen++
	if c.passesOn(m) {
		return
	}
	switch m := m.(type) {
	case order:
		c.obey(m.Order)
	case dialogEvent:
		c.dialogEvent(m)
	case mediaEvent:
		if m.leg.call != c {
			c.strays = append(c.strays, m)
			return
		}
		c.audioEvent(m.leg, m.ev)
	case expect:
		c.expects(m)
	case give:
		c.gives(m)
	case parcel:
		c.adopts(m)
	case taken:
		c.giving = false
	case buried:
		c.buried = true
	case drafted:
		c.messageDrafted(m)
	case kept:
		c.messageKept(m)
	case end:
		c.finish(m.cause)
	}
	c.settle()
}

// dialogEvent lets the side deal with it that the leg is on.
func (c *Call) dialogEvent(m dialogEvent) {
	switch {
	case m.leg.call != c:
		c.strays = append(c.strays, m)
	case m.leg == c.caller:
		c.callerEvent(m.ev)
	case m.leg.attempt == nil:
		c.partedEvent(m.leg, m.ev)
	default:
		c.targetEvent(m.leg, m.ev)
	}
}

// obey carries out one order of the engine.
func (c *Call) obey(o queue.Order) {
	switch o := o.(type) {
	case queue.Ring: // also while ending: its fact must come
		c.ring(o)
	case queue.StopRinging:
		c.stopRinging(o)
	case queue.Connect:
		c.connect(o)
	case queue.Accept:
		c.accept()
	case queue.Progress:
		c.progress()
	case queue.Refuse:
		c.refuse(o.Code)
	case queue.Release:
		c.why = string(o.Cause)
		c.finish("")
	case queue.Play:
		c.play(o.Sound)
	case queue.StopPlaying:
		if c.caller.session != nil {
			c.caller.session.Stop()
		}
	case queue.TakeMessage:
		c.takeMessage(o.Mailbox)
	case queue.AnswerTransfer:
		c.answerTransfer(o)
	case queue.ReportTransfer:
		c.reportTransfer(o)
	case queue.Show:
		if o.To == queue.ByCaller {
			c.show(c.caller, o.As)
		} else {
			c.show(c.winner, o.As)
		}
	case queue.OpenMailbox:
		c.openMailbox(o)
	}
}

// connect swaps the sources of caller and target: no re-INVITE, no gap.
func (c *Call) connect(o queue.Connect) {
	l := c.winner
	if c.ending || l == nil || l.attempt.order.Attempt != o.Attempt || !c.accepted {
		return
	}
	c.music = o.Music
	c.couple()
	c.x.Tell(queue.Connected{Call: c.id, Attempt: o.Attempt})
}

// lateAnswer takes the answer to an offer that our 200 carried (RFC 3261 section 13.2.1). Without one there is no audio.
func (c *Call) lateAnswer(l *leg, sdp []byte) {
	if len(sdp) == 0 || l.session == nil {
		return
	}
	if err := l.hears(sdp); err != nil {
		c.log.Warn("answer in ACK not usable: RFC 3264 section 6", "err", err, "sip_call_id", l.dialog.ID())
		l.dialog.Hangup(sip.NoReason)
	}
}

// audioEvent is what a media session reports.
func (c *Call) audioEvent(l *leg, e media.Event) {
	switch e := e.(type) {
	case media.FirstPacket:
		l.heard = true
	case media.Silent:
		l.dialog.Probe()
	case media.Digit:
		c.digit(l, e.Key, "audio")
	case media.Played:
		if c.message != nil {
			c.messagePlayed()
		} else if e.Sound.Prompt != "" {
			c.x.Tell(queue.PromptEnded{Call: c.id, Prompt: e.Sound.Prompt})
		}
	case media.Recorded:
		c.messageRecorded(e)
	case media.Failed:
		c.log.Error("audio of a leg broke down, leg ended", "agent", l.agent, "err", e.Err)
		c.deaf(l)
	}
}

// deaf ends a leg that has lost its audio: without the caller's the call is over, without the target's the conversation.
func (c *Call) deaf(l *leg) {
	if l == c.caller {
		c.finish(queue.CauseMedia)
		return
	}
	if l == c.winner {
		c.targetLeaves(l)
	}
	l.hangUp(sip.NoReason)
}

// finish ends the call: every attempt reports its fact, every leg is hung up, a message being left is kept. It may be
// called any number of times. cause is "" if the caller or an order ended it.
func (c *Call) finish(cause queue.Cause) {
	if c.ending {
		return
	}
	c.ending, c.cause = true, cause
	if cause != "" {
		c.x.Tell(queue.CallGivenUp{Call: c.id, Cause: cause})
	}
	c.messageCallerGone()
	c.dropAll()
	if c.message == nil {
		c.caller.hangUp(sip.NoReason)
	} else if !c.caller.gone { // its session still closes the recording
		c.caller.dialog.Hangup(sip.NoReason)
	}
}

// dropAll hangs up everybody but the caller; every attempt has its fact.
func (c *Call) dropAll() {
	for _, a := range slices.Clone(c.attempts) {
		c.drop(a, sip.NoReason)
		c.fail(a, queue.Gone)
	}
	for _, l := range c.parted {
		l.hangUp(sip.NoReason)
	}
	c.winner, c.coupled = nil, false
}

// settle reports the end of the call when nothing of it is left.
func (c *Call) settle() {
	if !c.ending || c.ended || c.open > 0 || c.message != nil || c.expecting > 0 || c.giving {
		return
	}
	c.ended = true
	c.caller.mute()
	c.x.Tell(queue.CallEnded{Call: c.id})
}

func (c *Call) allLegs() []*leg {
	legs := append([]*leg{c.caller}, c.parted...)
	for _, a := range c.attempts {
		legs = append(legs, a.legs...)
	}
	return legs
}
