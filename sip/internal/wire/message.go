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

	ViaHeader         = sip.ViaHeader
	FromHeader        = sip.FromHeader
	ToHeader          = sip.ToHeader
	ContactHeader     = sip.ContactHeader
	CallIDHeader      = sip.CallIDHeader
	CSeqHeader        = sip.CSeqHeader
	MaxForwardsHeader = sip.MaxForwardsHeader
	RouteHeader       = sip.RouteHeader
	RecordRouteHeader = sip.RecordRouteHeader
	ContentTypeHeader = sip.ContentTypeHeader
)
