package sip

import (
	"hash/maphash"
	"net/netip"
	"strings"
	"sync"

	"ringtide/sip/internal/wire"
)

// oldPhones finds peers who give up when a challenge names SHA-256, although MD5 stands beside it (RFC 8760 section 2.3
// wants them to take what they know). They are challenged with MD5 alone. Some say who they are; the others come back
// with the next REGISTER as if they had not been challenged. Safe for use by many goroutines.
type oldPhones struct {
	mu   sync.Mutex
	seen recent[netip.AddrPort, lastAsked]
}

// lastAsked is the last REGISTER without credentials from an address and port.
type lastAsked struct {
	who uint64 // hash of Call-ID and user; 0: it was followed by a proof
	seq uint32
	old bool
}

func newOldPhones() *oldPhones {
	return &oldPhones{seen: newRecent[netip.AddrPort, lastAsked](maxSources)}
}

// asked notes a request that will be challenged and tells whether its sender is one of them.
func (o *oldPhones) asked(req *wire.Request, f wire.Flow) bool {
	// libre 1, of baresip and others.
	if agent := wire.Get(req, "User-Agent"); strings.HasPrefix(agent, "baresip v0.") || strings.HasPrefix(agent, "baresip v1.") {
		return true
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if req.Method != wire.REGISTER || wire.Get(req, "Authorization") != "" {
		last, known := o.seen.peek(f.Remote)
		return known && last.old
	}
	last, _ := o.seen.get(f.Remote)
	who, seq := maphash.String(refusalSeed, wire.Get(req, "Call-ID")+" "+req.To().Address.User), req.CSeq().SeqNo
	last.old = last.old || last.who == who && seq > last.seq
	last.who, last.seq = who, seq
	return last.old
}

// proved notes that a peer has answered a challenge, by which algorithm ("": MD5).
func (o *oldPhones) proved(f wire.Flow, algorithm string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if last, known := o.seen.peek(f.Remote); known {
		last.who = 0
		last.old = last.old && !strings.EqualFold(algorithm, "SHA-256")
	}
}
