package queue

import "time"

// Order is what must happen now, in the imperative: the only output of the engine. An order is a wish; only the fact
// that comes back changes the engine's state. Orders are plain data that can be serialised. The orders of one step are
// to be carried out in their order.
type Order interface {
	order()
	// String is the order as golden conversations and people read it.
	String() string
}

type (
	// Accept answers the caller with 200. Ordered at most once a call.
	Accept struct{ Call CallID }
	// Progress sends the caller 180.
	Progress struct{ Call CallID }
	// Refuse ends a call that was not accepted with a final response. CallEnded comes back.
	Refuse struct {
		Call CallID
		Code int
	}
	// Release ends an accepted call: BYE on every leg. CallEnded comes back.
	Release struct {
		Call  CallID
		Cause Cause
	}
	// Play replaces what the caller hears. A prompt that ends reports PromptEnded.
	Play struct {
		Call  CallID
		Sound Sound
	}
	// StopPlaying makes it silent.
	StopPlaying struct{ Call CallID }
	// TakeMessage plays the mailbox's greeting and records. MessageLeft comes back, also if the caller hangs up.
	TakeMessage struct {
		Call    CallID
		Mailbox Mailbox
	}
	// OpenMailbox lets the user who calls listen to mailboxes, the first of which is its own. MailboxClosed comes back,
	// also if the caller hangs up.
	OpenMailbox struct {
		Call  CallID
		User  AgentID
		Boxes []Mailbox
	}
	// PickUp is a directed attempt: the phone with which the user of the call From has dialled answers Call. The attempt
	// ends as one of Ring does, with AttemptAnswered or AttemptFailed, which refuses From; From ends either way.
	PickUp struct {
		Call    CallID
		Attempt AttemptID
		From    CallID
	}
	// AnswerTransfer says what became of TransferAsked: with 202 the leg of that side parts from the call and is hung up
	// when ReportTransfer has been heard; if it was the caller's, the target that stays is the caller from now on.
	// Any other code refuses, and nothing has changed.
	AnswerTransfer struct {
		Call CallID
		By   Side
		Code int
	}
	// ReportTransfer tells who asked for a transfer how it ended: a SIP status, 200 for success. It is void if that leg has
	// gone.
	ReportTransfer struct {
		Call CallID
		Code int
	}
	// Join makes two calls one. The side From of Gone parts, and its other side comes to Keep: the target that answered, or
	// those that are rung, under their numbers; or nothing, where Gone waits. If From is its target, its caller becomes
	// the target of Keep that has answered, as attempt As. In Keep the side By parts, as with AnswerTransfer.
	// CallsJoined or JoinFailed comes back.
	Join struct {
		Keep, Gone CallID
		By, From   Side
		As         AttemptID
	}
	// Connect bridges the caller with the target that answered. Connected comes back, or TalkEnded if it is too late.
	Connect struct {
		Call    CallID
		Attempt AttemptID
		Music   string // a name of media.music: what either hears while the other one holds the call
	}
	// Show tells a phone in a conversation with whom it speaks now.
	Show struct {
		Call CallID
		To   Side  // whose phone
		As   Party // what it displays
	}
	// StopRinging ends an attempt: AttemptFailed comes back at once, unless an answer was first: then AttemptAnswered
	// is on its way or there already, and this order is void.
	StopRinging struct {
		Call    CallID
		Attempt AttemptID
		Why     StopWhy
	}
	// Record writes an event down for ever.
	Record struct{ Event Event }
)

// Ring starts an attempt. Exactly one of Agent and Number is set. It ends with exactly one AttemptAnswered or
// AttemptFailed.
type Ring struct {
	Call    CallID
	Attempt AttemptID
	Agent   AgentID // ring all devices of this user
	Number  string  // dial this number over Trunk
	Trunk   TrunkID
	Group   GroupID // "" for direct calls
	Show    Party   // what the target's display shows as the caller
	By      AgentID // who transfers the caller here; "" nobody
	// Relay: a direct call not accepted yet; the target's 180, 183 and early media pass to the caller.
	Relay bool
	// For is the ring time; the engine itself orders the stop, this is for display and headers.
	For time.Duration
}

// StopWhy says why phones stop ringing; it becomes the Reason header (RFC 3326).
type StopWhy string

const (
	Elsewhere  StopWhy = "elsewhere"   // another one answered: no missed call on this phone
	CallerGone StopWhy = "caller_left" // the phone shows a missed call
	TimeOver   StopWhy = "time_over"   // the ring time is over: the phone shows a missed call
	Withdrawn  StopWhy = "withdrawn"   // taken back (own call, removed from the group, …)
)

// Cause says why a call ended. The same words stand in records.
type Cause string

const (
	CauseNormal    Cause = "normal"       // hung up after a conversation
	CauseAbandoned Cause = "abandoned"    // the caller left before an answer
	CauseNoAnswer  Cause = "no_answer"    // nobody answered, and the rules ended it
	CauseNoAgents  Cause = "no_agents"    // "no agents in chain"
	CauseBlocked   Cause = "blocked"      // on the blocked list
	CauseNotFound  Cause = "not_found"    // nobody has that number
	CauseForbidden Cause = "forbidden"    // the user may not call that
	CauseRefused   Cause = "refused"      // the number called refused
	CauseMessage   Cause = "message_left" // ended after leaving a message
	CauseFull      Cause = "line_full"    // max_callers
	CauseTimeout   Cause = "max_wait"     // max_wait ended it
	CauseTooLong   Cause = "max_talking"  // max_talking ended it
	CauseDone      Cause = "done"         // a code was carried out, or another call was picked up
	CauseJoined    Cause = "joined"       // it has become part of another call
	CauseDrained   Cause = "drained"      // shut down
	CauseOverload  Cause = "overload"     // its inbox overflowed
	CauseFault     Cause = "fault"        // a bug of ours ended it
	CauseMedia     Cause = "media"        // no usable audio
	CauseInterrupt Cause = "interrupted"  // we were killed while it lived
)

// Sound is something to hear.
type Sound struct {
	Kind SoundKind
	Name string // of music or prompt; "" for tones
}

// SoundKind tells what Sound.Name names.
type SoundKind string

const (
	Music    SoundKind = "music"    // a name of media.music; endless
	Prompt   SoundKind = "prompt"   // a spoken prompt; ends
	Ringback SoundKind = "ringback" // the ring tone; endless
	Busy     SoundKind = "busy"     // the busy tone; endless
)

// Prompts the engine orders by name.
const (
	PromptLoggedIn    = "logged-in"
	PromptLoggedOut   = "logged-out"
	PromptPaused      = "paused"
	PromptResumed     = "resumed"
	PromptWrapUpEnded = "wrap-up-ended"
)
