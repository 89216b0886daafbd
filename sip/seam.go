package sip

import "ringtide/sip/internal/wire"

// What the door (who is calling, registrar, trunks) and the dialogs need of each other.
//
// The door gives:
//
//	type desk struct{ … }                                          its own state, Server.desk
//	func (s *Server) openDesk(r Registrations) error               in New, before listening; s.config and s.wire are set
//	func (s *Server) reloadDesk(old, now *Config) error            in Reload; s.config is now already
//	func (s *Server) closeDesk()                                   in Close, before the sockets close
//	func (s *Server) deskStats(*Stats)                             fills its fields
//	func (s *Server) door(req *wire.Request, f wire.Flow) (answer *wire.Response, drop bool)
//	func (s *Server) flowClosed(f wire.Flow)                       wire's Handler.Closed
//	func (s *Server) identify(req *wire.Request, f wire.Flow) Identity
//	func (s *Server) invitation(req *wire.Request, id Identity, f wire.Flow) Invitation
//	func (s *Server) outOfDialog(tx *wire.ServerTx)
//	func (s *Server) resolve(t Target, inv Invite) ([]hop, error)  never blocks, at least one hop or an error
//	func (s *Server) unreachable(t Target)
//	func (s *Server) credentials(trunk string) (user, password string)
//	func answerChallenge(req *wire.Request, res *wire.Response, user, password string) (wire.Header, error)
//	func (s *Server) trunkBegin(name string) bool / trunkEnd(name string)
//	func (s *Server) peerOf(trunk string, f wire.Flow) bool        does the source match a peer of that trunk
//	func cleanName(string) string                                  control and bidi characters out, at most 64 runes
//	func quoteName(string) string                                  cleaned, escaped and in quotes; "" stays ""
//
// The dialogs give:
//
//	func (s *Server) findDialog(req *wire.Request) *Dialog         by Call-ID and both tags
//	func (d *Dialog) admits(req *wire.Request, f wire.Flow) bool   right source for this dialog
//	func (s *Server) reply(req *wire.Request, code int, more ...wire.Header) *wire.Response   with Server header
//	func sdpOf(m wire.Message) (sdp []byte, ok bool)               of plain and multipart bodies; !ok: 415
//	func tagOf(p wire.Params) string                               "" if there is none
//
// INVITEs without To tag are refused while draining, and above a trunk's MaxCalls, by the dialogs.

// hop is one way to a target.
type hop struct {
	uri    wire.Uri  // Request-URI
	flow   wire.Flow // where to send
	route  []string  // values of Route headers, outermost first
	tcpToo bool      // the peer is known to take TCP as well: for requests too big for UDP
}

const (
	product = "ringtide" // User-Agent and Server headers
	allowed = "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO"
)
