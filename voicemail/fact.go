package voicemail

import (
	"fmt"
	"time"
)

// Fact is something that has happened to a caller who leaves a message.
type Fact interface {
	fact()
	// String is the fact as tests and people read it.
	String() string
}

type (
	// Began: the caller can hear us. The first fact.
	Began struct{}
	// Played: the greeting, the prompt or the beep ordered last was heard to its end, or could not be played.
	Played struct{}
	// Digit: the caller pressed a key, one of 0-9 * # A-D.
	Digit struct{ Key byte }
	// Recorded: the recording is over, whatever ended it.
	Recorded struct {
		Length time.Duration // of the sound kept
		Why    string        // RecordFailed if the file could not be written; other words mean the same here
	}
	// Kept: the disk's answer to Keep. OK: the message is durable.
	Kept struct{ OK bool }
	// CallerGone: the caller hung up.
	CallerGone struct{}
)

// RecordFailed is the Recorded.Why of a recording that could not be written.
const RecordFailed = "failed"

func (Began) fact()      {}
func (Played) fact()     {}
func (Digit) fact()      {}
func (Recorded) fact()   {}
func (Kept) fact()       {}
func (CallerGone) fact() {}

func (Began) String() string      { return "began" }
func (Played) String() string     { return "played" }
func (d Digit) String() string    { return fmt.Sprintf("digit %c", d.Key) }
func (r Recorded) String() string { return fmt.Sprintf("recorded %v %s", r.Length, r.Why) }
func (CallerGone) String() string { return "caller gone" }

func (k Kept) String() string {
	if k.OK {
		return "kept"
	}
	return "not kept"
}
