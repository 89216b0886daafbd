package sip

import (
	"cmp"
	"errors"
	"net/netip"
	"slices"

	"ringtide/sip/internal/wire"
)

// far is the other end of a dialog: what requests to it carry (RFC 3261 section 12.2.1.1).
type far struct {
	party  string // its URI, in angle brackets
	tag    string
	target wire.Uri   // its Contact: the Request-URI
	routes []wire.Uri // proxies on the way, the nearest first
}

// farOfCaller is the far end of a dialog that an INVITE asks for (section 12.1.1). Not ok: no usable Contact.
func farOfCaller(req *wire.Request) (f far, ok bool) {
	from := req.From()
	f = far{party: "<" + from.Address.String() + ">", tag: tagOf(from.Params), routes: recordRoute(req)}
	f.target, ok = contactOf(req)
	return f, ok
}

// farOfCallee is the far end that answered an INVITE of ours (section 12.1.2). Without Contact the INVITE's own target
// is kept.
func farOfCallee(party string, target wire.Uri, res *wire.Response) far {
	f := far{party: party, tag: tagOf(res.To().Params), target: target, routes: recordRoute(res)}
	if uri, ok := contactOf(res); ok {
		f.target = uri
	}
	slices.Reverse(f.routes)
	return f
}

// renewed is far with the Contact of a later message of its.
func (f far) renewed(m wire.Message) far {
	if uri, ok := contactOf(m); ok {
		f.target = uri
	}
	return f
}

// way is where to send a request to far. Users' phones sit behind NAT: they are reached where they spoke from, whatever
// their Contact says. A trunk is reached by its route or Contact where that is an address of its own network.
func (d *Dialog) way(f far) wire.Flow {
	flow := d.peer.lastFlow()
	next, ok := f.next()
	if d.who.Trunk == "" || !ok {
		return flow
	}
	from, addr := flow.Remote.Addr().Unmap(), next.Addr()
	transport := f.transport()
	switch {
	case addr == from && flow.Transport == "udp" && transport == "udp":
		return wire.Flow{Transport: "udp", Local: flow.Local, Remote: next}
	case flow.Transport == "tls" && transport != "tls": // nothing of the call leaves in the clear
		return flow
	case addr == from, addr.IsPrivate() && !from.IsPrivate(), addr.IsUnspecified(), addr.IsLoopback() != from.IsLoopback():
		return flow
	}
	if there, err := d.s.wire.Route(transport, next); err == nil {
		return there.Named(cmp.Or(flow.Name, f.uri().Host))
	}
	return flow
}

// wayAnew is where far can be reached if a connection of its was found closed: a trunk listens where its Contact says
// (RFC 3261 section 18.1.1), a phone has registered again.
func (d *Dialog) wayAnew(f far, closed wire.Flow, why error) (anew wire.Flow, ok bool) {
	if closed.Conn == 0 || !errors.Is(why, wire.ErrClosed) {
		return anew, false
	}
	if closed.Name != "" { // we had made it: there they listen
		closed.Conn = 0
		return closed, true
	}
	if d.who.Trunk != "" {
		next, ok := f.next()
		if !ok {
			return anew, false
		}
		anew, err := d.s.wire.Route(closed.Transport, next)
		return anew.Named(f.uri().Host), err == nil
	}
	if d.ours == nil {
		return anew, false
	}
	hops, err := d.s.resolve(d.ours.target, d.ours.inv)
	if err != nil || hops[0].flow == closed {
		return anew, false
	}
	return hops[0].flow, true
}

// uri is the next hop towards far.
func (f far) uri() wire.Uri {
	if len(f.routes) > 0 {
		return f.routes[0]
	}
	return f.target
}

// next is the address of the next hop; not ok: it is a name.
func (f far) next() (at netip.AddrPort, ok bool) {
	uri := f.uri()
	addr, err := netip.ParseAddr(uri.Host)
	return netip.AddrPortFrom(addr.Unmap(), uint16(portOf(uri))), err == nil
}

func (f far) transport() string { return transportOf(f.uri()) }
