package sip

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
)

// trunks knows providers and PBX peers: by the source of what they send, and by name. Safe for use by many goroutines.
type trunks struct {
	table atomic.Pointer[trunkTable]

	mu    sync.Mutex
	calls map[string]int // running, both directions
}

type trunkTable struct {
	names map[string]Trunk
	peers []trunkPeer // more exact ones first
}

type trunkPeer struct {
	Peer
	trunk string
}

func newTrunks(list []Trunk) *trunks {
	t := &trunks{calls: map[string]int{}}
	t.set(list)
	return t
}

func (t *trunks) set(list []Trunk) {
	table := &trunkTable{names: make(map[string]Trunk, len(list))}
	for _, trunk := range list {
		table.names[trunk.Name] = trunk
		for _, p := range trunk.Peers {
			table.peers = append(table.peers, trunkPeer{p, trunk.Name})
		}
	}
	// Stable, so that of equals (which configuration refuses) the first wins.
	slices.SortStableFunc(table.peers, func(a, b trunkPeer) int { return cmp.Compare(b.exactness(), a.exactness()) })
	t.table.Store(table)
}

// exactness orders address:port before address before network.
func (p Peer) exactness() int {
	if p.Port != 0 {
		return 2*p.Net.Bits() + 1
	}
	return 2 * p.Net.Bits()
}

func (p Peer) matches(source netip.AddrPort) bool {
	return p.Net.Contains(source.Addr().Unmap()) && (p.Port == 0 || p.Port == source.Port())
}

// bySource names the trunk that sends from an address; "" if none does.
func (t *trunks) bySource(source netip.AddrPort) string {
	for _, p := range t.table.Load().peers {
		if p.matches(source) {
			return p.trunk
		}
	}
	return ""
}

func (t *trunks) named(name string) (Trunk, error) {
	if trunk, ok := t.table.Load().names[name]; ok {
		return trunk, nil
	}
	return Trunk{}, fmt.Errorf("trunk %s: not configured", name)
}

// begin counts a call over a trunk in, whatever its direction; false: it has as many as it may. Each true is followed by one
// end.
func (t *trunks) begin(name string) bool {
	trunk, err := t.named(name)
	t.mu.Lock()
	defer t.mu.Unlock()
	if err != nil || trunk.MaxCalls > 0 && t.calls[name] >= trunk.MaxCalls {
		return false
	}
	t.calls[name]++
	return true
}

func (t *trunks) end(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.calls[name]--; t.calls[name] <= 0 {
		delete(t.calls, name)
	}
}

// sends tells whether a trunk sends from an address.
func (t *trunks) sends(name string, source netip.AddrPort) bool {
	trunk, err := t.named(name)
	return err == nil && slices.ContainsFunc(trunk.Peers, func(p Peer) bool { return p.matches(source) })
}

// credentials answer a trunk's digest challenges; empty if there are none.
func (t *trunks) credentials(name string) (user, password string) {
	trunk, _ := t.named(name)
	return trunk.Username, trunk.Password
}
