package queue

import (
	"testing"
	"time"
)

// TestText pins how facts and orders read where no golden conversation shows them.
func TestText(t *testing.T) {
	for want, got := range map[string]interface{ String() string }{
		"c1: caller left":                                CallerLeft{"c1"},
		"c1 ended":                                       CallEnded{Call: "c1"},
		"c1 given up: media":                             CallGivenUp{"c1", CauseMedia},
		"c1: attempt 2 rings":                            AttemptRinging{"c1", 2},
		"c1: attempt 2 failed: rejected 486":             AttemptFailed{"c1", 2, Rejected, 486},
		"c1: talk of attempt 2 ended by caller":          TalkEnded{Call: "c1", Attempt: 2, By: ByCaller},
		"alice has 0 devices (lost)":                     DevicesReachable{"alice", 0, true},
		"alice logged in":                                LoggedIn{"alice"},
		"alice logged out":                               LoggedOut{"alice"},
		"alice paused":                                   Paused{"alice"},
		"alice resumed":                                  Resumed{"alice"},
		"alice ended its wrap-up":                        WrapUpEnded{"alice"},
		"c1: prompt paused ended":                        PromptEnded{"c1", PromptPaused},
		"c1: no message left for sales":                  MessageLeft{Call: "c1", Mailbox: "sales"},
		"c1: message m of 7s left for sales":             MessageLeft{"c1", "sales", "m", 7 * time.Second},
		"rules changed: 1 user, 0 groups":                RulesChanged{Rules{Users: []User{{}}}},
		"restored: last attempt 7, 1 stamp":              Restored{LastAttempt: 7, Stamps: []Stamp{{}}},
		"time passed":                                    TimePassed{},
		"c1 arrived by 101 from Alice to 600":            CallArrived{Call: "c1", User: "101", Caller: Party{"101", "Alice"}, Dialled: "600"},
		"c1: stop playing":                               StopPlaying{"c1"},
		"c1: play ringback":                              Play{"c1", Sound{Kind: Ringback}},
		"record voicemail.left c1 sales m":               Record{Event{Type: EvVoicemailLeft, Call: "c1", Mailbox: "sales", Message: "m"}},
		"record attempt.rejected c1 attempt 2 alice 486": Record{Event{Type: EvAttemptRejected, Call: "c1", Attempt: 2, Agent: "alice", Code: 486}},
		"c1: ring +1555 over carrier attempt 2 for 30s":  Ring{Call: "c1", Attempt: 2, Number: "+1555", Trunk: "carrier", For: 30 * time.Second},
		"anonymous":                                      Party{},
		"c1: caller asks for a transfer to 102":          TransferAsked{Call: "c1", By: ByCaller, To: "102"},
		"c1: target asks for a transfer with c2":         TransferAsked{Call: "c1", By: ByTarget, With: "c2"},
		"c1: joined with c2":                             CallsJoined{"c1", "c2"},
		"c1: not joined with c2":                         JoinFailed{"c1", "c2"},
		"c1: keys 12#":                                   Digits{"c1", "12#"},
		"c1: mailbox closed":                             MailboxClosed{Call: "c1"},
		"c1: mailbox closed to call 102":                 MailboxClosed{"c1", "102"},
		"c1: talk of attempt 2 ended by target (held)":   TalkEnded{Call: "c1", Attempt: 2, By: ByTarget, Held: true},
		"group:sales":                                    Destination{ToGroup, "sales"},
		"hang_up":                                        Destination{Kind: ToHangUp},
	} {
		if got.String() != want {
			t.Errorf("%T reads %q, want %q", got, got, want)
		}
	}
}
