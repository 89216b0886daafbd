package queue

import (
	"fmt"
	"strings"
)

// How facts and orders read to people: in golden conversations, in logs, in incident files.

func (CallArrived) fact()      {}
func (CallerLeft) fact()       {}
func (CallGivenUp) fact()      {}
func (CallEnded) fact()        {}
func (AttemptRinging) fact()   {}
func (AttemptAnswered) fact()  {}
func (AttemptFailed) fact()    {}
func (Connected) fact()        {}
func (TalkEnded) fact()        {}
func (AgentLegs) fact()        {}
func (DevicesReachable) fact() {}
func (LoggedIn) fact()         {}
func (LoggedOut) fact()        {}
func (Paused) fact()           {}
func (Resumed) fact()          {}
func (WrapUpEnded) fact()      {}
func (PromptEnded) fact()      {}
func (MessageLeft) fact()      {}
func (TransferAsked) fact()    {}
func (CallsJoined) fact()      {}
func (JoinFailed) fact()       {}
func (Digits) fact()           {}
func (MailboxClosed) fact()    {}
func (RulesChanged) fact()     {}
func (Restored) fact()         {}
func (TimePassed) fact()       {}

func (f CallArrived) String() string {
	by := "over " + string(f.Trunk)
	if f.User != "" {
		by = "by " + string(f.User)
	}
	return fmt.Sprintf("%s arrived %s from %s to %s", f.Call, by, f.Caller, f.Dialled)
}

func (f CallerLeft) String() string { return fmt.Sprintf("%s: caller left", f.Call) }

func (f CallGivenUp) String() string { return fmt.Sprintf("%s given up: %s", f.Call, f.Cause) }

func (f CallEnded) String() string { return string(f.Call) + " ended" }

func (f AttemptRinging) String() string {
	return fmt.Sprintf("%s: attempt %d rings", f.Call, f.Attempt)
}

func (f AttemptAnswered) String() string {
	return fmt.Sprintf("%s: attempt %d answered", f.Call, f.Attempt)
}

func (f AttemptFailed) String() string {
	return fmt.Sprintf("%s: attempt %d failed: %s", f.Call, f.Attempt, join(string(f.Why), number(f.Code)))
}

func (f Connected) String() string { return fmt.Sprintf("%s: attempt %d connected", f.Call, f.Attempt) }

func (f TalkEnded) String() string {
	return join(string(f.Call)+":", "talk of attempt", number(int(f.Attempt)), "ended by", string(f.By), when(f.Empty, "(empty)"), when(f.Held, "(held)"))
}

func (f AgentLegs) String() string { return fmt.Sprintf("%s has %s", f.Agent, counted(f.N, "leg")) }

func (f DevicesReachable) String() string {
	return join(string(f.User), "has", counted(f.N, "device"), when(f.Lost, "(lost)"))
}

func (f LoggedIn) String() string    { return string(f.Agent) + " logged in" }
func (f LoggedOut) String() string   { return string(f.Agent) + " logged out" }
func (f Paused) String() string      { return string(f.Agent) + " paused" }
func (f Resumed) String() string     { return string(f.Agent) + " resumed" }
func (f WrapUpEnded) String() string { return string(f.Agent) + " ended its wrap-up" }

func (f PromptEnded) String() string { return fmt.Sprintf("%s: prompt %s ended", f.Call, f.Prompt) }

func (f MessageLeft) String() string {
	if f.Message == "" {
		return fmt.Sprintf("%s: no message left for %s", f.Call, f.Mailbox)
	}
	return fmt.Sprintf("%s: message %s of %v left for %s", f.Call, f.Message, f.Length, f.Mailbox)
}

func (f TransferAsked) String() string {
	return join(string(f.Call)+":", string(f.By), "asks for a transfer", when(f.To != "", "to "+f.To), when(f.With != "", "with "+string(f.With)))
}

func (f CallsJoined) String() string { return fmt.Sprintf("%s: joined with %s", f.Keep, f.Gone) }
func (f JoinFailed) String() string  { return fmt.Sprintf("%s: not joined with %s", f.Keep, f.Gone) }
func (f Digits) String() string      { return fmt.Sprintf("%s: keys %s", f.Call, f.Keys) }

func (f MailboxClosed) String() string {
	return join(string(f.Call)+":", "mailbox closed", when(f.Dial != "", "to call "+f.Dial))
}

func (f RulesChanged) String() string {
	return fmt.Sprintf("rules changed: %s, %s", counted(len(f.Rules.Users), "user"), counted(len(f.Rules.Groups), "group"))
}

func (f Restored) String() string {
	return fmt.Sprintf("restored: last attempt %d, %s", f.LastAttempt, counted(len(f.Stamps), "stamp"))
}

func (f TimePassed) String() string { return "time passed" }

func (Accept) order()         {}
func (Progress) order()       {}
func (Refuse) order()         {}
func (Release) order()        {}
func (Play) order()           {}
func (StopPlaying) order()    {}
func (TakeMessage) order()    {}
func (OpenMailbox) order()    {}
func (Connect) order()        {}
func (Show) order()           {}
func (Ring) order()           {}
func (PickUp) order()         {}
func (StopRinging) order()    {}
func (AnswerTransfer) order() {}
func (ReportTransfer) order() {}
func (Join) order()           {}
func (Record) order()         {}

func (o Accept) String() string      { return fmt.Sprintf("%s: accept", o.Call) }
func (o Progress) String() string    { return fmt.Sprintf("%s: progress", o.Call) }
func (o Refuse) String() string      { return fmt.Sprintf("%s: refuse %d", o.Call, o.Code) }
func (o Release) String() string     { return fmt.Sprintf("%s: release %s", o.Call, o.Cause) }
func (o Play) String() string        { return fmt.Sprintf("%s: play %s", o.Call, o.Sound) }
func (o StopPlaying) String() string { return fmt.Sprintf("%s: stop playing", o.Call) }

func (o TakeMessage) String() string {
	return fmt.Sprintf("%s: take message for %s", o.Call, o.Mailbox)
}

func (o OpenMailbox) String() string {
	return fmt.Sprintf("%s: open mailboxes %v of %s", o.Call, o.Boxes, o.User)
}

func (o Show) String() string { return fmt.Sprintf("%s: show the %s %q", o.Call, o.To, o.As) }

func (o PickUp) String() string {
	return fmt.Sprintf("%s: picked up from %s as attempt %d", o.Call, o.From, o.Attempt)
}

func (o AnswerTransfer) String() string {
	return fmt.Sprintf("%s: answer transfer of the %s %d", o.Call, o.By, o.Code)
}

func (o ReportTransfer) String() string {
	return fmt.Sprintf("%s: report transfer %d", o.Call, o.Code)
}

func (o Join) String() string {
	return join(string(o.Keep)+":", "join with", string(o.Gone)+";", "its", string(o.By), "parts, and the", string(o.From), "of", string(o.Gone),
		when(o.As != 0, "as attempt "+number(int(o.As))))
}

func (o Connect) String() string { return fmt.Sprintf("%s: connect attempt %d", o.Call, o.Attempt) }

func (o Ring) String() string {
	target := string(o.Agent)
	if o.Number != "" {
		target = o.Number + " over " + string(o.Trunk)
	}
	return join(string(o.Call)+":", "ring", target, "attempt", number(int(o.Attempt)), "for", o.For.String(),
		when(o.Show != Party{}, fmt.Sprintf("as %q", o.Show)), when(o.By != "", "by "+string(o.By)), when(o.Relay, "(relay)"))
}

func (o StopRinging) String() string {
	return fmt.Sprintf("%s: stop attempt %d: %s", o.Call, o.Attempt, o.Why)
}

func (o Record) String() string { return "record " + o.Event.String() }

// String is the sound's kind and name.
func (s Sound) String() string { return join(string(s.Kind), s.Name) }

// String is the event as people read it: its type, then what it is about.
func (v Event) String() string {
	return join(string(v.Type), string(v.Call),
		when(v.From != Party{}, "from "+v.From.String()), when(v.Type == EvCallArrived, "to "+v.Number),
		when(v.Visit > 0, fmt.Sprintf("visit %d", v.Visit)), string(v.Group),
		when(v.Attempt > 0, fmt.Sprintf("attempt %d", v.Attempt)), string(v.Agent), when(v.Type != EvCallArrived, v.Number),
		when(v.Cause != "", "("+v.Cause+")"), number(v.Code), when(v.To != "", "to "+v.To),
		when(v.Waited > 0, fmt.Sprintf("waited %v", v.Waited)), when(v.Talked > 0, fmt.Sprintf("talked %v", v.Talked)),
		when(v.Position > 0, fmt.Sprintf("position %d", v.Position)), string(v.Mailbox), v.Message)
}

// join puts a space between the words that are not empty.
func join(words ...string) string {
	var b strings.Builder
	for _, w := range words {
		if w != "" && b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(w)
	}
	return b.String()
}

func when(ok bool, words string) string {
	if ok {
		return words
	}
	return ""
}

// number is n in digits, and nothing for 0.
func number(n int) string { return when(n != 0, fmt.Sprint(n)) }

// counted is the number with its noun.
func counted(n int, noun string) string {
	return fmt.Sprintf("%d %s", n, noun) + when(n != 1, "s")
}
