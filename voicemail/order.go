package voicemail

import (
	"fmt"
	"strings"
	"time"
)

// Order is what must happen now. The orders of one step are to be carried out in their order. One to be heard replaces
// what is heard.
type Order interface {
	order()
	// String is the order as tests and people read it.
	String() string
}

type (
	// PlayGreeting plays the mailbox's greeting. Played comes back.
	PlayGreeting struct{ Mailbox string }
	// Say plays built-in prompts one after the other. Played comes back, once.
	Say struct{ Prompts []string }
	// PlayBeep plays the tone before the recording. Played comes back.
	PlayBeep struct{}
	// PlayDraft plays what was recorded last. Played comes back.
	PlayDraft struct{}
	// PlayMessage plays a message. Played comes back, or Missing.
	PlayMessage struct {
		Mailbox, ID string
		From        time.Duration // where to begin
	}
	// Pause makes it silent. Paused comes back, and Played does not any more.
	Pause struct{}
	// Wait asks for Waited with this number after a time. It makes every earlier one void.
	Wait struct {
		For time.Duration
		N   int
	}
	// StartRecording records the caller. Recorded comes back, exactly once.
	StartRecording struct {
		Greeting   string // mailbox whose greeting it shall become; "": it is a message
		MaxLength  time.Duration
		MaxSilence time.Duration
	}
	// StopRecording ends the recording; Recorded comes back if it has not come yet.
	StopRecording struct{}
	// Keep makes of the draft what it was begun for, a message or a greeting. Kept comes back.
	Keep struct{}
	// Discard throws the draft away, if there is one.
	Discard struct{}
	// LogIn: the caller says to be the mailbox's owner. Leaving is over: an Owner who must prove it takes its place.
	LogIn struct{}
	// CheckPIN compares the mailbox's PIN, slowly, and with an eye on who tries too often. Checked comes back.
	CheckPIN struct {
		Mailbox string
		PIN     PIN
	}
	// List asks for what is in these mailboxes. Listed comes back.
	List struct{ Mailboxes []string }
	// Mark makes a message old, or new again.
	Mark struct {
		Mailbox, ID string
		Heard       bool
	}
	// Remove removes messages for ever. Removed comes back.
	Remove struct{ Messages []Ref }
	// RemoveGreeting brings the built-in greeting back. Kept comes back.
	RemoveGreeting struct{ Mailbox string }
	// Done: nothing follows.
	Done struct {
		Dial string // extension of the user whom the owner calls back; "": nobody
	}
)

// Ref names a message.
type Ref struct{ Mailbox, ID string }

// PIN is what a caller has keyed in. It does not show.
type PIN string

const hidden = "…"

func (PIN) String() string { return hidden }

// GoString hides it from %#v.
func (PIN) GoString() string { return hidden }

// MarshalText hides it from logs and files.
func (PIN) MarshalText() ([]byte, error) { return []byte(hidden), nil }

func (PlayGreeting) order()   {}
func (Say) order()            {}
func (PlayBeep) order()       {}
func (PlayDraft) order()      {}
func (PlayMessage) order()    {}
func (Pause) order()          {}
func (Wait) order()           {}
func (StartRecording) order() {}
func (StopRecording) order()  {}
func (Keep) order()           {}
func (Discard) order()        {}
func (LogIn) order()          {}
func (CheckPIN) order()       {}
func (List) order()           {}
func (Mark) order()           {}
func (Remove) order()         {}
func (RemoveGreeting) order() {}
func (Done) order()           {}

func (o PlayGreeting) String() string   { return "play greeting of " + o.Mailbox }
func (o Say) String() string            { return "say " + strings.Join(o.Prompts, " ") }
func (PlayBeep) String() string         { return "beep" }
func (PlayDraft) String() string        { return "play draft" }
func (Pause) String() string            { return "pause" }
func (o Wait) String() string           { return fmt.Sprintf("wait %v", o.For) }
func (StopRecording) String() string    { return "stop recording" }
func (Keep) String() string             { return "keep" }
func (Discard) String() string          { return "discard" }
func (LogIn) String() string            { return "log in" }
func (o CheckPIN) String() string       { return "check PIN of " + o.Mailbox }
func (o List) String() string           { return "list " + strings.Join(o.Mailboxes, " ") }
func (o RemoveGreeting) String() string { return "remove greeting of " + o.Mailbox }

func (o PlayMessage) String() string {
	if o.From > 0 {
		return fmt.Sprintf("play %s/%s from %v", o.Mailbox, o.ID, o.From)
	}
	return fmt.Sprintf("play %s/%s", o.Mailbox, o.ID)
}

func (o StartRecording) String() string {
	what := "record"
	if o.Greeting != "" {
		what = "record greeting of " + o.Greeting
	}
	return fmt.Sprintf("%s up to %v, silence %v", what, o.MaxLength, o.MaxSilence)
}

func (o Mark) String() string {
	if o.Heard {
		return fmt.Sprintf("mark %s/%s old", o.Mailbox, o.ID)
	}
	return fmt.Sprintf("mark %s/%s new", o.Mailbox, o.ID)
}

func (o Remove) String() string {
	text := "remove"
	for _, r := range o.Messages {
		text += " " + r.Mailbox + "/" + r.ID
	}
	return text
}

func (o Done) String() string {
	if o.Dial != "" {
		return "done, dial " + o.Dial
	}
	return "done"
}
