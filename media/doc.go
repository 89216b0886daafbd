// Package media carries the audio of calls: one Session for each leg, which reads and writes RTP on one UDP port, and
// one Engine that owns them all.
//
// In the tide it is an edge: call opens sessions, hands them the SDP that sip brought as octets, and orders Play, Bridge
// and Record; what happens comes back as Events. This package knows no SIP, and nothing above it touches a packet.
//
// # A session
//
// The way of a session is that of its two streams. What it receives depends on whom it believes (see sourceLock); what
// it sends has one source at a time, and changing it is a swap: SSRC, sequence numbers and timestamps of the stream go
// on, the marker bit shows the change, and nothing is signalled.
//
//	   Open
//	    |
//	    v      Answer, Accept                  Play
//	 waiting ------------------> silence <--------------> a sound
//	                              ^   |       Stop,        |  ^
//	                       Unbridge   | Bridge  its end    |  | Play
//	                              |   v                    v  |
//	                              bridged  <---------------+--+
//	                                          Bridge
//	any  -- Close, or a fault of ours (Failed) -->  closed; the port rests 3 s
//
// While the peer holds us (sendonly, inactive, 0.0.0.0) nothing is sent in any state, and time goes on. Recording
// stands beside all this: it takes what is received.
//
// # Who runs
//
//	reader    one goroutine a session: reads the socket, judges the source, records, reads keys, sends a bridged
//	          packet on to the other session's stream. No allocation, no channel, no disk.
//	clock     one goroutine: every 20 ms one beat for each session, in four slots of 5 ms. It sends music, tones,
//	          prompts and silence from frames that were coded once, and notices silent peers.
//	recorder  one goroutine a recording: puts packets in their place in time and writes the file.
//
// Locks are taken in the order negotiation, inbound, outbound, and none is held while an event is handed over or, but
// for the reader's own copy into the ring of a recorder, while anything else is waited for.
//
// # Sounds
//
// The prompts are made by sounds/make.sh (espeak-ng and sox) from the texts in it; the hold music is composed in
// compose.go; tones are computed in tones.go. Files of the user are WAV; they are decoded and coded once.
//
// # Sources
//
// RFC 3550 and 3551 (RTP and its audio profile), 3264 (offer/answer), 4566 (SDP), 4733 (telephone-event), 4961
// (symmetric RTP), 5761 (RTCP on the same port), 7362 (latching and its dangers), ITU-T G.711.
package media
