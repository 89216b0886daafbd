package sip

import (
	"net/netip"
	"slices"
	"strings"

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

// way is where to send a request to far. Users' phones sit behind NAT: they are reached where they spoke from, whatever
// their Contact says. A trunk is reached by its route or Contact where that is an address of its own network.
func (d *Dialog) way(f far) wire.Flow {
	flow := d.peer.lastFlow()
	if d.who.Trunk == "" {
		return flow
	}
	next := f.target
	if len(f.routes) > 0 {
		next = f.routes[0]
	}
	addr, err := netip.ParseAddr(next.Host)
	if err != nil {
		return flow
	}
	addr = addr.Unmap()
	from, port := flow.Remote.Addr().Unmap(), next.Port
	if port == 0 {
		port = 5060
	}
	to := netip.AddrPortFrom(addr, uint16(port))
	transport := strings.ToLower(next.UriParams.GetOr("transport", "udp"))
	switch {
	case addr == from && flow.Transport == "udp" && transport == "udp":
		return wire.Flow{Transport: "udp", Local: flow.Local, Remote: to}
	case addr == from, addr.IsPrivate() && !from.IsPrivate(), addr.IsUnspecified(), addr.IsLoopback() != from.IsLoopback():
		return flow
	}
	if there, err := d.s.wire.Route(transport, to); err == nil {
		return there
	}
	return flow
}
