package voicemail

import (
	"slices"
	"strconv"
)

// look asks what is in the mailboxes now, and goes on with then.
func (o *Owner) look(then func() []Order) []Order {
	o.place, o.then = looking, then
	o.clock.forget()
	return []Order{List{o.visit.Boxes}}
}

func (o *Owner) listed(boxes [][]Message) []Order {
	if o.place != looking {
		return nil
	}
	o.boxes = boxes
	then := o.then
	o.then = nil
	return then()
}

// count leaves out what is deleted.
func (o *Owner) count(box int) (fresh, old int) {
	for _, m := range o.boxes[box] {
		switch {
		case slices.Contains(o.deleted, Ref{m.Mailbox, m.ID}):
		case m.Heard:
			old++
		default:
			fresh++
		}
	}
	return fresh, old
}

// announce says what is in the first mailbox, and in the others if there is something.
func (o *Owner) announce() []Order {
	words := o.summary()
	for box := 1; box < len(o.boxes); box++ {
		if held := messages(o.count(box)); len(held) > 0 {
			words = slices.Concat(words, name(box), held)
		}
	}
	o.place = atMenu
	return o.say(o.openMenu, words...)
}

// summary says what is in the mailbox.
func (o *Owner) summary() []string {
	held := messages(o.count(o.box))
	if len(held) == 0 {
		return []string{PromptNoMessages}
	}
	return append([]string{PromptYouHave}, held...)
}

// name says which mailbox it is.
func name(box int) []string {
	if box == 0 {
		return []string{PromptOwnMailbox}
	}
	return append([]string{PromptGroupMailbox}, number(box)...)
}

// enter says what is in the mailbox and opens its menu.
func (o *Owner) enter() []Order {
	o.place = atMenu
	return o.say(o.openMenu, append(name(o.box), o.summary()...)...)
}

// openMenu says what can be done with the mailbox.
func (o *Owner) openMenu() []Order {
	var words []string
	fresh, old := o.count(o.box)
	if fresh > 0 {
		words = append(words, PromptMenuNew)
	}
	if old > 0 {
		words = append(words, PromptMenuOld)
	}
	words = append(words, PromptMenuGreeting)
	if len(o.visit.Boxes) > 1 {
		words = append(words, PromptMenuBoxes)
	}
	return o.ask(atMenu, append(words, PromptMenuEnd)...)
}

func (o *Owner) menuKey(key byte) []Order {
	switch {
	case key == '1':
		return o.listen(false)
	case key == '2':
		return o.listen(true)
	case key == '3':
		return o.openStudio()
	case key == '0' && len(o.visit.Boxes) > 1:
		return o.askBox()
	case key == '#':
		return o.goodbye()
	}
	return o.openMenu()
}

// askBox lets choose a mailbox.
func (o *Owner) askBox() []Order {
	var words []string
	for box := range o.visit.Boxes {
		words = slices.Concat(words, name(box), []string{PromptPress, strconv.Itoa(box + 1)})
	}
	return o.ask(atBoxes, words...)
}

func (o *Owner) boxKey(key byte) []Order {
	box := int(key) - '1'
	switch {
	case key == '#':
		return o.look(o.openMenu)
	case box < 0 || box >= len(o.visit.Boxes):
		return o.askBox()
	}
	o.box = box
	return o.look(o.enter)
}
