package sip

import (
	"cmp"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"ringtide/sip/internal/wire"
)

// register answers a REGISTER of a proven user (RFC 3261 section 10.3).
func (s *Server) register(req *wire.Request, f wire.Flow) *wire.Response {
	user, to := s.identify(req, f).User, req.To().Address
	if !s.isOurs(to) {
		s.desk.security.event("register for another domain", req, f, to.User+"@"+to.Host)
		return s.refusal(req, 404)
	}
	if user == "" || unescape(to.User) != user {
		s.desk.security.event("register for another", req, f, user)
		return s.refusal(req, 403)
	}
	limits := limitsOf(s.config.Load())
	a, code := readRegister(req, f, limits)
	if code != 0 {
		res := s.refusal(req, code)
		if code == 423 {
			res.AppendHeader(wire.NewHeader("Min-Expires", strconv.Itoa(int(limits.least.Seconds()))))
		}
		return res
	}
	lines, code := s.desk.reg.register(user, a)
	res := s.refusal(req, code)
	for _, line := range lines {
		res.AppendHeader(wire.NewHeader("Contact", line))
	}
	if len(a.path) > 0 {
		res.AppendHeader(wire.NewHeader("Path", strings.Join(a.path, ", ")))
	}
	return res
}

// wanted is one Contact of a REGISTER.
type wanted struct {
	uri      wire.Uri
	instance string
	regID    string
	q        int
	expires  time.Duration // 0: to be removed
}

// asked is what a REGISTER wants, checked as far as that can be done without looking at what is registered.
type asked struct {
	contacts  []wanted
	all       bool // Contact: *
	callID    string
	cseq      uint32
	userAgent string
	path      []string
	direct    bool
	straight  bool // over UDP, and from the address that the device itself knows: no NAT
	flow      wire.Flow
}

const (
	maxContactText = 512 // octets of a contact URI, an instance, a path
	defaultExpires = time.Hour
)

// readRegister reads the contacts of a REGISTER (RFC 3261 section 10.3, steps 6 and 7). code is 0, or that of the refusal.
func readRegister(req *wire.Request, f wire.Flow, limits registerLimits) (a asked, code int) {
	a = asked{
		callID:    wire.Get(req, "Call-ID"),
		cseq:      req.CSeq().SeqNo,
		userAgent: cleanName(wire.Get(req, "User-Agent")),
		direct:    len(wire.All(req, "Via")) == 1,
		flow:      f,
	}
	a.straight = a.direct && f.Transport == "udp" && isAt(req.Via().Host, req.Via().Port, f.Remote)
	for _, value := range wire.All(req, "Path") {
		a.path = append(a.path, wire.List(value)...)
	}
	headers := req.GetHeaders("Contact")
	for _, h := range headers {
		c, ok := h.(*wire.ContactHeader)
		if !ok {
			return a, 400
		}
		expires := c.Params.GetOr("expires", wire.Get(req, "Expires"))
		if c.Address.Wildcard {
			// RFC 3261 section 10.2.2: * stands alone and only removes.
			if a.all = expires == "0" && len(headers) == 1; !a.all {
				return a, 400
			}
			return a, 0
		}
		w := wanted{uri: c.Address, instance: param(c.Params, "+sip.instance"), regID: param(c.Params, "reg-id"), q: priority(param(c.Params, "q"))}
		if w.uri.Headers = nil; w.uri.Scheme != "sip" && w.uri.Scheme != "sips" {
			return a, 416
		}
		if w.expires, code = limits.grant(expires); code != 0 {
			return a, code
		}
		if len(w.uri.String())+len(w.instance)+len(w.regID) > maxContactText {
			return a, 400
		}
		a.contacts = append(a.contacts, w)
	}
	if len(strings.Join(a.path, ",")) > maxContactText || len(a.callID) > maxContactText {
		return a, 400
	}
	return a, 0
}

// reaches is the flow to a device that registers uri: to where it spoke from; but with no NAT between, to the port that its
// Contact names, for who registers need not be who is called (RFC 3261 section 10).
func (a *asked) reaches(uri wire.Uri) wire.Flow {
	f := a.flow
	named := netip.AddrPortFrom(f.Remote.Addr(), uint16(portOf(uri)))
	if a.straight && transportOf(uri) == "udp" && isAt(uri.Host, uri.Port, named) {
		f.Remote = named
	}
	return f
}

// isAt tells whether host, an IP address, and port (0: 5060) are an address.
func isAt(host string, port int, at netip.AddrPort) bool {
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && ip.Unmap() == at.Addr().Unmap() && cmp.Or(port, 5060) == int(at.Port())
}

// priority reads q, 0 to 1 with three digits at most (RFC 3261 section 20.10); anything else is 1.
func priority(q string) int {
	v, err := strconv.ParseFloat(q, 64)
	if err != nil || !(v >= 0 && v <= 1) {
		return 1000
	}
	return int(math.Round(v * 1000))
}

// registerLimits are the bounds of a registration.
type registerLimits struct {
	least, most time.Duration
	contacts    int
}

func limitsOf(c *Config) registerLimits {
	l := registerLimits{c.MinExpires, c.MaxExpires, c.MaxContacts}
	if l.least <= 0 {
		l.least = time.Minute
	}
	if l.most <= 0 {
		l.most = defaultExpires
	}
	if l.contacts <= 0 {
		l.contacts = 10
	}
	l.most = max(l.most, l.least)
	return l
}

// grant turns what a REGISTER asks for into what it gets, up to a tenth less, so that phones that started together do not
// come back together. What cannot be read counts as an hour (RFC 3261 section 10.2.1.1).
func (l registerLimits) grant(expires string) (d time.Duration, code int) {
	d = l.most
	if seconds, err := strconv.ParseUint(expires, 10, 32); err == nil {
		d = time.Duration(seconds) * time.Second
	} else if expires != "" {
		d = min(defaultExpires, l.most)
	}
	switch {
	case d == 0:
		return 0, 0
	// RFC 3261 section 10.3, step 7: only what is shorter than an hour may be called too brief.
	case d < l.least && d < time.Hour:
		return 0, 423
	}
	d = min(d, l.most)
	return max(l.least, d-jitter(d/10)).Truncate(time.Second), 0
}
