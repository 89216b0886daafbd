package sip

import (
	"context"
	"errors"
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
	maxAddresses = 16 // of one name: a caller waits while one after the other is tried
)

var errNotYet = errors.New("not looked up yet")

// resolver keeps the addresses of trunks' host names at hand: nobody waits for DNS, and when DNS dies the last addresses
// stay. One goroutine per name looks it up again and again.
type resolver struct {
	lookup func(context.Context, question) ([]netip.AddrPort, error) // may block; port 0: that of the URI
	log    *slog.Logger
	wait   sync.WaitGroup

	mu    sync.Mutex
	hosts map[question]*host
}

// question is what DNS is asked. Without srv only for addresses: the URI had a port (RFC 3263 section 4.2).
type question struct {
	name string
	srv  string // transport of SRV records: "udp", "tcp" or "tls"
}

// questionOf is what has to be known to reach a URI. ask is false for an IP address.
func questionOf(uri wire.Uri) (q question, ask bool) {
	q.name = uri.Host
	if uri.Port == 0 {
		q.srv = transportOf(uri)
	}
	_, err := netip.ParseAddr(uri.Host)
	return q, err != nil
}

type host struct {
	stop  context.CancelFunc
	addrs []netip.AddrPort
	err   error // of the last lookup, or that there was none yet
}

// newResolver makes a resolver that asks lookup, or the system if that is nil.
func newResolver(lookup func(host string) ([]netip.AddrPort, error), log *slog.Logger) *resolver {
	r := &resolver{lookup: systemLookup, log: log, hosts: map[question]*host{}}
	if lookup != nil {
		r.lookup = func(_ context.Context, q question) ([]netip.AddrPort, error) { return lookup(q.name) }
	}
	return r
}

// watch has these questions asked from now on, and no others.
func (r *resolver) watch(list []question) {
	r.mu.Lock()
	defer r.mu.Unlock()
	wanted := map[question]bool{}
	for _, q := range list {
		wanted[q] = true
		if r.hosts[q] != nil {
			continue
		}
		ctx, stop := context.WithCancel(context.Background())
		h := &host{stop: stop, err: errNotYet}
		r.hosts[q] = h
		r.wait.Go(func() { r.keep(ctx, q, h) })
	}
	for q, h := range r.hosts {
		if !wanted[q] {
			h.stop()
			delete(r.hosts, q)
		}
	}
}

func (r *resolver) keep(ctx context.Context, q question, h *host) {
	for {
		addrs, err := r.lookup(ctx, q)
		pause := refreshNames
		r.mu.Lock()
		if err == nil && len(addrs) == 0 {
			err = errors.New("it has no address")
		}
		if err == nil {
			h.addrs = addrs[:min(len(addrs), maxAddresses)]
		} else {
			pause = retryNames
		}
		news := h.err == nil || errors.Is(h.err, errNotYet)
		h.err = err
		r.mu.Unlock()
		if err != nil && news && ctx.Err() == nil {
			r.log.Warn("look up trunk host: its last address stays in use", "host", q.name, "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// addresses returns what the host of a URI is known to stand for. An IP address stands for itself.
func (r *resolver) addresses(uri wire.Uri) ([]netip.AddrPort, error) {
	q, ask := questionOf(uri)
	if !ask {
		return []netip.AddrPort{netip.AddrPortFrom(netip.MustParseAddr(q.name).Unmap(), 0)}, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	h := r.hosts[q]
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

// systemLookup asks for SRV records, then for addresses (RFC 3263 section 4.2, without NAPTR).
func systemLookup(ctx context.Context, q question) (list []netip.AddrPort, err error) {
	ctx, stop := context.WithTimeout(ctx, lookupTime)
	defer stop()
	if q.srv != "" {
		service, proto := "sip", q.srv
		if q.srv == "tls" {
			service, proto = "sips", "tcp"
		}
		_, records, _ := net.DefaultResolver.LookupSRV(ctx, service, proto, q.name)
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
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", q.name)
	for _, ip := range ips {
		list = append(list, netip.AddrPortFrom(ip.Unmap(), 0))
	}
	return list, err
}
