package queue

import (
	"cmp"
	"slices"
	"time"
)

// Phase is where a call stands.
type Phase string

const (
	InGroup   Phase = "group"   // in a group's line, rung for or not; then Talking, Direct, Message, Ending, or another group
	Direct    Phase = "direct"  // one user or number is rung, outside of any line; then Talking, Message, Ending; after a transfer InGroup
	Talking   Phase = "talking" // an attempt was answered; then Ending, InGroup or Direct after an empty answer, anything after a transfer
	Joining   Phase = "joining" // its user has parted, and it is being joined with another call; then Talking, Direct, InGroup, Ending
	Message   Phase = "message" // a mailbox takes a message; then Ending
	InMailbox Phase = "mailbox" // its user listens to mailboxes; then Ending, or a call to an extension: InGroup, Direct
	PickingUp Phase = "pickup"  // its user takes another call, and its leg with it; CallEnded follows
	Spoken    Phase = "prompt"  // hears the prompt of a code; then Ending
	Ending    Phase = "ending"  // the caller left, or Refuse or Release was ordered; CallEnded follows
)

// Call is all that the engine knows of one live call.
type Call struct {
	ID      CallID
	Arrival uint64    // arrival number, from 1
	Arrived time.Time // when
	Trunk   TrunkID   `json:",omitempty"` // it came over this trunk
	User    AgentID   `json:",omitempty"` // or this user dialled, or is the caller since it turned round
	Caller  Party     // a trunk caller's number is E.164 where it can be
	Number  string    // the number called
	Music   string    // for waiting, unless the group has its own
	Wanted  bool      `json:",omitempty"` // it is for one of us: unanswered, it is a missed call
	Payer   AgentID   `json:",omitempty"` // turned round: the user who called this outside caller, whose limits count it

	Phase    Phase
	Accepted bool  `json:",omitempty"` // Accept was ordered
	Hears    Sound `json:",omitzero"`  // what Play ordered last
	Cause    Cause `json:",omitempty"` // why it ends; set with Ending

	Group    GroupID       `json:",omitempty"` // of the visit, while InGroup and while Talking after it
	Visit    int           `json:",omitempty"` // groups entered so far
	Entered  time.Time     `json:",omitzero"`  // into this group
	Since    time.Time     `json:",omitzero"`  // on entering a line: now minus all time spent in lines; what the line goes by
	Turn     uint64        `json:",omitempty"` // in a line: the arrival number that decides between two who have waited equally long
	Waited   time.Duration `json:",omitempty"` // in lines, as of leaving the last one
	Position int           `json:",omitempty"` // on leaving the last line
	Priority int           `json:",omitempty"`
	Admitted bool          `json:",omitempty"` // max_callers has let it in
	Chain    []GroupID     `json:",omitempty"` // groups visited since the last answer
	Pass     Pass          `json:",omitzero"`
	Orphan   Destination   `json:",omitzero"` // the group was deleted: where to go

	Attempts []Attempt     `json:",omitempty"` // live ones, ascending
	Fallback Destination   `json:",omitzero"`  // Direct: where to go without an answer, unless Back says it; HangUp passes the refusal on
	Trunks   []TrunkID     `json:",omitempty"` // emergency calls: where to try next
	Talk     *Attempt      `json:",omitempty"` // Talking: the one answered
	TalkFrom time.Time     `json:",omitzero"`  // Connected; zero: not yet
	Answered bool          `json:",omitempty"` // somebody talked with the caller
	Talked   time.Duration `json:",omitempty"`
	Message  string        `json:",omitempty"` // id of the message left

	Via    AgentID     `json:",omitempty"` // who transferred it to where it is; "": nobody, or it has come back
	Origin GroupID     `json:",omitempty"` // the group it was last answered for before it was transferred; where it goes back to
	Back   Back        `json:",omitempty"` // Direct: it was transferred, and where it goes without an answer
	Report CallID      `json:",omitempty"` // on which call who transferred it still waits for ReportTransfer
	Moved  bool        `json:",omitempty"` // a conversation of it was transferred: it counts as answered whatever follows
	Turned AttemptID   `json:",omitempty"` // turned round: the attempt whose target is the caller now
	Serves GroupID     `json:",omitempty"` // turned round: for which that target had answered; its wrap-up is still due
	Joins  CallID      `json:",omitempty"` // CallsJoined or JoinFailed is owed: the call that comes to this one
	Into   CallID      `json:",omitempty"` // the call that this one goes, or has gone, to
	As     AttemptID   `json:",omitempty"` // Joining: the attempt that its caller will be in the call Into
	Key    string      `json:",omitempty"` // InGroup: the key that the caller pressed; it leaves when its attempts are over
	Exit   Destination `json:",omitzero"`  // where it goes then

	// Derived, rebuilt by Load.
	alarm   alarm
	line    *[]*Call // the slice of its group in which it stands
	touched bool
}

// Back is where a transferred call goes that nobody answers. It is never dropped.
type Back string

const (
	BackToGiver  Back = "giver"  // the user who transferred it is rung
	BackToOrigin Back = "origin" // that user is being rung; then the line of the group of origin, or that user's mailbox
)

// Pass is one round over a group's agents, in which each is rung at most once.
type Pass struct {
	Tried    []AgentID `json:",omitempty"` // rung in this pass, sorted
	BusyFrom time.Time `json:",omitzero"`  // since when the call has waited for the pass to begin
	Clock    time.Time `json:",omitzero"`  // everybody: the end of the one ring clock
	Over     bool      `json:",omitempty"` // everybody: it rang for a whole clock
	RetryAt  time.Time `json:",omitzero"`  // hold: all have been tried; the next pass begins
}

func (p *Pass) has(a AgentID) bool {
	_, found := slices.BinarySearch(p.Tried, a)
	return found
}

func (p *Pass) add(a AgentID) {
	if i, found := slices.BinarySearch(p.Tried, a); !found {
		p.Tried = slices.Insert(p.Tried, i, a)
	}
}

// remove takes back an attempt that was no fair chance.
func (p *Pass) remove(a AgentID, now time.Time) {
	if i, found := slices.BinarySearch(p.Tried, a); found {
		p.Tried = slices.Delete(p.Tried, i, i+1)
	}
	if len(p.Tried) == 0 {
		*p = Pass{BusyFrom: now}
	}
}

// inLineOrder compares two calls as the line does: priority, highest first; then who waits longest over all lines; then who
// arrived first. Nothing else lets one caller overtake another.
func inLineOrder(a, b *Call) int {
	return cmp.Or(cmp.Compare(b.Priority, a.Priority), a.Since.Compare(b.Since), cmp.Compare(a.Turn, b.Turn))
}

// waiting says that the call stands in a line and nobody is rung for it.
func (c *Call) waiting() bool { return c.Phase == InGroup && len(c.Attempts) == 0 }

// waited is the time spent in lines so far.
func (c *Call) waited(now time.Time) time.Duration {
	if c.Phase == InGroup {
		return now.Sub(c.Since)
	}
	return c.Waited
}

// attempt finds a live attempt.
func (c *Call) attempt(id AttemptID) *Attempt {
	i, found := slices.BinarySearchFunc(c.Attempts, id, func(a Attempt, id AttemptID) int { return cmp.Compare(a.ID, id) })
	if !found {
		return nil
	}
	return &c.Attempts[i]
}

// clone shares nothing with the call.
func (c *Call) clone() Call {
	d := *c
	d.alarm, d.line, d.touched = alarm{}, nil, false
	d.Chain, d.Trunks = slices.Clone(c.Chain), slices.Clone(c.Trunks)
	d.Pass.Tried, d.Attempts = slices.Clone(c.Pass.Tried), slices.Clone(c.Attempts)
	if c.Talk != nil {
		talk := *c.Talk
		d.Talk = &talk
	}
	return d
}
