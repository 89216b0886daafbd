package sip

import (
	"errors"
	"fmt"
	"net/netip"

	"ringtide/sip/internal/wire"
)

// trunkQuestions are what DNS is asked for the URIs of trunks.
func trunkQuestions(list []Trunk) (questions []question) {
	for _, t := range list {
		for _, text := range t.URIs {
			if uri, err := wire.ParseURI(text); err == nil {
				if q, ask := questionOf(uri); ask {
					questions = append(questions, q)
				}
			}
		}
	}
	return questions
}

// ways returns where a call to number over a trunk can go: in order of failover, those that failed lately and those that do
// not answer tests at the end. Where we are registered comes first of its URI.
// Without number the Request-URIs have no user.
func (s *Server) ways(trunk, number string) (hops []hop, err error) {
	t, err := s.desk.trunks.named(trunk)
	if err != nil {
		return nil, err
	}
	why := errors.New("it has no uri")
	for _, text := range t.URIs {
		uri, err := wire.ParseURI(text)
		if err != nil || uri.Scheme != "sip" && uri.Scheme != "sips" {
			why = fmt.Errorf("uri %q is no sip URI", text)
			continue
		}
		addrs, err := s.desk.resolver.addresses(uri)
		if err != nil {
			why = fmt.Errorf("no address for %s: %w", uri.Host, err)
			continue
		}
		uri.User, uri.Password, uri.Headers = escapeUser(number), "", nil
		for _, at := range addrs {
			f, err := s.wire.Route(transportOf(uri), netip.AddrPortFrom(at.Addr(), portAt(uri, at)))
			if err != nil {
				why = err
				continue
			}
			hops = append(hops, hop{uri: uri, flow: f.Named(uri.Host)})
		}
	}
	if len(hops) == 0 {
		return nil, fmt.Errorf("trunk %s: %w", trunk, why)
	}
	s.desk.accounts.guide(trunk, hops)
	s.desk.hops.last(trunk, hops)
	s.desk.health.last(trunk, hops)
	return hops, nil
}

// trunkAnswered takes what an address of a trunk said to a request, and trunkFailed that it said nothing.
func (s *Server) trunkAnswered(trunk string, f wire.Flow, code int) {
	s.desk.hops.answered(trunk, f, code)
	if code != 100 {
		s.desk.health.heard(trunk, f)
	}
}

func (s *Server) trunkFailed(trunk string, f wire.Flow) {
	s.desk.hops.failed(trunk, f)
	s.desk.health.failed(trunk, f)
}

// portAt: the port of a URI, else that of the SRV record, else the usual one.
func portAt(uri wire.Uri, at netip.AddrPort) uint16 {
	if uri.Port == 0 && at.Port() != 0 {
		return at.Port()
	}
	return uint16(portOf(uri))
}
