package voicemail

import "strings"

// Leaving is one caller leaving a message. It is owned by the call's actor and not safe for use by others.
type Leaving struct {
	conf     Config
	greeting string // path; "": the built-in one
	full     bool
	state    state
	gone     bool // the caller hung up
}

type state int

const (
	fresh     state = iota // Began is due
	refusing               // the prompt that says why no message can be left; over follows
	greeting               // beep follows
	beep                   // recording follows
	recording              // stopping, keeping, refusing or over follow
	stopping               // recording ended by us; keeping, refusing or over follow
	keeping                // the disk is asked; over follows
	over
)

// NewMessage begins a message. greeting is the path of the mailbox's own greeting, "" for the built-in one; full says
// that the mailbox takes no more.
func NewMessage(c Config, greeting string, full bool) *Leaving {
	return &Leaving{conf: c.withDefaults(), greeting: greeting, full: full}
}

// Step takes a fact and returns what must happen now. A fact that does not fit the state is ignored.
func (l *Leaving) Step(f Fact) []Order {
	switch f := f.(type) {
	case Began:
		return l.began()
	case Played:
		return l.played()
	case Digit:
		return l.digit(f.Key)
	case Recorded:
		return l.recorded(f)
	case Kept:
		if l.state == keeping {
			return l.done()
		}
	case CallerGone:
		return l.callerGone()
	}
	return nil
}

func (l *Leaving) began() []Order {
	if l.state != fresh {
		return nil
	}
	if l.full {
		return l.refuse()
	}
	l.state = greeting
	return []Order{PlayGreeting{l.greeting}}
}

func (l *Leaving) played() []Order {
	switch l.state {
	case greeting:
		return l.beep()
	case beep:
		l.state = recording
		return []Order{StartRecording{MaxLength: l.conf.MaxLength, MaxSilence: l.conf.MaxSilence}}
	case refusing:
		return l.done()
	}
	return nil
}

func (l *Leaving) beep() []Order {
	l.state = beep
	return []Order{PlayBeep{}}
}

func (l *Leaving) digit(key byte) []Order {
	switch {
	case l.state == greeting && strings.IndexByte("0123456789*#", key) >= 0:
		return l.beep()
	case l.state == recording && key == '#':
		l.state = stopping
		return []Order{StopRecording{}}
	}
	return nil
}

func (l *Leaving) recorded(r Recorded) []Order {
	if l.state != recording && l.state != stopping {
		return nil
	}
	if r.Length >= l.conf.MinLength {
		l.state = keeping
		return []Order{Keep{}}
	}
	if r.Why == RecordFailed && !l.gone {
		return append([]Order{Discard{}}, l.refuse()...)
	}
	return append([]Order{Discard{}}, l.done()...)
}

// callerGone ends a recording, and what is not one at once. The disk's answer is waited for.
func (l *Leaving) callerGone() []Order {
	if l.gone {
		return nil
	}
	l.gone = true
	switch l.state {
	case fresh, refusing, greeting, beep:
		return l.done()
	case recording:
		l.state = stopping
		return []Order{StopRecording{}}
	}
	return nil
}

func (l *Leaving) refuse() []Order {
	l.state = refusing
	return []Order{PlayPrompt{PromptMailboxFull}}
}

func (l *Leaving) done() []Order {
	l.state = over
	return []Order{Done{}}
}
