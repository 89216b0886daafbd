package call

import (
	"time"

	"ringtide/media"
	"ringtide/queue"
	"ringtide/voicemail"
)

// leaving is a caller leaving a message: the voicemail machine decides, the call plays and records.
type leaving struct {
	mailbox queue.Mailbox
	machine *voicemail.Leaving
	draft   *voicemail.Draft // nil: none was begun
	length  time.Duration    // of the recording
	id      string           // of the message kept
}

// kept is the answer of the disk.
type kept struct {
	id  string
	err error
}

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
	m, s := c.message, c.caller.session
	switch o := o.(type) {
	case voicemail.PlayGreeting:
		c.messagePlay(media.Sound{File: o.Path, Prompt: promptUnless(o.Path)})
	case voicemail.PlayPrompt:
		c.messagePlay(media.Sound{Prompt: o.Name})
	case voicemail.PlayBeep:
		c.messagePlay(media.Sound{Beep: true})
	case voicemail.StartRecording:
		c.startRecording(o)
	case voicemail.StopRecording:
		s.StopRecording()
	case voicemail.Keep:
		go func() { // the disk may take its time
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

func (c *Call) startRecording(o voicemail.StartRecording) {
	m := c.message
	draft, err := c.x.Shelf.New(string(m.mailbox), string(c.id), c.inv.Number, time.Now())
	if err == nil {
		m.draft = draft
		err = c.caller.session.Record(media.Recording{Path: draft.Path(), MaxLength: o.MaxLength, MaxSilence: o.MaxSilence})
	}
	if err != nil {
		c.log.Error("message not recorded", "mailbox", m.mailbox, "err", err)
		c.in.Put(mediaEvent{c.caller, media.Recorded{Why: media.RecordFailed}})
	}
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
	c.message.length = e.Length
	c.messageStep(voicemail.Recorded{Length: e.Length, Why: string(e.Why)})
}

func (c *Call) messageKept(k kept) {
	if k.err != nil {
		c.log.Error("message lost", "mailbox", c.message.mailbox, "err", k.err)
	}
	c.message.id = k.id
	c.messageStep(voicemail.Kept{OK: k.err == nil})
}
