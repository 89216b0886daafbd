// Package phone is the other end of a conversation in tests: a SIP user agent made of text that says exactly what it is
// told, over any connection, in memory or real. It imports nothing that it tests. A scene reads aloud:
//
//	bob.Calls("sales")
//	bob.Hears("SIP/2.0 180")
//	bob.Asks("BYE")
//
// and outside of dialogs:
//
//	bob.Registers("101")
//	res := bob.Tries("OPTIONS", "sip:101@pbx.test")
//
// Sources: RFC 3261 for the shape of messages, RFC 7616 for proofs.
package phone
