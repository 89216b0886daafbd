// Package call makes so what queue decides: the exchange and one actor per call.
//
// Place in the tide: facts come up from sip and media, the exchange's single loop gives them to the engine one by one
// and hands the engine's orders to the calls; each call is a goroutine with an inbox that owns its legs and referees
// the races inside it.
//
//	sip, media --events--> Call (one goroutine each) --facts--> Exchange (one loop) --Step--> queue.Engine
//	          <-commands--                           <-orders--                     <-orders-
//
// A call:
//
//	          order Accept          order Connect
//	early ----------------> accepted -------------> talking
//	  |                        |  ^                    |
//	  |                        |  +---- TalkEnded -----+   (an empty answer: the caller stays)
//	  | Refuse, caller left    | Release, caller left  |
//	  v                        v                       v
//	ending: every attempt has its fact, every leg is hung up, a message being left is kept
//	  | the last leg is down
//	  v
//	ended: CallEnded is told; the goroutine returns when the exchange has forgotten the call
//
// In a conversation either side may part, because its user transfers the other one: its leg stays only until its phone has
// heard how that went. If the caller parts, the call turns round: the target is the caller from now on.
//
//	                 target parts                          order Ring, TakeMessage, …
//	talking ---------------------------> the caller waits ------------------------------> as after accepted
//	        ---------------------------> the target, who
//	                 caller parts        is the caller now
//
// Two calls become one, and a phone picks a call up, by a hand-over of legs: handover.go.
//
// An attempt:
//
//	rung, or a leg that picks up
//	  |------ first answer of the call ----> AttemptAnswered
//	  |---- last device failed, 6xx -------> AttemptFailed{rejected, unreachable}
//	  |---- StopRinging -------------------> AttemptFailed{stopped} at once; its legs go down later
//	  +---- the call ends -----------------> AttemptFailed{gone}
//
// Handlers never block: what is slow (the disk) runs elsewhere and comes back as a message. A panic costs one call.
package call
