package sip

import "ringtide/sip/internal/wire"

// insider is what a request with a To tag can belong to: the Dialog of a call, or a subscription.
type insider interface {
	// Identity is who the peer has proven to be.
	Identity() Identity
	// admits says whether a request may come this way without further proof.
	admits(f wire.Flow) bool
	receive(tx *wire.ServerTx)
}

// findInside returns what a request from the peer belongs to, by Call-ID and both tags, or nil.
func (s *Server) findInside(req *wire.Request) insider {
	if d := s.findDialog(req); d != nil {
		return d
	}
	if u := s.desk.subscriptions.find(req); u != nil {
		return u
	}
	return nil
}
