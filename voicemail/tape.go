package voicemail

import (
	"slices"
	"time"
)

const skip = 3 * time.Second

// tape is where a message stands: it runs, it halts, or neither, which is at its end or before anything was heard.
type tape struct {
	running bool
	halted  bool           // by the owner
	stopped func() []Order // what follows when it has stopped; nil: it is not being stopped
	at      time.Duration  // where it stands
}

// runs says that Played will tell its end.
func (t *tape) runs() bool { return t.running || t.stopped != nil }

// listen plays the new messages of the mailbox, or the old ones, oldest first. Those deleted a moment ago are among them.
func (o *Owner) listen(heard bool) []Order {
	o.list = nil
	for _, m := range o.boxes[o.box] {
		if m.Heard == heard {
			o.list = append(o.list, m)
		}
	}
	if len(o.list) == 0 {
		return o.say(o.openMenu, PromptNoMessages)
	}
	return o.rewind(0)
}

// rewind says which message it is and plays it.
func (o *Owner) rewind(i int) []Order {
	o.at, o.place, o.menu = i, atTape, []string{PromptAfterMessage}
	o.tape = tape{}
	words := append([]string{PromptMessage}, number(i+1)...)
	if slices.Contains(o.deleted, o.ref()) {
		words = append(words, PromptDeleted)
	}
	return o.say(o.play(0), words...)
}

func (o *Owner) message() *Message { return &o.list[o.at] }
func (o *Owner) ref() Ref          { return Ref{o.message().Mailbox, o.message().ID} }

// play is to play the message from there.
func (o *Owner) play(from time.Duration) func() []Order {
	return func() []Order {
		o.then, o.speaks = nil, false
		o.clock.forget()
		if from = max(from, 0); from > 0 && from >= o.message().Length {
			return o.tapeEnded()
		}
		o.tape = tape{running: true, at: from}
		return []Order{PlayMessage{Mailbox: o.message().Mailbox, ID: o.message().ID, From: from}}
	}
}

// tapeEnded: the message was heard to its end, and is old.
func (o *Owner) tapeEnded() []Order {
	stopped := o.tape.stopped
	o.tape = tape{at: o.message().Length, stopped: stopped}
	orders := o.mark(true)
	if stopped != nil { // Paused is still due
		return orders
	}
	return append(orders, o.ask(atTape, PromptAfterMessage)...)
}

func (o *Owner) mark(heard bool) []Order {
	if o.message().Heard == heard {
		return nil
	}
	o.message().Heard = heard
	return []Order{Mark{o.message().Mailbox, o.message().ID, heard}}
}

// missing: another owner has removed the message.
func (o *Owner) missing() []Order {
	if o.place != atTape || !o.tape.runs() {
		return nil
	}
	o.tape = tape{}
	return o.say(o.next, PromptMessageGone)
}

// next goes on to the next message, or back to the menu.
func (o *Owner) next() []Order {
	if o.at+1 < len(o.list) {
		return o.rewind(o.at + 1)
	}
	return o.say(func() []Order { return o.look(o.backAtMenu) }, PromptNoMoreMessages)
}

func (o *Owner) backAtMenu() []Order {
	o.place = atMenu
	return o.say(o.openMenu, o.summary()...)
}

// stop makes the tape stand still and goes on with then.
func (o *Owner) stop(then func() []Order) []Order {
	o.then, o.tape.halted = nil, false
	if !o.tape.running {
		return then()
	}
	o.tape.running, o.tape.stopped = false, then
	return []Order{Pause{}}
}

func (o *Owner) paused(f Paused) []Order {
	then := o.tape.stopped
	if o.place != atTape || then == nil {
		return nil
	}
	if o.tape.at < o.message().Length { // else it has come to its end meanwhile
		o.tape.at = f.At
	}
	o.tape.stopped = nil
	return then()
}
