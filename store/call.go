package store

import "time"

// Call is the record of one call.
type Call struct {
	ID           string    `json:"id"`
	Started      time.Time `json:"started"`
	Number       string    `json:"number"`                  // number called
	CallerNumber string    `json:"caller_number,omitempty"` // "": withheld
	CallerName   string    `json:"caller_name,omitempty"`
	Trunk        string    `json:"trunk,omitempty"`       // it came over this trunk, or
	User         string    `json:"user,omitempty"`        // this user dialled
	Disposition  string    `json:"disposition,omitempty"` // answered, missed, blocked, ended; "" while undecided
	Cause        string    `json:"cause,omitempty"`       // a queue.Cause; "" while it lives
	Answered     time.Time `json:"answered,omitzero"`     // first answer
	AnsweredBy   string    `json:"answered_by,omitempty"` // extension or outside number
	Waited       Span      `json:"waited"`                // in lines
	Talked       Span      `json:"talked"`
	Ended        time.Time `json:"ended,omitzero"` // zero while it lives
	Tries
}

// Missed is the record of one missed call.
type Missed struct {
	Call         string    `json:"call"`
	At           time.Time `json:"at"`
	Number       string    `json:"number"`
	CallerNumber string    `json:"caller_number,omitempty"`
	CallerName   string    `json:"caller_name,omitempty"`
	Path         string    `json:"path,omitempty"` // groups in the order entered: "sales > support"
	Waited       Span      `json:"waited"`
	Position     int       `json:"position,omitempty"` // in the line when it left, from 1
	Reason       string    `json:"reason"`
	State        string    `json:"state"` // new, called_back, closed
	Closed       time.Time `json:"closed,omitzero"`
	ClosedBy     string    `json:"closed_by,omitempty"` // id of the call that was answered later
	Tries
}

// Tries is who was rung for a call, and where it waited.
type Tries struct {
	Visits   []Visit   `json:"visits,omitempty"`
	Attempts []Attempt `json:"attempts,omitempty"` // of a direct call; those of groups stand under their visit
}

// Visit is a call's stay in a group.
type Visit struct {
	Visit    int       `json:"visit"` // from 1
	Group    string    `json:"group"`
	Entered  time.Time `json:"entered"`
	Ended    time.Time `json:"ended,omitzero"`    // left the line; zero while it waits
	Outcome  string    `json:"outcome,omitempty"` // answered, overflowed, exited, abandoned, voicemail, ended
	Cause    string    `json:"cause,omitempty"`   // the rule that moved it on, the key pressed, or joined
	Next     string    `json:"next,omitempty"`    // where it went then; joined: call:ID, where the visit goes on
	Waited   Span      `json:"waited"`            // in all lines so far
	Position int       `json:"position,omitempty"`
	Attempts []Attempt `json:"attempts,omitempty"`
}

// Attempt is a try at one agent or outside number.
type Attempt struct {
	Attempt uint64    `json:"attempt"`
	Group   string    `json:"group,omitempty"` // "": a direct call, or one that a rule sent on
	Agent   string    `json:"agent,omitempty"`
	Number  string    `json:"number,omitempty"`
	Started time.Time `json:"started"`
	Ringing time.Time `json:"ringing,omitzero"`
	Ended   time.Time `json:"ended,omitzero"`
	Outcome string    `json:"outcome,omitempty"` // answered, rejected, no_answer, unreachable, withdrawn
	Cause   string    `json:"cause,omitempty"`
	Code    int       `json:"code,omitempty"` // SIP status of a refusal
}
