package queue

// The engine's identifiers are distinct string types, so that a group's name cannot be handed over where an
// extension is meant. The zero value of each means "none".
type (
	// CallID names one caller's visit; the call package makes it, unique for ever.
	CallID string
	// AgentID is the extension of a user, whether it answers for a group or not.
	AgentID string
	// GroupID is the name of a group.
	GroupID string
	// TrunkID is the name of a trunk.
	TrunkID string
	// Mailbox is the name of a group or the extension of a user whose mailbox is meant.
	Mailbox string
	// AttemptID numbers attempts, upward for ever, over restarts too. 0 means "never".
	AttemptID uint64
)

// Party is somebody at the far end as people see them.
type Party struct {
	Number string `json:"number,omitempty"` // E.164 with "+", or an extension; "" if withheld or unknown
	Name   string `json:"name,omitempty"`   // display name, already cleaned of control characters; may be ""
}

// String shows the name if there is one, else the number, else "anonymous".
func (p Party) String() string {
	switch {
	case p.Name != "":
		return p.Name
	case p.Number != "":
		return p.Number
	}
	return "anonymous"
}
