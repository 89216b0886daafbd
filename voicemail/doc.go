// Package voicemail decides how a caller leaves a message, and keeps the messages.
//
// Two things that know nothing of each other. Leaving is a pure machine, run by the call's actor as the engine is run
// by the exchange: facts in, orders out, no clock, no file, no goroutine. Shelf is the folder of messages: a caller
// records into a Draft, and Keep makes it a Message that survives a power cut.
//
//	             Began              Played, key            Played               '#'
//	new ─────────────────> greeting ───────────> beep ───────────> recording ─────────> stopping
//	 │ Began, mailbox full                                             │ Recorded           │ Recorded
//	 v                                                                 v                    v
//	refusing <───────────── the disk failed ─────────────────────── long enough? ── yes ─> keeping
//	 │ Played                                                          │ no                 │ Kept
//	 └──────────────────────────────> over <──────────────────────────-┴────────────────────┘
//
// A caller who hangs up before the recording leaves nothing; one who hangs up later leaves what was spoken, if it is
// long enough. Done is the last order in every case, and there is exactly one.
//
// A message is two files of one name: the sound, NAME.wav, and what is known about it, NAME.json. Names are made here,
// never from what a caller sent. The sound is written as a draft and moved when it is safe on the disk, so that a file
// among the messages is always whole; what a crash left among the drafts is repaired or removed at the next start.
package voicemail
