package sip

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"ringtide/sip/internal/wire"
)

const (
	refreshNames = time.Minute      // host names are looked up again
	retryNames   = 10 * time.Second // after a failure
	lookupTime   = 5 * time.Second
)

var errNotYet = errors.New("not looked up yet")

// resolver keeps the addresses of trunks' host names at hand: nobody waits for DNS, and when DNS dies the last addresses
// stay. One goroutine per name looks it up again and again.
type resolver struct {
	lookup func(ctx context.Context, host string) ([]netip.AddrPort, error) // may block; port 0: that of the URI
	log    *slog.Logger
	wait   sync.WaitGroup

	mu    sync.Mutex
	hosts map[string]*host
}

type host struct {
	stop  context.CancelFunc
	addrs []netip.AddrPort
	err   error // of the last lookup, or that there was none yet
}

// newResolver makes a resolver that asks lookup, or the system if that is nil.
func newResolver(lookup func(host string) ([]netip.AddrPort, error), log *slog.Logger) *resolver {
	r := &resolver{lookup: systemLookup, log: log, hosts: map[string]*host{}}
	if lookup != nil {
		r.lookup = func(_ context.Context, name string) ([]netip.AddrPort, error) { return lookup(name) }
	}
	return r
}

// watch has these names looked up from now on, and no others.
func (r *resolver) watch(names []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	wanted := map[string]bool{}
	for _, name := range names {
		wanted[name] = true
		if r.hosts[name] != nil {
			continue
		}
		ctx, stop := context.WithCancel(context.Background())
		h := &host{stop: stop, err: errNotYet}
		r.hosts[name] = h
		r.wait.Go(func() { r.keep(ctx, name, h) })
	}
	for name, h := range r.hosts {
		if !wanted[name] {
			h.stop()
			delete(r.hosts, name)
		}
	}
}

func (r *resolver) keep(ctx context.Context, name string, h *host) {
	for {
		addrs, err := r.lookup(ctx, name)
		pause := refreshNames
		r.mu.Lock()
		if err == nil && len(addrs) == 0 {
			err = errors.New("it has no address")
		}
		if err == nil {
			h.addrs = addrs
		} else {
			pause = retryNames
		}
		news := h.err == nil || errors.Is(h.err, errNotYet)
		h.err = err
		r.mu.Unlock()
		if err != nil && news && ctx.Err() == nil {
			r.log.Warn("look up trunk host: its last address stays in use", "host", name, "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// addresses returns what a name is known to stand for. An IP address stands for itself.
func (r *resolver) addresses(name string) ([]netip.AddrPort, error) {
	if ip, err := netip.ParseAddr(name); err == nil {
		return []netip.AddrPort{netip.AddrPortFrom(ip.Unmap(), 0)}, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	h := r.hosts[name]
	switch {
	case h == nil:
		return nil, errNotYet
	case len(h.addrs) == 0:
		return nil, h.err
	}
	return h.addrs, nil
}

// close ends all lookups and waits for them.
func (r *resolver) close() {
	r.watch(nil)
	r.wait.Wait()
}

// systemLookup asks for SRV records of sip over UDP, then for addresses (RFC 3263 section 4.2, without NAPTR).
func systemLookup(ctx context.Context, name string) (list []netip.AddrPort, err error) {
	ctx, stop := context.WithTimeout(ctx, lookupTime)
	defer stop()
	if _, records, err := net.DefaultResolver.LookupSRV(ctx, "sip", "udp", name); err == nil {
		for _, srv := range records { // by priority, shuffled by weight
			ips, _ := net.DefaultResolver.LookupNetIP(ctx, "ip", strings.TrimSuffix(srv.Target, "."))
			for _, ip := range ips {
				list = append(list, netip.AddrPortFrom(ip.Unmap(), srv.Port))
			}
		}
	}
	if len(list) > 0 {
		return list, nil
	}
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", name)
	for _, ip := range ips {
		list = append(list, netip.AddrPortFrom(ip.Unmap(), 0))
	}
	return list, err
}

// trunkHosts returns the host names in the URIs of trunks.
func trunkHosts(list []Trunk) (names []string) {
	for _, t := range list {
		for _, text := range t.URIs {
			if uri, err := wire.ParseURI(text); err == nil {
				if _, err := netip.ParseAddr(uri.Host); err != nil {
					names = append(names, uri.Host)
				}
			}
		}
	}
	return names
}

// ways returns where a call to number over a trunk can go, in order of failover, without the Request-URI's user if number
// is empty.
func (s *Server) ways(trunk, number string) (hops []hop, err error) {
	t, err := s.desk.trunks.named(trunk)
	if err != nil {
		return nil, err
	}
	why := errors.New("it has no uri")
	for _, text := range t.URIs {
		uri, err := wire.ParseURI(text)
		if err != nil || uri.Scheme != "sip" {
			why = fmt.Errorf("uri %q is no sip URI", text)
			continue
		}
		addrs, err := s.desk.resolver.addresses(uri.Host)
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
			hops = append(hops, hop{uri: uri, flow: f})
		}
	}
	if len(hops) == 0 {
		return nil, fmt.Errorf("trunk %s: %w", trunk, why)
	}
	return hops, nil
}

func transportOf(uri wire.Uri) string {
	if t := param(uri.UriParams, "transport"); t != "" {
		return strings.ToLower(t)
	}
	return "udp"
}

// portAt: a port in the URI beats that of an SRV record, which a URI with port would not have been asked for (RFC 3263
// section 4.2).
func portAt(uri wire.Uri, at netip.AddrPort) uint16 {
	if uri.Port == 0 && at.Port() != 0 {
		return at.Port()
	}
	return uint16(portOf(uri))
}
