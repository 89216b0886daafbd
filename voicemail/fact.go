package voicemail

import (
	"fmt"
	"strings"
	"time"
)

// Fact is something that has happened to a caller who leaves a message, or to an owner who listens to some.
type Fact interface {
	fact()
	// String is the fact as tests and people read it.
	String() string
}

type (
	// Began: the caller can hear us. The first fact.
	Began struct{}
	// Played: what was ordered last to be heard has come to its end, or could not be played.
	Played struct{}
	// Missing: the message ordered last is not there any more: another owner of the mailbox has removed it.
	Missing struct{}
	// Paused: the sound is silent, At from its beginning.
	Paused struct{ At time.Duration }
	// Digit: the caller pressed a key, one of 0-9 * # A-D.
	Digit struct{ Key byte }
	// Waited: the time of the order Wait with this number is over.
	Waited struct{ N int }
	// Recorded: the recording is over, whatever ended it.
	Recorded struct {
		Length time.Duration // of the sound kept
		Why    string        // RecordFailed, RecordFull; other words mean that it went well
	}
	// Kept: the disk's answer to Keep or RemoveGreeting. OK: it is durable.
	Kept struct{ OK bool }
	// Checked: whether the PIN was right, and may be tried at all.
	Checked struct{ OK bool }
	// Listed: the messages of the mailboxes, in the order asked for; each oldest first, in the time zone people live in.
	Listed struct{ Boxes [][]Message }
	// Removed: what could be removed is.
	Removed struct{}
	// CallerGone: the caller hung up.
	CallerGone struct{}
)

// What Recorded.Why says of a recording that went wrong.
const (
	RecordFailed = "failed" // the file could not be written
	RecordFull   = "full"   // another caller has just taken the last place
)

func (Began) fact()      {}
func (Played) fact()     {}
func (Missing) fact()    {}
func (Paused) fact()     {}
func (Digit) fact()      {}
func (Waited) fact()     {}
func (Recorded) fact()   {}
func (Kept) fact()       {}
func (Checked) fact()    {}
func (Listed) fact()     {}
func (Removed) fact()    {}
func (CallerGone) fact() {}

func (Began) String() string      { return "began" }
func (Played) String() string     { return "played" }
func (Missing) String() string    { return "missing" }
func (p Paused) String() string   { return fmt.Sprintf("paused at %v", p.At) }
func (d Digit) String() string    { return fmt.Sprintf("digit %c", d.Key) }
func (w Waited) String() string   { return fmt.Sprintf("waited %d", w.N) }
func (r Recorded) String() string { return fmt.Sprintf("recorded %v %s", r.Length, r.Why) }
func (Removed) String() string    { return "removed" }
func (CallerGone) String() string { return "caller gone" }
func (k Kept) String() string     { return unless(k.OK, "not ") + "kept" }
func (c Checked) String() string  { return unless(c.OK, "not ") + "checked" }

func (l Listed) String() string {
	counts := make([]string, len(l.Boxes))
	for i, box := range l.Boxes {
		counts[i] = fmt.Sprint(len(box))
	}
	return "listed " + strings.Join(counts, ", ")
}

func unless(holds bool, text string) string {
	if holds {
		return ""
	}
	return text
}
