package call

import (
	"time"

	"ringtide/media"
	"ringtide/queue"
	"ringtide/voicemail"
)

// attendant serves a caller at voicemail, who leaves a message or listens to some: a machine of that package decides, the call
// plays and records.
type attendant struct {
	call    *Call
	session *media.Session
	machine machine
	mailbox queue.Mailbox                   // where a message is left, or the first one listened to
	closed  func(voicemail.Done) queue.Fact // what the engine hears in the end

	sounds  []media.Sound // to be heard one after the other
	begun   bool          // the first of them: Played is about that
	ofShelf bool          // it is a message
	draft   draft         // recorded last
	length  time.Duration // of it
	id      string        // of the message kept
	taping  bool
	halted  bool // before the recording could begin
	timer   *time.Timer
	last    chan struct{} // closed when what runs beside has ended
}

// machine is one of package voicemail.
type machine interface {
	Step(voicemail.Fact) []voicemail.Order
}

// draft is what is recorded: a message or a greeting.
type draft struct {
	path    string
	keep    func(length time.Duration) (id string, err error)
	discard func()
}

type (
	// drafted: where to record is known.
	drafted struct {
		by    *attendant
		order voicemail.StartRecording
		draft draft
		err   error
	}
	// kept: what ran beside the actor goes on in it.
	kept struct {
		by    *attendant
		then  func()
		fault any // of a panic
	}
)

// takeMessage lets the caller leave a message.
func (c *Call) takeMessage(box queue.Mailbox) {
	m := &attendant{call: c, mailbox: box}
	m.closed = func(voicemail.Done) queue.Fact {
		if m.id == "" {
			return queue.MessageLeft{Call: c.id, Mailbox: box}
		}
		return queue.MessageLeft{Call: c.id, Mailbox: box, Message: m.id, Length: m.length}
	}
	m.begin(c.x.Shelf.NewMessage(string(box), c.x.PINs.Has(string(box))))
}

// begin sets the machine to work, if there is somebody to hear it.
func (m *attendant) begin(with machine) {
	c := m.call
	if c.ending || c.caller.session == nil {
		c.x.Tell(m.closed(voicemail.Done{}))
		return
	}
	c.message, m.session, m.machine = m, c.caller.session, with
	c.private = true
	m.step(voicemail.Began{})
}

func (m *attendant) step(f voicemail.Fact) {
	for _, o := range m.machine.Step(f) {
		m.obey(o)
	}
}

// beside runs what may have to wait for the disk, one after the other, and goes on in the actor with what it returns.
func (m *attendant) beside(work func() (then func())) {
	before, done := m.last, make(chan struct{})
	m.last = done
	go func() {
		defer close(done)
		defer func() {
			if p := recover(); p != nil {
				m.call.in.Put(kept{by: m, fault: p})
			}
		}()
		if before != nil {
			<-before
		}
		if then := work(); then != nil {
			m.goOn(then)
		}
	}()
}

// goOn continues in the actor. It may be called from any goroutine.
func (m *attendant) goOn(then func()) { m.call.in.Put(kept{by: m, then: then}) }

// messageKept takes what came from beside the actor. A fault there is a fault of the call.
func (c *Call) messageKept(k kept) {
	switch {
	case k.fault != nil:
		panic(k.fault)
	case c.message == k.by:
		k.then()
	}
}

func (c *Call) messageDigit(key byte) { c.message.step(voicemail.Digit{Key: key}) }

func (c *Call) messageCallerGone() {
	if c.message != nil {
		c.message.step(voicemail.CallerGone{})
	}
}

// close ends the visit when everything it has begun is done.
func (m *attendant) close(how voicemail.Done) {
	if m.timer != nil {
		m.timer.Stop()
	}
	m.beside(func() func() {
		m.session.Stop()
		return func() {
			m.call.message = nil
			m.call.x.Tell(m.closed(how))
		}
	})
}
