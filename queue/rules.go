package queue

import "time"

// Rules is everything the engine goes by: the part of the configuration that decides. The config package fills in
// all defaults, so that no field has a hidden meaning here.
type Rules struct {
	Users    []User
	Trunks   []Trunk
	Numbers  []Number // first match wins
	Groups   []Group
	Codes    Codes
	Outbound Outbound
	Blocked  []string // callers' numbers; "*" at the end matches any rest
}

// User is a person with an extension.
type User struct {
	Extension AgentID
	Name      string
	Outside   bool // may call outside numbers
}

// Trunk is a provider or PBX.
type Trunk struct {
	Name     TrunkID
	Country  string // country calling code that makes 00…, 0… and bare digits E.164; without "+"
	CallerID string // shown for calls we send; "": the caller's own number if it is one of Numbers
}

// Number is a called number with its rules.
type Number struct {
	Pattern string  // compared without "+"; "*" at the end matches any rest
	Trunk   TrunkID // "": any
	To      Destination
	AtOnce  bool   // 200 before anything else; false: 180 until somebody answers
	Music   string // name of the music for callers of this number
}

// Group is a queue group.
type Group struct {
	Name         GroupID
	Title        string
	Extension    string // "": cannot be dialled
	Agents       []AgentID
	Distribution Distribution
	Ring         time.Duration // of one attempt, > 0
	IfMissed     Destination   // Hold, or where the call goes
	BusyWait     time.Duration // agents online but none available: time in the line before IfMissed; not with Hold
	IfNobody     Destination   // no agent online; Hold: wait all the same
	NobodyAfter  time.Duration // a lost agent counts as online for so long
	Intercept    bool
	WrapUp       time.Duration
	MaxTalking   time.Duration // 0: no limit
	MaxWait      time.Duration // with Hold; 0: endless
	MaxCallers   int           // callers without a live attempt; 0: no limit
	Then         Destination   // after MaxWait, or when the line is full
	Music        string        // "": the number's
	// Keys are what a caller in the line may press, one key each (0-9 * #), and where it goes then.
	Keys map[string]Destination
}

// Distribution is the order in which a group's agents are rung.
type Distribution string

const (
	Evenly    Distribution = "evenly"
	InOrder   Distribution = "in_order"
	Everybody Distribution = "everybody"
)

// Destination is where a call goes, as the configuration writes it.
type Destination struct {
	Kind DestinationKind
	Name string // group, extension, E.164 number or mailbox; "" for Hold and HangUp
}

// DestinationKind tells what Destination.Name names.
type DestinationKind string

const (
	ToHold      DestinationKind = "hold" // inside a group: its own line
	ToVoicemail DestinationKind = "voicemail"
	ToGroup     DestinationKind = "group"
	ToUser      DestinationKind = "user"
	ToNumber    DestinationKind = "number"
	ToHangUp    DestinationKind = "hang_up"
)

// String is the destination as the configuration writes it.
func (d Destination) String() string {
	if d.Name == "" {
		return string(d.Kind)
	}
	return string(d.Kind) + ":" + d.Name
}

// Codes are dialled on a user's phone. "" switches one off.
type Codes struct {
	LogIn, LogOut, Pause, Resume, WrapUp string
	// Intercept alone takes the oldest ringing call of the user's groups; followed by an extension, the call ringing there.
	Intercept string
	// Voicemail alone opens the user's mailboxes; followed by an extension, a message is left there.
	Voicemail string
}

// Outbound says who may call outside, and how.
type Outbound struct {
	Trunk     TrunkID // "": nobody calls out
	Prefix    string
	Emergency []string
	PerUser   int // calls at once; 0: no limit
	PerHour   int // 0: no limit
	Allow     []string
}
