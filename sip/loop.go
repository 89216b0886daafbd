package sip

import (
	"net/netip"
	"strings"

	"ringtide/sip/internal/wire"
)

// admit lets the request of a proven peer in, unless it goes round in circles.
func (s *Server) admit(req *wire.Request, f wire.Flow) *wire.Response {
	if req.Method != wire.INVITE {
		return nil
	}
	// RFC 3261 section 16.3, steps 3 and 4.
	if maxForwards(req) == 0 {
		return s.refusal(req, 483)
	}
	for i, h := range req.GetHeaders("Via") {
		via, ok := h.(*wire.ViaHeader)
		// Many private networks have the same addresses: the topmost Via is ours only if the request came from there, one
		// below it only if it looks like ours otherwise, too.
		if ok && s.wire.IsOurs(via.Host, via.Port) && (i == 0 && sameHost(via.Host, f.Remote.Addr()) || i > 0 && ourBranch(via)) {
			return s.refusal(req, 482)
		}
	}
	return nil
}

func sameHost(host string, ip netip.Addr) bool {
	h, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && h.Unmap() == ip.Unmap()
}

// ourBranch tells whether a branch has the form of those that wire makes.
func ourBranch(via *wire.ViaHeader) bool {
	branch, _ := via.Params.Get("branch")
	random, ok := strings.CutPrefix(branch, "z9hG4bK")
	return ok && len(branch) == len(wire.NewBranch()) && strings.Trim(random, "0123456789abcdef") == ""
}
