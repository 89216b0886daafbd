package sip

// AnswerRefer answers Referred: 202, after which the peer is told how it goes (RFC 3515 section 2.4.4), or a final
// response of 400 to 699.
func (d *Dialog) AnswerRefer(code int) {}

// ReportRefer tells the peer by NOTIFY how its transfer goes: a status of 100 to 699; from 200 on it is the end. A peer
// that has not hung up 5 s later is hung up (RFC 5589 section 6.1). It does nothing if no REFER was accepted.
func (d *Dialog) ReportRefer(code int) {}
