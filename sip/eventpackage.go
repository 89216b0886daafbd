package sip

import (
	"mime"
	"strings"

	"ringtide/sip/internal/wire"
)

// eventPackage is something that can be subscribed to (RFC 6665 section 5). Its functions may be called on any goroutine.
type eventPackage struct {
	name string
	kind string // media type of its bodies
	// watched names what a user would watch by subscribing to an address; code is 0, or that of the refusal.
	watched func(user string, at wire.Uri) (resource string, code int)
	// body is the whole state of a resource now (RFC 6665 section 4.2.2). It must not block.
	body func(resource string) []byte
}

// subject is what is watched.
type subject struct{ event, resource string }

// packageOf returns the package that a SUBSCRIBE asks for and the id that tells apart subscriptions of one peer (RFC 6665
// section 8.2.1); nil if there is none.
func (s *Server) packageOf(req *wire.Request) (p *eventPackage, id string) {
	name, params, _ := strings.Cut(wire.Get(req, "Event"), ";")
	for param := range strings.SplitSeq(params, ";") {
		if key, value, ok := strings.Cut(param, "="); ok && strings.EqualFold(strings.TrimSpace(key), "id") {
			id = strings.TrimSpace(value)
		}
	}
	return s.desk.packages[strings.ToLower(strings.TrimSpace(name))], id
}

// event is the Event header of its NOTIFYs.
func (p *eventPackage) event(id string) wire.Header {
	if id == "" {
		return wire.NewHeader("Event", p.name)
	}
	return wire.NewHeader("Event", p.name+";id="+id)
}

// accepted tells whether who sent req can read the bodies of the package: who does not say can (RFC 6665 section 3.1.3).
func (p *eventPackage) accepted(req *wire.Request) bool {
	values := wire.All(req, "Accept")
	group, _, _ := strings.Cut(p.kind, "/")
	for _, value := range values {
		for _, one := range wire.List(value) {
			kind, _, err := mime.ParseMediaType(one)
			if err == nil && (kind == p.kind || kind == group+"/*" || kind == "*/*") {
				return true
			}
		}
	}
	return len(values) == 0
}
