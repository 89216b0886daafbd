// Package wire carries SIP messages: sockets and connections, the gate that nothing malformed passes, and the transactions
// of RFC 3261 section 17. It is the lowest layer of the tide: below package sip, which knows dialogs and calls wire; wire
// knows neither dialogs nor users. It is the only package that imports sipgo, of which it takes the model of messages,
// URIs and headers; parsing, sockets and transactions are its own.
//
//	socket -> reader -> letter -> gate -> dispatch -> transaction -> ClientHandler
//	(one goroutine each)   \-> 400, 413, 416,   \-> Handler.Door -> Handler.Request
//	                           420, 505, silence     Handler.Ack
//
// Everything one socket or connection brings is handled by its reader's goroutine in order of arrival: a 183 is never
// overtaken by its 200, an ACK never by its BYE. Handlers run there and must not block.
//
// A connection has a reader and a writer with a short queue: a peer that does not read loses its connection and delays
// nobody. Headers must be complete in 10 s, messages in 20 s; idle connections are closed after 60 s unless they are kept
// (Stack.Keep) or carry a transaction. What the gate bounds stands in letter.go.
//
// TLS is TCP with a hand-shake before: 1.2 or newer, 10 s at most, in the connection's own goroutine. We show the
// certificate of that moment; the far end of a connection of ours proves the name in its flow, and a connection serves
// that name alone.
//
// The states, timers above the arrows; T1 = 500 ms, T2 = 4 s, T4 = 5 s; over TCP and TLS nothing is repeated and the timers in
// brackets are zero:
//
//	INVITE, client                                   other requests, client
//
//	calling --A: repeat, T1 doubling                 calling --E: repeat, T1 doubling to T2
//	  |  \--B 64*T1--> Failed, ended                   |  \--F 64*T1--> Failed, ended
//	  | 1xx                                            | 1xx
//	proceeding   (Cancel: CANCEL goes out)           proceeding --E: repeat, T2
//	  |        \                                       |
//	  | 2xx     \ 3xx-6xx: ACK                         | final
//	accepted    completed                            completed
//	  | M 64*T1   | [D 64*T1]                          | [K T4]
//	ended       ended                                ended
//
//	INVITE, server                                   other requests, server
//
//	proceeding   (100 at once if the handler said    calling     (copies are absorbed)
//	  |      \    nothing, copies get the last 1xx)    | 1xx
//	  | 2xx   \ 3xx-6xx                              proceeding  (copies get the last 1xx)
//	accepted  completed --G: repeat, T1 doubling       | final
//	  |         |    \--H 64*T1--> ended     to T2   completed   (copies get the final response)
//	  |         | ACK                                  | [J 64*T1]
//	  | L 64*T1 confirmed                            ended
//	  |         | [I T4]
//	ended     ended
//
// A client INVITE that heard nothing for ClientOptions.Silence goes on listening for 64*T1: a 1xx is then answered with CANCEL and a 2xx still reported, so that no phone rings or talks to nobody.
//
// Sources: RFC 3261 sections 7, 8, 9, 17, 18 and 25; RFC 6026 (accepted); RFC 3581 (rport); RFC 4320 (no needless
// 1xx); RFC 4475 (torture tests); RFC 5626 section 4.4.1 (keep-alive); RFC 5922 (names in certificates).
package wire
