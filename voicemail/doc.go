// Package voicemail decides how a caller leaves a message and how an owner listens to messages, and keeps them.
//
// Three things that know little of each other. Leaving and Owner are pure machines, run by the call's actor as the engine
// is run by the exchange: facts in, orders out, no clock, no file, no goroutine. Shelf is the folder of messages: a caller
// records into a Draft, and Keep makes it a Message that survives a power cut. Locks guards the PINs.
//
// A message is left so; in the middle is take, which a greeting is recorded with too:
//
//	             Began              Played, key            Played               '#'
//	new ─────────────────> greeting ───────────> beep ───────────> recording ─────────> stopping
//	 │ Began, mailbox full    │ '*', by who may     ^                  │ Recorded           │ Recorded
//	 v                        v be the owner        │ '3'              v silence            v
//	refusing               log in                   └─────────────────────────────────── review ⇄ listening
//	 │ Played                                                          │                    │ '1', nobody
//	 └─────────> over <──────── thanking <────────────────────────── keeping <──────────────┘
//
// A caller who hangs up before the recording leaves nothing; one who hangs up later leaves what was spoken, if it is
// long enough. Done is the last order in every case, and there is exactly one; LogIn may stand for it.
//
// An owner walks through places. In each a menu is said, and again if no key comes; after three times it is goodbye:
//
//	door (PIN) ──> menu of a mailbox ⇄ tape (the messages, one by one)
//	                 ⇅         ⇅
//	               boxes     studio (the greeting)
//
// What the owner deletes is removed when the visit ends, whatever ended it; until then it can be restored. A mailbox of a
// group has many owners: one who finds that another has removed a message goes on with the next one.
//
// A message is two files of one name: the sound, NAME.wav, and what is known about it, NAME.json. Names are made here,
// never from what a caller sent. The sound is written as a draft and moved when it is safe on the disk, so that a file
// among the messages is always whole; what a crash left among the drafts is repaired or removed at the next start. What
// the files say is also kept in memory, so that counting messages never waits for the disk.
package voicemail
