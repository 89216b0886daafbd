package voicemail

import "time"

// maxGreeting is the longest greeting.
const maxGreeting = time.Minute

// openStudio is the menu of the greeting.
func (o *Owner) openStudio() []Order { return o.ask(atStudio, PromptGreetingMenu) }

func (o *Owner) mailbox() string { return o.visit.Boxes[o.box] }

func (o *Owner) studioKey(key byte) []Order {
	o.clock.forget()
	switch key {
	case '1':
		o.then, o.speaks = o.openStudio, true
		return []Order{PlayGreeting{o.mailbox()}}
	case '2':
		return o.say(o.record, PromptRecordGreeting)
	case '3':
		o.place, o.then = erasing, nil
		return []Order{RemoveGreeting{o.mailbox()}}
	case '#':
		return o.look(o.openMenu)
	}
	return o.openStudio()
}

func (o *Owner) record() []Order {
	o.take = &take{conf: o.conf, clock: &o.clock, greeting: o.mailbox()}
	return o.take.begin()
}

// taking lets the take decide until it is over.
func (o *Owner) taking(f Fact) []Order {
	if _, pressed := f.(Digit); pressed {
		o.clock.forget()
	}
	orders, how := o.take.step(f)
	if how == running {
		return orders
	}
	o.take = nil
	switch {
	case o.gone:
		return append(orders, o.leave()...)
	case how == saved:
		return append(orders, o.say(o.openStudio, PromptGreetingSaved)...)
	case how == unsaved:
		return append(orders, o.say(o.openStudio, PromptNotPossible)...)
	}
	return append(orders, o.say(o.openStudio, PromptGreetingUnchanged)...)
}

// kept answers RemoveGreeting.
func (o *Owner) kept(ok bool) []Order {
	if o.place != erasing {
		return nil
	}
	o.place = atStudio
	if ok {
		return o.say(o.openStudio, PromptGreetingBuiltIn)
	}
	return o.say(o.openStudio, PromptNotPossible)
}
