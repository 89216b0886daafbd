package voicemail

import "slices"

// tapeKey is what keys do while a message is heard, and after it.
func (o *Owner) tapeKey(key byte) []Order {
	if o.tape.stopped != nil { // it is about to stop
		return nil
	}
	switch key {
	case '1':
		return o.play(0)()
	case '2':
		return o.pauseOrGoOn()
	case '3':
		return o.stop(o.deleteOrRestore)
	case '4':
		return o.stop(func() []Order { return o.play(o.tape.at - skip)() })
	case '5':
		return o.interlude(envelope(*o.message()))
	case '6':
		return o.stop(func() []Order { return o.play(o.tape.at + skip)() })
	case '7':
		return o.previous()
	case '8':
		return o.callBack()
	case '9':
		return append(o.mark(true), o.next()...)
	case '0':
		return append(o.mark(false), o.say(o.next, PromptKeptAsNew)...)
	case '#':
		o.tape = tape{}
		return o.look(o.backAtMenu)
	}
	return o.interlude([]string{PromptMessageHelp})
}

func (o *Owner) pauseOrGoOn() []Order {
	switch {
	case o.tape.halted:
		return o.play(o.tape.at)()
	case !o.tape.running && o.then == nil: // heard to its end
		return o.play(0)()
	}
	return append(o.hush(), o.stop(func() []Order {
		o.tape.halted = true
		return []Order{o.clock.wait(longPause)}
	})...)
}

func (o *Owner) deleteOrRestore() []Order {
	if i := slices.Index(o.deleted, o.ref()); i >= 0 {
		o.deleted = slices.Delete(o.deleted, i, i+1)
		return o.ask(atTape, PromptRestored, PromptAfterMessage)
	}
	o.deleted = append(o.deleted, o.ref())
	return o.ask(atTape, PromptDeleted, PromptAfterMessage)
}

// interlude says something in between.
func (o *Owner) interlude(words []string) []Order {
	goesOn := o.tape.running || o.then != nil
	return o.stop(func() []Order {
		if goesOn {
			return o.say(o.play(o.tape.at), words...)
		}
		return o.ask(atTape, words...)
	})
}

func (o *Owner) previous() []Order {
	if o.at > 0 {
		return o.rewind(o.at - 1)
	}
	return o.say(func() []Order { return o.rewind(0) }, PromptFirstMessage)
}

// callBack ends the visit with a call to the user who left the message. An outside number is never called from here.
func (o *Owner) callBack() []Order {
	if o.message().User == "" || o.visit.Remote {
		return o.interlude([]string{PromptNoCallBack})
	}
	o.dial = o.message().User
	return o.leave()
}
