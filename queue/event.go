package queue

import "time"

// EventType is a word of the one vocabulary that records, statistics, API and webhooks share.
type EventType string

const (
	EvCallArrived     EventType = "call.arrived"
	EvCallBlocked     EventType = "call.blocked"
	EvCallQueued      EventType = "call.queued"      // entered a group: Visit, Group
	EvCallOverflowed  EventType = "call.overflowed"  // left a group by a rule: Cause names the rule, To the destination
	EvCallAnswered    EventType = "call.answered"    // somebody talks with the caller, also after a transfer: Agent or Number, Attempt, Waited
	EvCallReturned    EventType = "call.returned"    // takes back the last call.answered: the answer was empty, the call is where it was before
	EvCallExited      EventType = "call.exited"      // the caller left a group's line by a key: Cause the key, To, Waited, Position
	EvCallIntercepted EventType = "call.intercepted" // picked up by a user whose phone was not rung for it, or not first: Agent, Attempt
	EvCallTransferred EventType = "call.transferred" // Cause blind or attended, User who, To; the call that stays
	EvCallAbandoned   EventType = "call.abandoned"   // the caller left a group's line: Waited, Position
	EvCallMissed      EventType = "call.missed"      // exactly one for a missed call: Cause, Waited, Position
	EvCallVoicemail   EventType = "call.voicemail"   // a message is being taken: Mailbox
	EvCallEnded       EventType = "call.ended"       // exactly one a call, the last: Cause, Waited, Talked

	EvAttemptStarted     EventType = "attempt.started" // sets the stamp (Group, Agent, Attempt)
	EvAttemptRinging     EventType = "attempt.ringing"
	EvAttemptAnswered    EventType = "attempt.answered"
	EvAttemptRejected    EventType = "attempt.rejected"  // Code
	EvAttemptNoAnswer    EventType = "attempt.no_answer" // Cause "empty" follows an attempt.answered that did not count
	EvAttemptUnreachable EventType = "attempt.unreachable"
	EvAttemptWithdrawn   EventType = "attempt.withdrawn" // Cause: the StopWhy

	EvAgentOnline    EventType = "agent.online"
	EvAgentOffline   EventType = "agent.offline"
	EvAgentLoggedIn  EventType = "agent.logged_in"
	EvAgentLoggedOut EventType = "agent.logged_out"
	EvAgentPaused    EventType = "agent.paused"
	EvAgentResumed   EventType = "agent.resumed"
	EvAgentWrapUp    EventType = "agent.wrap_up"
	EvAgentIdle      EventType = "agent.idle"

	EvGroupChanged   EventType = "group.changed"
	EvConfigReloaded EventType = "config.reloaded"
	EvVoicemailLeft  EventType = "voicemail.left" // Mailbox, Message, Length
)

// Event is one line of the event log: records and statistics are a fold of it. Fields that a type does not use stay
// zero. The time of an event is the time of the step that ordered it.
type Event struct {
	Type     EventType
	Call     CallID        `json:",omitempty"`
	Visit    int           `json:",omitempty"` // counts the groups a call has entered, from 1
	Group    GroupID       `json:",omitempty"`
	Agent    AgentID       `json:",omitempty"` // the target of an attempt, or whose state changed
	Number   string        `json:",omitempty"` // outside number of an attempt; on call.arrived the number called, E.164 or as dialled
	Attempt  AttemptID     `json:",omitempty"`
	Cause    string        `json:",omitempty"` // on call.ended and call.overflowed "joined": To is the call it has become part of
	Code     int           `json:",omitempty"` // SIP status
	To       string        `json:",omitempty"` // a destination as the configuration writes it, or call:ID
	From     Party         `json:",omitzero"`  // call.arrived: the caller
	Trunk    TrunkID       `json:",omitempty"` // call.arrived: where it came in
	User     AgentID       `json:",omitempty"` // call.arrived: who dialled; call.transferred: who did it
	Waited   time.Duration `json:",omitempty"` // in lines so far
	Talked   time.Duration `json:",omitempty"`
	Position int           `json:",omitempty"` // place in the line, from 1
	Mailbox  Mailbox       `json:",omitempty"`
	Message  string        `json:",omitempty"`
	Length   time.Duration `json:",omitempty"`
}
