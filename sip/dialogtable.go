package sip

import (
	"sync"

	"ringtide/sip/internal/wire"
)

// dialogTable finds the dialog a request belongs to.
type dialogTable struct {
	mu      sync.Mutex
	ours    map[dialogKey]*Dialog
	invites map[inviteKey]*Dialog // INVITEs that asked for a dialog: an equal one came by another way
}

// dialogKey is our half of a dialog's id (RFC 3261 section 12): our tag is random, so the pair is unique.
type dialogKey struct{ callID, localTag string }

// inviteKey recognises an INVITE that a proxy forked to us twice (RFC 3261 section 8.2.2.2).
type inviteKey struct {
	callID, fromTag string
	seq             uint32
}

func newDialogTable() *dialogTable {
	return &dialogTable{ours: map[dialogKey]*Dialog{}, invites: map[inviteKey]*Dialog{}}
}

// add returns false if a dialog for the same INVITE lives already.
func (t *dialogTable) add(d *Dialog) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if d.merge != (inviteKey{}) {
		if t.invites[d.merge] != nil {
			return false
		}
		t.invites[d.merge] = d
	}
	t.ours[d.key] = d
	return true
}

func (t *dialogTable) remove(d *Dialog) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.ours, d.key)
	if t.invites[d.merge] == d {
		delete(t.invites, d.merge)
	}
}

func (t *dialogTable) find(k dialogKey) *Dialog {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.ours[k]
}

func (t *dialogTable) count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.ours)
}

func (t *dialogTable) all() []*Dialog {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := make([]*Dialog, 0, len(t.ours))
	for _, d := range t.ours {
		list = append(list, d)
	}
	return list
}

// findDialog returns the dialog a request from the peer belongs to, by Call-ID and both tags (RFC 3261 section
// 12.2.2), or nil.
func (s *Server) findDialog(req *wire.Request) *Dialog {
	d := s.dialogs.find(dialogKey{wire.Get(req, "Call-ID"), tagOf(req.To().Params)})
	if d == nil || !d.peer.usesTag(tagOf(req.From().Params), req.Method) {
		return nil
	}
	return d
}

// admits says whether a request of this dialog may come this way without proof: from the address of the leg, whatever the
// port, or from a peer of its trunk.
func (d *Dialog) admits(f wire.Flow) bool {
	return f.Remote.Addr().Unmap() == d.peer.addr() || d.who.Trunk != "" && d.s.desk.trunks.sends(d.who.Trunk, f.Remote)
}
