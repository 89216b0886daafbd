package voicemail

import "strings"

// Leaving is one caller leaving a message. It is owned by the call's actor and not safe for use by others.
type Leaving struct {
	mailbox string
	full    bool
	login   bool // * leads to the owner's menu
	state   state
	clock   clock
	take    take
	gone    bool // the caller hung up
}

type state int

const (
	unborn   state = iota // Began is due
	greeting              // taking follows
	taking                // what take decides; thanking or over follow
	refusing              // the prompt that says why no message can be left; over follows
	thanking              // the prompt that says that the message is kept; over follows
	over
)

// NewMessage begins a message for the mailbox. full says that it takes no more. login says that the key * during the
// greeting is from somebody who may be the owner; otherwise it is like any other key.
func NewMessage(c Config, mailbox string, full, login bool) *Leaving {
	l := &Leaving{mailbox: mailbox, full: full, login: login}
	l.take = take{conf: c.withDefaults(), clock: &l.clock}
	return l
}

// Step takes a fact and returns what must happen now. A fact that does not fit the state is ignored. The last order is
// Done, or LogIn.
func (l *Leaving) Step(f Fact) []Order {
	if l.state == over || l.gone && f == (CallerGone{}) {
		return nil
	}
	if f == (CallerGone{}) {
		l.gone = true
	}
	if key, pressed := f.(Digit); pressed {
		l.clock.forget()
		if key.Key == '*' && l.login && (l.state == greeting || l.state == refusing) {
			l.state = over
			return []Order{LogIn{}}
		}
	}
	switch {
	case l.state == taking:
		return l.taking(f)
	case l.gone:
		return l.done()
	case l.state == unborn && f == (Began{}):
		return l.began()
	case l.state == greeting && (f == (Played{}) || isKey(f)):
		l.state = taking
		return l.take.begin()
	case (l.state == refusing || l.state == thanking) && f == (Played{}):
		return l.done()
	}
	return nil
}

func (l *Leaving) began() []Order {
	if l.full {
		return l.say(refusing, PromptMailboxFull)
	}
	l.state = greeting
	return []Order{PlayGreeting{l.mailbox}}
}

// isKey says that a key was pressed that every phone has.
func isKey(f Fact) bool {
	d, pressed := f.(Digit)
	return pressed && strings.IndexByte("0123456789*#", d.Key) >= 0
}

func (l *Leaving) taking(f Fact) []Order {
	orders, how := l.take.step(f)
	switch {
	case how == running:
	case l.gone || how == tooShort:
		orders = append(orders, l.done()...)
	case how == saved:
		orders = append(orders, l.say(thanking, PromptMessageSaved)...)
	case how == noRoom:
		orders = append(orders, l.say(refusing, PromptMailboxFull)...)
	case how == unsaved:
		orders = append(orders, l.say(refusing, PromptMailboxFailed)...)
	}
	return orders
}

func (l *Leaving) say(s state, prompt string) []Order {
	l.state = s
	return []Order{Say{[]string{prompt}}}
}

func (l *Leaving) done() []Order {
	l.state = over
	return []Order{Done{}}
}
