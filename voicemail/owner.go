package voicemail

import "slices"

// Owner is one owner of mailboxes listening to messages. It is owned by the call's actor and not safe for use by others.
type Owner struct {
	visit Visit
	conf  Config
	clock clock

	place  place          // what keys mean
	speaks bool           // something is being said
	then   func() []Order // what follows it, or what is looked up; nil: a key is waited for
	menu   []string       // said again if no key comes
	silent int            // how often it was said to nobody
	gone   bool           // the caller hung up

	entry PIN // being keyed in
	wrong int // PINs tried

	boxes   [][]Message // as listed last
	box     int         // of visit.Boxes
	deleted []Ref       // removed when the owner leaves
	dial    string      // whom to call back then

	list []Message // being listened to
	at   int       // of list
	tape tape

	take *take // a greeting is being recorded; nil: none is
}

// Visit says who listens to what.
type Visit struct {
	Boxes  []string // mailboxes, the first of which is the owner's; more than 9 cannot be chosen
	AskPIN bool     // the PIN of the first mailbox must be keyed in
	Remote bool     // from a phone that is not the owner's: nobody is called back from there
}

// place is where in the menus the owner is.
type place int

const (
	outside  place = iota // Began is due
	atDoor                // keys are digits of the PIN
	checking              // the PIN; atDoor or looking follow
	looking               // into the mailboxes; atMenu follows
	atMenu                // of a mailbox
	atBoxes               // all of them, to choose from
	atTape                // a message
	atStudio              // the greeting
	erasing               // the greeting; atStudio follows
	parting               // goodbye is being said
	removing              // what was deleted
	left
)

// NewOwner begins a visit.
func NewOwner(c Config, v Visit) *Owner {
	v.Boxes = v.Boxes[:min(len(v.Boxes), 9)]
	return &Owner{visit: v, conf: c.withDefaults()}
}

// Step takes a fact and returns what must happen now. A fact that does not fit the state is ignored. Done is the last
// order, and there is exactly one.
func (o *Owner) Step(f Fact) []Order {
	switch {
	case o.place == left:
		return nil
	case f == (CallerGone{}):
		return o.callerGone()
	case o.place == removing:
		if f == (Removed{}) {
			return o.done()
		}
		return nil
	case o.take != nil:
		return o.taking(f)
	}
	switch f := f.(type) {
	case Began:
		return o.began()
	case Played:
		return o.played()
	case Missing:
		return o.missing()
	case Paused:
		return o.paused(f)
	case Digit:
		return o.digit(f.Key)
	case Waited:
		if o.clock.due(f) {
			return o.waited()
		}
	case Checked:
		return o.checked(f.OK)
	case Listed:
		return o.listed(f.Boxes)
	case Kept:
		return o.kept(f.OK)
	}
	return nil
}

func (o *Owner) began() []Order {
	switch {
	case o.place != outside:
		return nil
	case o.visit.AskPIN:
		return o.askPIN(PromptEnterPIN)
	}
	return o.look(o.announce)
}

// say plays prompts, instead of a message, and goes on with then.
func (o *Owner) say(then func() []Order, prompts ...string) []Order {
	o.then, o.speaks, o.tape.running = then, true, false
	o.clock.forget()
	return []Order{Say{prompts}}
}

// ask plays prompts and waits for a key in a place. If none comes they are said again.
func (o *Owner) ask(p place, prompts ...string) []Order {
	o.place, o.menu = p, prompts
	return o.say(nil, prompts...)
}

func (o *Owner) played() []Order {
	if o.place == atTape && o.tape.runs() {
		return o.tapeEnded()
	}
	o.speaks = false
	switch then := o.then; {
	case o.place == looking || o.place == checking || o.place == erasing: // a sound that was still on its way
		return nil
	case then != nil:
		o.then = nil
		return then()
	case o.place == atDoor:
		return []Order{o.clock.wait(firstDigit)}
	}
	return []Order{o.clock.wait(patience)}
}

// waited: no key came.
func (o *Owner) waited() []Order {
	switch {
	case o.place == atDoor && o.entry != "":
		return o.checkPIN()
	case o.place == atDoor:
		return o.wrongPIN(PromptEnterPIN)
	case o.tape.halted:
		return o.goodbye()
	}
	if o.silent++; o.silent < silences {
		return o.ask(o.place, o.menu...)
	}
	return o.goodbye()
}

func (o *Owner) digit(key byte) []Order {
	o.silent = 0
	switch o.place {
	case atDoor:
		return o.pinKey(key)
	case atMenu:
		return o.menuKey(key)
	case atBoxes:
		return o.boxKey(key)
	case atTape:
		return o.tapeKey(key)
	case atStudio:
		return o.studioKey(key)
	}
	return nil
}

func (o *Owner) goodbye() []Order {
	o.place = parting
	return o.say(o.leave, PromptGoodbye)
}

func (o *Owner) callerGone() []Order {
	if o.gone {
		return nil
	}
	o.gone, o.dial = true, ""
	switch {
	case o.take != nil:
		return o.taking(CallerGone{})
	case o.place == removing:
		return nil
	}
	return o.leave()
}

// leave removes what was deleted, then it is over.
func (o *Owner) leave() []Order {
	o.clock.forget()
	if len(o.deleted) == 0 {
		return o.done()
	}
	o.place = removing
	return []Order{Remove{slices.Clone(o.deleted)}}
}

func (o *Owner) done() []Order {
	o.place = left
	return []Order{Done{Dial: o.dial}}
}
