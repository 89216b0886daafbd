package media

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// portRest is how long a port rests after use, so that late packets of the old call do not meet a new one.
const portRest = 3 * time.Second

// ErrNoPorts: every port of the range is in use or rests. The call is refused for want of resources (503).
var ErrNoPorts = errors.New("no free RTP port: widen media.ports")

// ports lends the even ports of a range (RFC 3550 section 11), the one longest out of use first.
type ports struct {
	mu   sync.Mutex
	free []freePort // oldest first
	lent int
}

type freePort struct {
	port  uint16
	since time.Time // zero: never used
}

// newPorts makes the even ports of [low, high]. It begins somewhere in the range, so that a restarted process does not
// hand out at once what the one before used last.
func newPorts(low, high int) (*ports, error) {
	if low < 1 || high > 65535 || low > high {
		return nil, fmt.Errorf("media.ports: %d-%d is not a range of ports", low, high)
	}
	var even []freePort
	for p := low + low%2; p <= high; p += 2 {
		even = append(even, freePort{port: uint16(p)})
	}
	if len(even) == 0 {
		return nil, fmt.Errorf("media.ports: %d-%d has no even port", low, high)
	}
	first := rand.IntN(len(even))
	return &ports{free: append(even[first:len(even):len(even)], even[:first]...)}, nil
}

// take lends a port; give it back with giveBack.
func (p *ports) take() (uint16, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.free) == 0 {
		return 0, ErrNoPorts
	}
	oldest := p.free[0]
	if !oldest.since.IsZero() && time.Since(oldest.since) < portRest {
		return 0, ErrNoPorts
	}
	p.free = p.free[1:]
	p.lent++
	return oldest.port, nil
}

// giveBack lets a port rest and then be lent again.
func (p *ports) giveBack(port uint16) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free = append(p.free, freePort{port: port, since: time.Now()})
	p.lent--
}

// inUse counts the ports lent.
func (p *ports) inUse() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lent
}

// all counts the ports of the range.
func (p *ports) all() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lent + len(p.free)
}
