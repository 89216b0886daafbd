package voicemail

const (
	longestPIN = 10
	pinTries   = 3 // in one call
)

func (o *Owner) askPIN(prompts ...string) []Order {
	o.entry = ""
	return o.ask(atDoor, prompts...)
}

// pinKey takes a digit; * begins anew, # ends the entry.
func (o *Owner) pinKey(key byte) []Order {
	switch {
	case key == '#':
		return o.checkPIN()
	case key == '*':
		o.entry = ""
	case key >= '0' && key <= '9' && len(o.entry) <= longestPIN: // one too many makes it wrong
		o.entry += PIN(key)
	}
	if o.entry == "" {
		return append(o.hush(), o.clock.wait(firstDigit))
	}
	return append(o.hush(), o.clock.wait(nextDigit))
}

// hush ends what is being said.
func (o *Owner) hush() []Order {
	o.then = nil
	if !o.speaks {
		return nil
	}
	o.speaks = false
	return []Order{Pause{}}
}

func (o *Owner) checkPIN() []Order {
	if o.entry == "" {
		return o.wrongPIN(PromptEnterPIN)
	}
	pin := o.entry
	o.entry, o.place = "", checking
	o.clock.forget()
	return []Order{CheckPIN{Mailbox: o.visit.Boxes[0], PIN: pin}}
}

func (o *Owner) checked(ok bool) []Order {
	switch {
	case o.place != checking:
		return nil
	case ok:
		return o.look(o.announce)
	}
	return o.wrongPIN(PromptPINWrong, PromptEnterPIN)
}

// wrongPIN counts an entry in vain and asks once more.
func (o *Owner) wrongPIN(prompts ...string) []Order {
	if o.wrong++; o.wrong < pinTries {
		return o.askPIN(prompts...)
	}
	o.place = parting
	return o.say(o.leave, append(prompts[:len(prompts)-1:len(prompts)-1], PromptGoodbye)...)
}
