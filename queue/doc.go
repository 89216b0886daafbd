// Package queue decides who talks to whom: a pure function from facts to orders, over all calls at once.
//
// It stands at the top of the tide. Facts rise from the call package ("attempt 7 answered"), orders fall to it ("ring
// alice, attempt 8"). It has no clock, no goroutine, no lock and no input or output: time is an argument, [Engine.Next]
// announces the one deadline that counts, and the same facts give the same orders for ever.
//
// A call:
//
//	CallArrived -> [Direct] ---- answered --> [Talking] -- over --> [Ending] -> CallEnded
//	     |            ^  \                     ^    |                  ^
//	     |   if_missed|   no answer            |    empty answer       |
//	     |            |         \              |    v                  |
//	     +------> [InGroup] --------------- answered                   |
//	     |          |    ^ |      v                                    |
//	     |          +----+ +-> [Message] ---------- message left ------+
//	     |         next group                                          |
//	     +------> [Spoken] (a code) ------------- prompt ended --------+
//	     +------> [InMailbox] ------------------- mailbox closed ------+--> an extension: Direct, InGroup
//	     +------> [PickingUp] (*8) --> its leg is another call's: CallEnded
//
// A transfer takes a call out of Talking; whoever asked for it parts, and a call whose caller parts turns round:
//
//	[Talking] -- blind, to a group ------------------------------------> [InGroup]
//	    |  |  -- blind, to a mailbox ----------------------------------> [Message]
//	    |  +---- blind, to a user or number --> [Direct] -- answered --> [Talking]
//	    |                                          | not answered
//	    |                                          v
//	    |                       [Direct] the giver is rung, then [InGroup] of origin at its head, or [Message]
//	    |                                          ^
//	    |                                          | nobody had stayed
//	    +------- attended --> [Joining] -- CallsJoined --> [Talking], [Direct] or [InGroup], as the other call was
//
// An attempt: Ring -> AttemptRinging? -> AttemptAnswered | AttemptFailed, exactly one of the two. StopRinging is a wish:
// the agent stays bound until the fact comes. The attempt's fact frees the call; the agent is free when AgentLegs says
// that none of its legs is up.
//
// After every fact the engine matches to a fixpoint: no available agent and servable caller are left together. Facts mark
// the groups that they may have changed, and only those are matched.
//
// The golden conversations in testdata are the readable specification; the simulation tests the invariants S1 to S15, L1
// and L2 over days of traffic.
package queue
