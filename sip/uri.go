package sip

import (
	"strings"

	"ringtide/sip/internal/wire"
)

// userOf is the user or number a URI names: percent-encoding undone, parameters (;npdi, ;isup-oli, ;phone-context) cut
// off, the separators people write into phone numbers left out (RFC 3966 section 5.1.1).
func userOf(uri wire.Uri) string {
	user, phone := uri.User, strings.EqualFold(param(uri.UriParams, "user"), "phone")
	if uri.Scheme == "tel" {
		user, phone = uri.Raw(), true
	}
	user, _, _ = strings.Cut(user, ";")
	user = strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \"'<>@;,\\", r) {
			return -1
		}
		return r
	}, cleanName(unescape(user)))
	if phone || strings.HasPrefix(user, "+") {
		user = strings.Map(func(r rune) rune {
			if strings.ContainsRune("-.()", r) {
				return -1
			}
			return r
		}, user)
	}
	return user
}

// anonymous is the address of who withholds his own (RFC 3323 section 4.1.1.3).
const (
	nobodysHost = "anonymous.invalid"
	anonymous   = "<sip:anonymous@" + nobodysHost + ">"
)

// sipAddress writes an address in angle brackets.
func sipAddress(user, host string) string {
	uri := wire.Uri{Scheme: "sip", User: escapeUser(user), Host: host}
	return "<" + uri.String() + ">"
}

// portOf is the port of a URI, the usual one of its transport if it names none.
func portOf(u wire.Uri) int {
	switch {
	case u.Port != 0:
		return u.Port
	case transportOf(u) == "tls":
		return 5061
	}
	return 5060
}

// transportOf is the transport a URI names, in lower case; UDP if none. sips is always TLS: with it transport=tcp only says
// what lies below (RFC 5630 section 3.1.4).
func transportOf(uri wire.Uri) string {
	if uri.Scheme == "sips" {
		return "tls"
	}
	if t := param(uri.UriParams, "transport"); t != "" {
		return strings.ToLower(t)
	}
	return "udp"
}

// selfFor is where we are reached on a flow, for a peer with that Contact: by sips if it is too (RFC 3261 section 12.1.1).
func (s *Server) selfFor(peer wire.Uri, f wire.Flow) wire.Uri {
	self := s.wire.Self(f)
	if peer.Scheme == "sips" && f.Transport == "tls" {
		self.Scheme, self.UriParams = "sips", nil
	}
	return self
}

// contactFor says it in a header.
func (s *Server) contactFor(peer wire.Uri, f wire.Flow) wire.Header {
	self := s.selfFor(peer, f)
	return wire.NewHeader("Contact", "<"+self.String()+">")
}

// sameURI compares contacts (RFC 3261 section 19.1.4), of the parameters only transport.
func sameURI(a, b wire.Uri) bool {
	return a.Scheme == b.Scheme && unescape(a.User) == unescape(b.User) && strings.EqualFold(a.Host, b.Host) &&
		portOf(a) == portOf(b) && strings.EqualFold(param(a.UriParams, "transport"), param(b.UriParams, "transport"))
}

// param returns a parameter without the quotes it may have. Names are in lower case.
func param(p wire.Params, name string) string {
	value, _ := p.Get(name)
	return unquote(value)
}
