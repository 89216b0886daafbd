// Package e2e tests the program from outside: the real binary, called by SIPp and by sockets of its own, on loopback
// addresses.
//
// Place in the tide: beside it. It imports nothing of the program and knows only what a phone, a carrier and an operator
// know: SIP, RTP, the configuration file, the sub-commands, signals, /metrics.
//
//	a test ── plan ──> program    127.x.N.1, configuration and data in a folder of its own
//	       ── phone ─> SIPp       127.x.N.10 and up: registers, is rung by a plan of WORD:AFTER:THEN
//	       ── caller ─> SIPp      127.x.N.2, the trunk
//	       ── soft ──> baresip    a phone that people use: 127.x.N.10 and up; skipped where it is not to be had
//	       ── sound ─> ear        a socket that speaks a tone and listens for others
//
// What SIPp saw is read back from its message logs, with its times, and judged here (trace_test.go): the scenarios in
// testdata/sipp only play a part, the tests say what is right. Nothing sleeps: tests wait for facts in those logs, in
// /metrics and in the records, each with a deadline.
//
// Sources: the acceptance vectors named in the tests; SIPp's reference.
package e2e
