package call

import (
	"sync"

	"ringtide/sip"
)

// lines finds the leg of a dialog that another call's peer names.
type lines struct {
	mu   sync.Mutex
	legs map[*sip.Dialog]*leg
}

func (n *lines) add(l *leg) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.legs[l.dialog] = l
}

func (n *lines) remove(d *sip.Dialog) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.legs, d)
}

// leg of a dialog; nil: it is over.
func (n *lines) leg(d *sip.Dialog) *leg {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.legs[d]
}
