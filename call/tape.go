package call

import (
	"errors"
	"io/fs"
	"time"

	"ringtide/media"
	"ringtide/voicemail"
)

// play carries out an order about what is heard; false if it is none.
func (m *attendant) play(o voicemail.Order) bool {
	shelf := m.call.x.Shelf
	switch o := o.(type) {
	case voicemail.Say:
		sounds := make([]media.Sound, len(o.Prompts))
		for i, name := range o.Prompts {
			sounds[i].Prompt = name
		}
		m.hear(sounds...)
	case voicemail.PlayGreeting:
		sound := media.Sound{File: shelf.Greeting(o.Mailbox)}
		if sound.File == "" {
			sound.Prompt = voicemail.PromptGreeting
		}
		m.hear(sound)
	case voicemail.PlayBeep:
		m.hear(media.Sound{Beep: true})
	case voicemail.PlayDraft:
		m.hear(media.Sound{File: m.draft.path})
	case voicemail.PlayMessage:
		m.hear(media.Sound{File: shelf.File(o.Mailbox, o.ID), From: o.From})
		m.ofShelf = true
	case voicemail.Pause:
		m.sounds = nil
		m.beside(func() func() { return m.fact(voicemail.Paused{At: m.session.Stop()}) })
	default:
		return false
	}
	return true
}

// hear plays sounds one after the other, instead of what is heard.
func (m *attendant) hear(sounds ...media.Sound) {
	m.sounds, m.begun, m.ofShelf = sounds, false, false
	m.beside(func() func() {
		m.session.Stop()
		m.goOn(func() { m.begun = true }) // a Played before this is about what was stopped
		return m.start(sounds[0])
	})
}

// start runs beside the actor.
func (m *attendant) start(sound media.Sound) func() {
	err := m.session.Play(sound)
	if err == nil {
		return nil
	}
	return func() { m.unheard(sound, err) }
}

// unheard: a sound that cannot be played counts as played, except a message, which may have been removed.
func (m *attendant) unheard(sound media.Sound, err error) {
	if len(m.sounds) == 0 || m.sounds[0] != sound {
		return // something else is heard by now
	}
	if !m.ofShelf || !errors.Is(err, fs.ErrNotExist) {
		m.complain("sound not played", err)
	}
	if m.ofShelf {
		m.sounds = nil
		m.step(voicemail.Missing{})
		return
	}
	m.call.messagePlayed()
}

func (c *Call) messagePlayed() {
	m := c.message
	if !m.begun || len(m.sounds) == 0 {
		return
	}
	if m.sounds = m.sounds[1:]; len(m.sounds) == 0 {
		m.step(voicemail.Played{})
		return
	}
	next := m.sounds[0]
	m.beside(func() func() { return m.start(next) })
}

// record carries out an order about a recording; false if it is none.
func (m *attendant) record(o voicemail.Order) bool {
	switch o := o.(type) {
	case voicemail.StartRecording:
		m.halted = false
		what := voicemail.Message{Mailbox: string(m.mailbox), Call: string(m.call.id), From: m.call.number,
			User: string(m.call.caller.agent), At: time.Now()}
		m.beside(func() func() {
			d, err := newDraft(m.call.x.Shelf, o, what)
			m.call.in.Put(drafted{m, o, d, err})
			return nil
		})
	case voicemail.StopRecording:
		m.halted = true
		if m.taping {
			m.session.StopRecording()
		}
	case voicemail.Keep:
		draft, length := m.draft, m.length
		m.beside(func() func() {
			id, err := draft.keep(length)
			m.complain("recording lost", err)
			return func() {
				m.id = id
				m.step(voicemail.Kept{OK: err == nil})
			}
		})
	case voicemail.Discard:
		if m.draft.discard != nil {
			discard := m.draft.discard
			m.beside(func() func() { discard(); return nil })
		}
	default:
		return false
	}
	return true
}

func newDraft(shelf *voicemail.Shelf, o voicemail.StartRecording, what voicemail.Message) (draft, error) {
	if o.Greeting != "" {
		d := shelf.NewGreeting(o.Greeting)
		keep := func(time.Duration) (string, error) { return "", d.Keep() }
		return draft{d.Path(), keep, d.Discard}, nil
	}
	d, err := shelf.New(what)
	if err != nil {
		return draft{}, err
	}
	return draft{d.Path(), d.Keep, d.Discard}, nil
}

// messageDrafted begins the recording, unless it was stopped meanwhile.
func (c *Call) messageDrafted(d drafted) {
	m := d.by
	m.draft = d.draft
	err := d.err
	if err == nil && m.halted {
		m.recorded(media.Recorded{Why: media.RecordStopped})
		return
	}
	if err == nil {
		err = m.session.Record(media.Recording{Path: d.draft.path, MaxLength: d.order.MaxLength, MaxSilence: d.order.MaxSilence})
	}
	if m.taping = err == nil; !m.taping {
		m.recorded(media.Recorded{Why: media.RecordFailed, Err: err})
	}
}

func (c *Call) messageRecorded(e media.Recorded) {
	if c.message != nil {
		c.message.recorded(e)
	}
}

func (m *attendant) recorded(e media.Recorded) {
	m.length, m.taping = e.Length, false
	why := string(e.Why)
	if errors.Is(e.Err, voicemail.ErrFull) {
		why = voicemail.RecordFull
	} else {
		m.complain("recording ended early", e.Err)
	}
	m.step(voicemail.Recorded{Length: e.Length, Why: why})
}
