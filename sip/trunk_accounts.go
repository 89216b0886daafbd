package sip

import (
	"slices"
	"sync"
	"time"

	"ringtide/sip/internal/wire"
)

// leaveTime is how long the end of the server waits for providers to hear of it.
const leaveTime = time.Second

// accounts are our registrations at the providers of trunks. Safe for use by many goroutines.
type accounts struct {
	s *Server

	mu     sync.Mutex
	open   bool // between start and close
	closed bool
	byName map[string]*account
}

func newAccounts(s *Server) *accounts { return &accounts{s: s, byName: map[string]*account{}} }

// startAfter is how long to wait after the first listener opens: for the others, for DNS, and not for each other.
func startAfter() time.Duration { return 500*time.Millisecond + jitter(500*time.Millisecond) }

// start begins to register: before, there is nothing to send from.
func (as *accounts) start() {
	as.mu.Lock()
	begins := !as.open && !as.closed
	as.open = as.open || begins
	as.mu.Unlock()
	if begins {
		as.set(as.s.config.Load().Trunks)
	}
}

// set registers where these trunks want it, as they want it, and nowhere else.
func (as *accounts) set(list []Trunk) {
	for _, work := range as.plan(list) {
		work()
	}
}

// plan says what there is to do. It is done without the lock, for it asks guide.
func (as *accounts) plan(list []Trunk) (todo []func()) {
	as.mu.Lock()
	defer as.mu.Unlock()
	if !as.open {
		return nil
	}
	wanted := map[string]bool{}
	for _, t := range list {
		if !t.Register {
			continue
		}
		wanted[t.Name] = true
		a := as.byName[t.Name]
		if a != nil {
			todo = append(todo, func() { a.do(func() { a.change(t) }) })
			continue
		}
		a = newAccount(as.s, t)
		as.byName[t.Name] = a
		todo = append(todo, func() { a.do(func() { a.beginIn(startAfter()) }) })
	}
	for name, a := range as.byName {
		if !wanted[name] {
			delete(as.byName, name)
			todo = append(todo, func() { a.do(func() { a.end(func() {}) }) })
		}
	}
	return todo
}

// close takes all registrations back. It waits for the answers, but not for long.
func (as *accounts) close() {
	as.mu.Lock()
	as.open, as.closed = false, true
	as.mu.Unlock()
	var left sync.WaitGroup
	for _, a := range as.all() {
		left.Add(1)
		a.do(func() { a.end(sync.OnceFunc(left.Done)) })
	}
	all := make(chan struct{})
	go func() {
		left.Wait()
		close(all)
	}()
	late := time.NewTimer(leaveTime)
	defer late.Stop()
	select {
	case <-all:
	case <-late.C: // closing the sockets ends what still waits
	}
}

// flowClosed hears of connections that ended.
func (as *accounts) flowClosed(f wire.Flow) {
	for _, a := range as.all() {
		a.do(func() { a.flowClosed(f) })
	}
}

func (as *accounts) all() (list []*account) {
	as.mu.Lock()
	defer as.mu.Unlock()
	for _, a := range as.byName {
		list = append(list, a)
	}
	return list
}

// named returns the account of a trunk; nil: it does not register.
func (as *accounts) named(trunk string) *account {
	as.mu.Lock()
	defer as.mu.Unlock()
	return as.byName[trunk]
}

// up tells whether a trunk is registered, if it wants to be.
func (as *accounts) up(t Trunk) bool {
	if !t.Register {
		return true
	}
	a := as.named(t.Name)
	return a != nil && a.here.Load() != nil
}

// guide puts the address where we are registered before the others of the same URI, and has calls to that URI go by the
// route that the registrar has named (RFC 3608 section 6).
func (as *accounts) guide(trunk string, hops []hop) {
	a := as.named(trunk)
	if a == nil {
		return
	}
	here := a.here.Load()
	if here == nil {
		return
	}
	first := -1
	for i := range hops {
		if !sameURI(bare(hops[i].uri), here.hop.uri) {
			continue
		}
		hops[i].route = here.route
		if first < 0 {
			first = i
		}
		if hops[i].flow == here.hop.flow {
			one := hops[i]
			copy(hops[first+1:i+1], hops[first:i])
			hops[first] = one
		}
	}
}

// bare is a URI without its user.
func bare(uri wire.Uri) wire.Uri {
	uri.User = ""
	return uri
}

// routeOf reads the route that a registrar names; nil if there is none that can be followed.
func routeOf(res *wire.Response) (route []string) {
	var uris []wire.Uri
	size := 0
	for _, value := range wire.All(res, "Service-Route") {
		for _, one := range wire.List(value) {
			_, uri, _, err := wire.ParseAddress(one)
			if size += len(one); err != nil || size > maxContactText {
				return nil
			}
			uris = append(uris, uri)
			route = append(route, "<"+uri.String()+">")
		}
	}
	if !looseRoutes(uris) {
		return nil
	}
	return slices.Clip(route)
}
