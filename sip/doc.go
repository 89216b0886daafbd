// Package sip speaks SIP to phones and trunks: it knows who is registered, who is calling, and keeps one Dialog per leg
// of a call. It is an edge of the tide: facts (Invitation, Event) go up to package call, commands come down as methods of
// Dialog; it sees SDP as octets only.
//
// A dialog, from both sides (RFC 3261 sections 12 to 15, corrected by RFC 5407 and RFC 6026):
//
//	they call    setup --Answer--> unconfirmed --ACK--> confirmed --BYE of either--> [ending] --> gone
//	               |                  |-- 64*T1 without ACK: HungUp{Dead}, our BYE --> ending ----> gone
//	               |                  '-- Hangup waits for the ACK, then BYE --------> ending ----> gone
//	               '-- CANCEL, Refuse, Hangup ----------------------------------------------------> gone
//
//	we call      setup --2xx, ACK--> confirmed --BYE of either--> [ending] -----------------> gone
//	               |--Hangup: CANCEL--> cancelling --a late 2xx: ACK, BYE--> ending --------> gone
//	               |                       '-- final response, or none in time -------------> gone
//	               '-- refused, silent, unreachable: next hop of a trunk, else Failed ------> gone
//
// Before the call is answered, a 1xx may have to be acknowledged by PRACK (RFC 3262): reliable.go is our side when they call,
// prack.go when we do. A 200 waits for the PRACK of early media.
//
// Whatever its state, a BYE of the peer ends a dialog, Hangup ends it, and Gone is its last event. Work of one dialog runs
// in its mailbox, one piece after the other, on the goroutines that bring it: readers of sockets, timers, the call's
// actor. So events come in order, a dialog costs no goroutine, and its methods may be called from its events.
//
// Phones may subscribe to what packages of events tell (eventPackage; the lamp for new messages is one). News go to those who
// watch at a pace: nobody is told twice at a time, changes are told before those who only came, and a start with all
// registrations read back makes no burst.
//
//	subscription   SUBSCRIBE --> live, each news a NOTIFY --Expires: 0, expiry, user removed: last NOTIFY--> gone
//	                               '-- NOTIFY refused or unanswered ---------------------------------------> gone
//	lamp           a device registers --> unknown --NOTIFY outside of dialogs, 200--> known --change--> unknown
//	                                         '-- refused for good --> deaf, until it registers anew
//
// Trunks are looked after from here: where one wants it we register at its provider and keep at it (account), and each of its
// addresses is tested whether it answers (health), so that calls go to those that do.
//
//	trunk address  answers --three tests missed--> down: tried last --a test or call answered--> answers
//	trunk          answers --all addresses down--> calls fail at once, but for one in 30 s --one answers--> answers
//
// Inside a dialog live the news of a transfer that its user has asked for (refer_news.go), our own offers (show.go) and the
// session timer, which ends a confirmed dialog that nobody refreshes (session.go):
//
//	session        2xx --> running --half of its time, ours: UPDATE or re-INVITE, 2xx----> running
//	                         |------- the peer's UPDATE or re-INVITE, our 2xx -----------> running
//	                         '------- refused till shortly before its end: HungUp{Dead}, BYE
//
// Only headers that are built here leave the server: nothing of one leg's messages is copied to another leg.
//
// Sources: RFC 3261, 3262, 3263, 3264, 3311, 3323, 3325, 3326, 3327, 3420, 3515, 3581, 3608,
// 3842, 3891, 3892, 3966, 4028, 4488, 5407, 5589, 5626, 5630, 5876, 5922, 6026, 6086, 6665, 7616, 8760.
package sip
