package voicemail

import (
	"strconv"
	"strings"
	"time"
)

// Prompts by name; media has a sound of each.
const (
	PromptGreeting       = "voicemail-greeting" // stands in for a mailbox without greeting
	PromptMailboxFull    = "mailbox-full"
	PromptMailboxFailed  = "mailbox-failed"
	PromptMessageSaved   = "message-saved"
	PromptReview         = "review"          // 1 save, 2 listen, 3 record again
	PromptReviewGreeting = "review-greeting" // * leaves the greeting as it was
	PromptGoodbye        = "goodbye"
	PromptNotPossible    = "not-possible"

	PromptEnterPIN = "enter-pin"
	PromptPINWrong = "pin-wrong"

	PromptYouHave      = "you-have"
	PromptNoMessages   = "no-messages"
	PromptNewMessage   = "new-message"
	PromptNewMessages  = "new-messages"
	PromptAnd          = "and"
	PromptOldMessage   = "old-message"
	PromptOldMessages  = "old-messages"
	PromptGroupMailbox = "group-mailbox"
	PromptOwnMailbox   = "own-mailbox"
	PromptPress        = "press"

	PromptMenuNew      = "menu-new"
	PromptMenuOld      = "menu-old"
	PromptMenuGreeting = "menu-greeting"
	PromptMenuBoxes    = "menu-boxes"
	PromptMenuEnd      = "menu-end"

	PromptMessage        = "message" // its number follows
	PromptDeleted        = "deleted"
	PromptRestored       = "restored"
	PromptKeptAsNew      = "kept-as-new"
	PromptAfterMessage   = "after-message"
	PromptMessageHelp    = "message-help"
	PromptNoMoreMessages = "no-more-messages"
	PromptFirstMessage   = "first-message"
	PromptMessageGone    = "message-gone"
	PromptNoCallBack     = "no-call-back"

	PromptFrom    = "from"
	PromptUnknown = "unknown-number"
	PromptPlus    = "plus"
	PromptAt      = "at"
	PromptOClock  = "o-clock"
	PromptHundred = "hundred"

	PromptGreetingMenu      = "greeting-menu"
	PromptRecordGreeting    = "record-greeting"
	PromptGreetingSaved     = "greeting-saved"
	PromptGreetingUnchanged = "greeting-unchanged"
	PromptGreetingBuiltIn   = "greeting-built-in"
)

// number says 0 to 999.
func number(n int) (words []string) {
	if n >= 100 {
		words = []string{strconv.Itoa(n / 100), PromptHundred}
		if n %= 100; n == 0 {
			return words
		}
	}
	if n > 20 && n%10 > 0 {
		return append(words, strconv.Itoa(n-n%10), strconv.Itoa(n%10))
	}
	return append(words, strconv.Itoa(n))
}

// digits says a telephone number digit by digit; what is no digit is not said.
func digits(text string) (words []string) {
	for _, c := range text {
		switch {
		case c >= '0' && c <= '9':
			words = append(words, string(c))
		case c == '+':
			words = append(words, PromptPlus)
		}
	}
	return words
}

// moment says a day and a time: Sunday, March 1, at 14 5.
func moment(t time.Time) []string {
	words := []string{strings.ToLower(t.Weekday().String()), strings.ToLower(t.Month().String())}
	words = append(words, number(t.Day())...)
	words = append(words, PromptAt)
	words = append(words, number(t.Hour())...)
	switch minute := t.Minute(); {
	case minute == 0:
		return append(words, PromptOClock)
	case minute < 10:
		return append(words, "0", strconv.Itoa(minute))
	default:
		return append(words, number(minute)...)
	}
}

// envelope says from whom a message is and when it was left.
func envelope(m Message) []string {
	from := digits(m.From)
	if len(from) == 0 {
		from = []string{PromptUnknown}
	}
	return append(append([]string{PromptFrom}, from...), moment(m.At)...)
}

// messages says how many there are: 3 new messages and 1 old message. Of none it says nothing.
func messages(fresh, old int) (words []string) {
	if fresh > 0 {
		words = append(number(fresh), oneOrMore(fresh, PromptNewMessage, PromptNewMessages))
	}
	if fresh > 0 && old > 0 {
		words = append(words, PromptAnd)
	}
	if old > 0 {
		words = append(append(words, number(old)...), oneOrMore(old, PromptOldMessage, PromptOldMessages))
	}
	return words
}

func oneOrMore(n int, one, more string) string {
	if n == 1 {
		return one
	}
	return more
}
