package call

import (
	"time"

	"ringtide/media"
	"ringtide/queue"
	"ringtide/voicemail"
)

// leaving is a caller leaving a message: the voicemail machine decides, the call plays and records.
type leaving struct {
	mailbox   queue.Mailbox
	machine   *voicemail.Leaving
	draft     *voicemail.Draft // nil: none was begun
	recording bool
	stopped   bool          // before the recording could begin
	length    time.Duration // of the recording
	id        string        // of the message kept
}

// The disk takes its time elsewhere; its answers come back as messages.
type (
	drafted struct {
		order voicemail.StartRecording
		draft *voicemail.Draft
		err   error
	}
	kept struct {
		id  string
		err error
	}
)

func (c *Call) takeMessage(m queue.Mailbox) {
	if c.ending || c.caller.session == nil {
		c.x.Tell(queue.MessageLeft{Call: c.id, Mailbox: m})
		return
	}
	c.message = &leaving{mailbox: m, machine: c.x.Shelf.NewMessage(string(m))}
	c.messageStep(voicemail.Began{})
}

func (c *Call) messageStep(f voicemail.Fact) {
	if c.message == nil {
		return
	}
	for _, o := range c.message.machine.Step(f) {
		c.messageOrder(o)
	}
}

func (c *Call) messageOrder(o voicemail.Order) {
	m := c.message
	switch o := o.(type) {
	case voicemail.PlayGreeting:
		c.messagePlay(media.Sound{File: o.Path, Prompt: promptUnless(o.Path)})
	case voicemail.PlayPrompt:
		c.messagePlay(media.Sound{Prompt: o.Name})
	case voicemail.PlayBeep:
		c.messagePlay(media.Sound{Beep: true})
	case voicemail.StartRecording:
		go func() {
			draft, err := c.x.Shelf.New(voicemail.Message{Mailbox: string(m.mailbox), Call: string(c.id), From: c.number, At: time.Now()})
			c.in.Put(drafted{o, draft, err})
		}()
	case voicemail.StopRecording:
		m.stopped = true
		if m.recording {
			c.caller.session.StopRecording()
		}
	case voicemail.Keep:
		go func() {
			id, err := m.draft.Keep(m.length)
			c.in.Put(kept{id, err})
		}()
	case voicemail.Discard:
		if m.draft != nil {
			m.draft.Discard()
		}
	case voicemail.Done:
		c.message = nil
		c.x.Tell(queue.MessageLeft{Call: c.id, Mailbox: m.mailbox, Message: m.id, Length: m.length})
	}
}

func promptUnless(path string) string {
	if path == "" {
		return voicemail.PromptGreeting
	}
	return ""
}

// messagePlay plays a sound the machine waits for; one that cannot be played counts as played.
func (c *Call) messagePlay(sound media.Sound) {
	if err := c.caller.session.Play(sound); err != nil {
		c.log.Error("sound not played", "mailbox", c.message.mailbox, "err", err)
		c.in.Put(mediaEvent{c.caller, media.Played{Sound: sound}})
	}
}

// messageDrafted begins the recording, unless it was stopped meanwhile.
func (c *Call) messageDrafted(d drafted) {
	m := c.message
	m.draft = d.draft
	err := d.err
	if err == nil && m.stopped {
		c.in.Put(mediaEvent{c.caller, media.Recorded{Why: media.RecordStopped}})
		return
	}
	if err == nil {
		err = c.caller.session.Record(media.Recording{
			Path: m.draft.Path(), MaxLength: d.order.MaxLength, MaxSilence: d.order.MaxSilence,
		})
	}
	if err != nil {
		c.log.Error("message not recorded", "mailbox", m.mailbox, "err", err)
		c.in.Put(mediaEvent{c.caller, media.Recorded{Why: media.RecordFailed}})
		return
	}
	m.recording = true
}

func (c *Call) messageDigit(key byte) { c.messageStep(voicemail.Digit{Key: key}) }
func (c *Call) messagePlayed()        { c.messageStep(voicemail.Played{}) }
func (c *Call) messageCallerGone()    { c.messageStep(voicemail.CallerGone{}) }

func (c *Call) messageRecorded(e media.Recorded) {
	if c.message == nil {
		return
	}
	if e.Err != nil {
		c.log.Error("recording ended early", "mailbox", c.message.mailbox, "err", e.Err)
	}
	c.message.length, c.message.recording = e.Length, false
	c.messageStep(voicemail.Recorded{Length: e.Length, Why: string(e.Why)})
}

func (c *Call) messageKept(k kept) {
	if k.err != nil {
		c.log.Error("message lost", "mailbox", c.message.mailbox, "err", k.err)
	}
	c.message.id = k.id
	c.messageStep(voicemail.Kept{OK: k.err == nil})
}
