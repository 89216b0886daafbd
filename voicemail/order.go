package voicemail

import (
	"fmt"
	"time"
)

// Order is what must happen now. The orders of one step are to be carried out in their order.
type Order interface {
	order()
	// String is the order as tests and people read it.
	String() string
}

type (
	// PlayGreeting plays the mailbox's own greeting, or the built-in one (PromptGreeting) if Path is "". Played comes back.
	PlayGreeting struct{ Path string }
	// PlayPrompt plays a built-in prompt. Played comes back.
	PlayPrompt struct{ Name string }
	// PlayBeep plays the tone before the recording. Played comes back.
	PlayBeep struct{}
	// StartRecording records the caller. Recorded comes back, exactly once.
	StartRecording struct {
		MaxLength  time.Duration
		MaxSilence time.Duration
	}
	// StopRecording ends the recording; Recorded comes back if it has not come yet.
	StopRecording struct{}
	// Keep makes the draft a message. Kept comes back.
	Keep struct{}
	// Discard throws the draft away, if there is one.
	Discard struct{}
	// Done: nothing follows.
	Done struct{}
)

// Prompts ordered by name, or stood for by an empty greeting.
const (
	PromptGreeting    = "voicemail-greeting"
	PromptMailboxFull = "mailbox-full"
)

func (PlayGreeting) order()   {}
func (PlayPrompt) order()     {}
func (PlayBeep) order()       {}
func (StartRecording) order() {}
func (StopRecording) order()  {}
func (Keep) order()           {}
func (Discard) order()        {}
func (Done) order()           {}

func (o PlayPrompt) String() string  { return "play " + o.Name }
func (PlayBeep) String() string      { return "beep" }
func (StopRecording) String() string { return "stop recording" }
func (Keep) String() string          { return "keep" }
func (Discard) String() string       { return "discard" }
func (Done) String() string          { return "done" }
func (o StartRecording) String() string {
	return fmt.Sprintf("record up to %v, silence %v", o.MaxLength, o.MaxSilence)
}

func (o PlayGreeting) String() string {
	if o.Path == "" {
		return "play " + PromptGreeting
	}
	return "play greeting " + o.Path
}
