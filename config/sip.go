package config

import (
	"net/netip"
	"time"

	"ringtide/sip"
)

// sip checks the section sip. Users and trunks are added later.
func (c *checker) sip() sip.Config {
	s := c.file.SIP
	if !isHost(s.Domain) {
		c.errorf("sip.domain", "%q is no domain: a host name or address, such as phones.example.net", s.Domain)
	}
	c.zeroOr("sip.session_expires", s.SessionExpires, 90*second, 24*hour) // RFC 4028 section 4: at least 90 s
	c.zeroOr("sip.qualify", s.Qualify, second, hour)
	c.between("sip.registration.min", s.Registration.Min, second, 24*hour)
	c.between("sip.registration.max", s.Registration.Max, second, 24*hour)
	if s.Registration.Max < s.Registration.Min {
		c.errorf("sip.registration.max", "must not be less than registration.min, which is %v", s.Registration.Min)
	}
	c.count("sip.registration.max_contacts", s.Registration.MaxContacts, 1, 1000)
	return sip.Config{
		Certificate:     c.certificate(),
		Listen:          c.listeners(),
		Domain:          s.Domain,
		PublicIP:        c.publicIP(),
		SessionExpires:  time.Duration(s.SessionExpires),
		Qualify:         time.Duration(s.Qualify),
		MinExpires:      time.Duration(s.Registration.Min),
		MaxExpires:      time.Duration(s.Registration.Max),
		MaxContacts:     s.Registration.MaxContacts,
		SourcePerSecond: c.file.Limits.SourcePerSecond,
	}
}

func (c *checker) publicIP() netip.Addr {
	text := c.file.SIP.PublicIP
	if text == "" {
		return netip.Addr{}
	}
	a, err := netip.ParseAddr(text)
	if err != nil || a.Zone() != "" || a.IsUnspecified() {
		c.errorf("sip.public_ip", "%q is no address that others can reach: write it like 192.0.2.1", text)
	}
	return a
}
