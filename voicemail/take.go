package voicemail

import "slices"

// take is one recording, of a message or a greeting: beep, record, review, and once more until it is liked.
type take struct {
	conf     Config
	clock    *clock
	greeting string // mailbox whose greeting is recorded; "": a message
	phase    takePhase
	byKey    bool // # ended the recording: somebody is there to review it
	gone     bool // the caller hung up
	silent   int  // how often the review was said to nobody
}

type takePhase int

const (
	beeping   takePhase = iota // recording follows
	recording                  // stopping, reviewing or keeping follow
	stopping                   // recording ended by us; reviewing or keeping follow
	reviewing                  // a key decides
	listening                  // to what was recorded; reviewing follows, or what a key decides
	keeping                    // the disk is asked
)

// outcome says how a take ended. A message that was hung up on is kept, a greeting is not.
type outcome string

const (
	running   outcome = ""
	saved     outcome = "saved"
	unsaved   outcome = "unsaved"   // the disk refused
	noRoom    outcome = "no room"   // the mailbox is full after all
	tooShort  outcome = "too short" // nothing is kept
	withdrawn outcome = "withdrawn" // a greeting that nobody confirmed
)

func (t *take) begin() []Order {
	t.phase = beeping
	return []Order{PlayBeep{}}
}

// step takes a fact. Anything but running is said once, with the last orders.
func (t *take) step(f Fact) ([]Order, outcome) {
	switch f := f.(type) {
	case Played:
		return t.played(), running
	case Digit:
		return t.digit(f.Key)
	case Waited:
		if t.phase == reviewing && t.clock.due(f) {
			return t.unanswered()
		}
	case Recorded:
		return t.recorded(f)
	case Kept:
		if t.phase == keeping && f.OK {
			return nil, saved
		} else if t.phase == keeping {
			return nil, unsaved
		}
	case CallerGone:
		return t.callerGone()
	}
	return nil, running
}

func (t *take) played() []Order {
	switch t.phase {
	case beeping:
		t.phase, t.byKey = recording, false
		length := t.conf.MaxLength
		if t.greeting != "" {
			length = min(length, maxGreeting)
		}
		return []Order{StartRecording{Greeting: t.greeting, MaxLength: length, MaxSilence: t.conf.MaxSilence}}
	case reviewing:
		return []Order{t.clock.wait(patience)}
	case listening:
		return t.review()
	}
	return nil
}

func (t *take) review() []Order {
	t.phase = reviewing
	if t.greeting != "" {
		return []Order{Say{[]string{PromptReview, PromptReviewGreeting}}}
	}
	return []Order{Say{[]string{PromptReview}}}
}

func (t *take) digit(key byte) ([]Order, outcome) {
	switch {
	case t.phase == recording && key == '#':
		t.phase, t.byKey = stopping, true
		return []Order{StopRecording{}}, running
	case t.phase != reviewing && t.phase != listening:
		return nil, running
	}
	t.silent = 0
	switch key {
	case '1', '#':
		return t.keep(), running
	case '2':
		t.phase = listening
		return []Order{PlayDraft{}}, running
	case '3':
		return slices.Concat([]Order{Discard{}}, t.begin()), running
	case '*':
		if t.greeting != "" {
			return []Order{Discard{}}, withdrawn
		}
	}
	if t.phase == listening {
		return nil, running
	}
	return t.review(), running
}

// unanswered says the review again, and in the end does with the recording what a hang-up does.
func (t *take) unanswered() ([]Order, outcome) {
	if t.silent++; t.silent < silences {
		return t.review(), running
	}
	return t.givenUp()
}

func (t *take) givenUp() ([]Order, outcome) {
	if t.greeting != "" {
		return []Order{Discard{}}, withdrawn
	}
	return t.keep(), running
}

func (t *take) keep() []Order {
	t.phase = keeping
	return []Order{Keep{}}
}

func (t *take) recorded(r Recorded) ([]Order, outcome) {
	if t.phase != recording && t.phase != stopping {
		return nil, running
	}
	switch {
	case r.Length < t.conf.MinLength && r.Why == RecordFailed:
		return []Order{Discard{}}, unsaved
	case r.Length < t.conf.MinLength && r.Why == RecordFull:
		return []Order{Discard{}}, noRoom
	case r.Length < t.conf.MinLength:
		return []Order{Discard{}}, tooShort
	case t.gone:
		return t.givenUp()
	case t.byKey || t.greeting != "":
		return t.review(), running
	}
	return t.keep(), running // silence, or the longest there may be: perhaps nobody is there any more
}

// callerGone ends the recording; what it holds is looked at when it is over.
func (t *take) callerGone() ([]Order, outcome) {
	t.gone = true
	switch t.phase {
	case beeping:
		return nil, tooShort
	case recording:
		t.phase = stopping
		return []Order{StopRecording{}}, running
	case reviewing, listening:
		return t.givenUp()
	}
	return nil, running
}
