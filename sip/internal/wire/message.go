package wire

import "github.com/emiago/sipgo/sip"

// Messages, URIs and headers are sipgo's own types under our names: what wire hides is sockets, transactions, flows and
// sipgo's globals.
type (
	Message  = sip.Message
	Request  = sip.Request
	Response = sip.Response
	Method   = sip.RequestMethod
	Header   = sip.Header
	Uri      = sip.Uri
	Params   = sip.HeaderParams

	ViaHeader           = sip.ViaHeader
	FromHeader          = sip.FromHeader
	ToHeader            = sip.ToHeader
	ContactHeader       = sip.ContactHeader
	CallIDHeader        = sip.CallIDHeader
	CSeqHeader          = sip.CSeqHeader
	MaxForwardsHeader   = sip.MaxForwardsHeader
	RouteHeader         = sip.RouteHeader
	RecordRouteHeader   = sip.RecordRouteHeader
	ContentTypeHeader   = sip.ContentTypeHeader
	ContentLengthHeader = sip.ContentLengthHeader

	param = sip.HeaderKV
)

// The methods.
const (
	INVITE    = sip.INVITE
	ACK       = sip.ACK
	CANCEL    = sip.CANCEL
	BYE       = sip.BYE
	REGISTER  = sip.REGISTER
	OPTIONS   = sip.OPTIONS
	SUBSCRIBE = sip.SUBSCRIBE
	NOTIFY    = sip.NOTIFY
	REFER     = sip.REFER
	INFO      = sip.INFO
	MESSAGE   = sip.MESSAGE
	PRACK     = sip.PRACK
	UPDATE    = sip.UPDATE
	PUBLISH   = sip.PUBLISH
)
