package queue

import (
	"cmp"
	"fmt"
	"strconv"
)

// fact gives the engine a fact as it is, also one that a well-behaved call would not report: KIND CALL [ATTEMPT] [WHAT],
// AgentLegs AGENT N, TransferAsked CALL SIDE to EXTENSION, TransferAsked CALL SIDE with CALL.
func (p *player) fact(args []string) error {
	args = append(args, "", "", "") // what is left out
	call, what := CallID(args[1]), args[3]
	n, _ := strconv.Atoi(args[2])
	code, _ := strconv.Atoi(args[4])
	switch attempt := AttemptID(n); args[0] {
	case "AttemptAnswered":
		p.step(AttemptAnswered{call, attempt})
	case "AttemptFailed":
		p.step(AttemptFailed{call, attempt, cmp.Or(Failure(what), Stopped), code})
	case "Connected":
		p.step(Connected{call, attempt})
	case "TalkEnded":
		p.step(TalkEnded{call, attempt, cmp.Or(Side(what), ByTarget), args[4] == "empty", args[4] == "held"})
	case "CallEnded":
		p.step(CallEnded{Call: call})
	case "CallerLeft":
		p.step(CallerLeft{call})
	case "CallGivenUp":
		p.step(CallGivenUp{call, Cause(args[2])})
	case "MessageLeft":
		p.step(MessageLeft{Call: call, Mailbox: Mailbox(args[2]), Message: what})
	case "AgentLegs":
		p.step(AgentLegs{AgentID(args[1]), n})
	case "TransferAsked":
		f := TransferAsked{Call: call, By: Side(args[2]), To: args[4]}
		if what == "with" {
			f.To, f.With = "", CallID(args[4])
		}
		p.step(f)
	case "CallsJoined":
		p.step(CallsJoined{call, CallID(args[2])})
	case "JoinFailed":
		p.step(JoinFailed{call, CallID(args[2])})
	case "Digits":
		p.step(Digits{call, args[2]})
	case "MailboxClosed":
		p.step(MailboxClosed{call, args[2]})
	default:
		return fmt.Errorf("no fact is called %q", args[0])
	}
	p.run(p.now)
	return nil
}
