package sip

import (
	"net/netip"
	"slices"
	"sync"

	"ringtide/sip/internal/wire"
)

// peer is what the door may ask about a dialog's other end, from any goroutine.
type peer struct {
	mu   sync.Mutex
	tags []string  // its tags: several while forks of our INVITE ring
	open bool      // our INVITE is undecided: a BYE that overtook its 200 may bring a tag never seen (RFC 5407)
	flow wire.Flow // where it spoke from last
}

// maxForks early dialogs of one INVITE are kept apart; what comes of more is ignored.
const maxForks = 16

func (p *peer) usesTag(tag string, m wire.Method) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Contains(p.tags, tag) || p.open && m == wire.BYE
}

func (p *peer) addr() netip.Addr {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.flow.Remote.Addr().Unmap()
}

// spokeFrom remembers the way the peer came last: after a new connection, or a new port of its NAT, answers to it and
// our own requests go there.
func (p *peer) spokeFrom(f wire.Flow) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.flow = f
}

func (p *peer) lastFlow() wire.Flow {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.flow
}

// calls opens the early dialogs of an INVITE of ours that goes there.
func (p *peer) calls(f wire.Flow) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.flow, p.open = f, true
}

// rings adds the tag of an early dialog; false above maxForks.
func (p *peer) rings(tag string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.Contains(p.tags, tag) {
		if len(p.tags) == maxForks {
			return false
		}
		p.tags = append(p.tags, tag)
	}
	return true
}

// settles on the one tag of the confirmed dialog.
func (p *peer) settles(tag string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tags, p.open = []string{tag}, false
}
