package queue

import "time"

// Fact is something that has happened, in the past tense: the only input of the engine. Facts are plain data
// that can be serialised. A fact cannot be refused: one that names an unknown or ended call, agent or attempt
// is ignored.
type Fact interface {
	fact()
	// String is the fact as golden conversations and people read it.
	String() string
}

// CallArrived: an INVITE passed the door. Exactly one of Trunk and User is set.
type CallArrived struct {
	Call    CallID
	Trunk   TrunkID // it came over this trunk
	User    AgentID // this user dialled, and has proven to be that user
	Caller  Party
	Dialled string // user part of the Request-URI, parameters removed, not yet normalised
}

// CallerLeft: the caller hung up or cancelled. Attempts still alive each report AttemptFailed, then CallEnded follows.
type CallerLeft struct{ Call CallID }

// CallGivenUp: neither the caller nor an order ends the call but its actor: CauseMedia, CauseOverload, CauseFault or
// CauseDrained. It may come in any state. Attempts still alive each report AttemptFailed, then CallEnded follows.
type CallGivenUp struct {
	Call  CallID
	Cause Cause
}

// CallEnded: the last leg is gone, after the fact of every attempt. Nothing follows for this call.
type CallEnded struct{ Call CallID }

// AttemptRinging: the target's first 180 or 183 came.
type AttemptRinging struct {
	Call    CallID
	Attempt AttemptID
}

// AttemptAnswered: the target accepted, and the call's actor chose it: later answers it refuses by itself.
type AttemptAnswered struct {
	Call    CallID
	Attempt AttemptID
}

// AttemptFailed: the attempt is over without an answer. It frees the call; the agent is free when AgentLegs says so.
type AttemptFailed struct {
	Call    CallID
	Attempt AttemptID
	Why     Failure
	Code    int // SIP status of the last device that failed; 0 if none came
}

// Failure says why an attempt ended unanswered.
type Failure string

const (
	Rejected    Failure = "rejected"    // every device refused (4xx, 5xx, 3xx), or the person declined (6xx)
	Unreachable Failure = "unreachable" // no device was there: no 1xx in 4 s, ICMP, closed flow, 480/408/503, or none registered
	Stopped     Failure = "stopped"     // a StopRinging order ended it; its why says more
	Gone        Failure = "gone"        // the call itself was ending
)

// Connected: caller and target hear each other.
type Connected struct {
	Call    CallID
	Attempt AttemptID
}

// TalkEnded: the conversation of an answered attempt is over.
type TalkEnded struct {
	Call    CallID
	Attempt AttemptID
	By      Side
	// Empty: the target's leg ended by itself within 1 s of its 200 and before one RTP packet came from it. It
	// counts as not answered: the caller stays and keeps its place.
	Empty bool
	// Held: who hung up had the other side on hold, as somebody has who asks a colleague meanwhile.
	Held bool
}

// Side of a conversation.
type Side string

const (
	ByCaller Side = "caller"
	ByTarget Side = "target"
)

// AgentLegs: the number of legs, in any call, that this user has now, own outgoing calls and legs still being torn
// down included. The agent is free only at 0. A leg is counted before the first fact of its attempt is reported, so
// that a phone still being cancelled is never taken for a free one.
type AgentLegs struct {
	Agent AgentID
	N     int
}

// DevicesReachable: how many of the user's devices can be reached now. Lost, with N == 0, says that the last one was
// lost (closed connection, missed qualify, expiry, our restart) in contrast to un-registering.
type DevicesReachable struct {
	User AgentID
	N    int
	Lost bool
}

// TransferAsked: a user who talks in the call asks that the other side be taken elsewhere (REFER). Exactly one of To and
// With is set. AnswerTransfer comes back.
type TransferAsked struct {
	Call CallID
	By   Side   // who asks, and wants to go
	To   string // as dialled: where the other side shall go
	With CallID // or the call in which the same user has consulted somebody: the two other sides shall be joined
}

// CallsJoined: what Join ordered is done. From now on the facts of what was handed over name Keep; the fact CallEnded of
// Gone follows.
type CallsJoined struct{ Keep, Gone CallID }

// JoinFailed: what Join ordered came to nothing, because the side of Gone that was to stay had left first.
type JoinFailed struct{ Keep, Gone CallID }

// Digits: the caller pressed keys: one or more of 0-9 A-D * #, in their order.
type Digits struct {
	Call CallID
	Keys string
}

// MailboxClosed: OpenMailbox is over. The user hung up, or wants to call Dial, the extension that left a message.
type MailboxClosed struct {
	Call CallID
	Dial string // "": the call ends
}

type (
	// LoggedIn: the user answers for its groups again.
	LoggedIn struct{ Agent AgentID }
	// LoggedOut: the user left all of its groups; nobody rings it for them.
	LoggedOut struct{ Agent AgentID }
	// Paused: still online, but not rung.
	Paused struct{ Agent AgentID }
	// Resumed: rung again.
	Resumed struct{ Agent AgentID }
	// WrapUpEnded: the agent ended its wrap-up early.
	WrapUpEnded struct{ Agent AgentID }
)

// PromptEnded: the prompt ordered by Play has been heard to its end. Music and tones do not end.
type PromptEnded struct {
	Call   CallID
	Prompt string
}

// MessageLeft: TakeMessage is over. Message is "" if nothing was kept (hang-up before the beep, silence, full disk).
type MessageLeft struct {
	Call    CallID
	Mailbox Mailbox
	Message string        // id of the message, durable on disk by now
	Length  time.Duration // of the recording
}

// RulesChanged: the configuration was reloaded and is valid.
type RulesChanged struct{ Rules Rules }

// Restored: what survived the last run. The first fact after New, never later. Devices are not in it: the registrar
// reports DevicesReachable for every registration it has read back, with Lost for those whose connection is gone.
type Restored struct {
	LastAttempt AttemptID // attempts continue above it
	Stamps      []Stamp
	LoggedOut   []AgentID
	Paused      []AgentID
}

// Stamp is the number of the agent's last attempt in a group: what "evenly" goes by.
type Stamp struct {
	Group   GroupID
	Agent   AgentID
	Attempt AttemptID
}

// TimePassed: the moment announced by Next has come.
type TimePassed struct{}
