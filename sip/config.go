package sip

import (
	"crypto/tls"
	"net/netip"
	"time"
)

// Config is the SIP part of the configuration.
type Config struct {
	Listen         []Listen
	Domain         string        // realm of digest challenges, host part of users' addresses
	PublicIP       netip.Addr    // advertised in Contact; zero: our address on the way to the peer
	SessionExpires time.Duration // sessions are refreshed at half of it (RFC 4028), at least 90 s; 0: only if the peer asks
	Qualify        time.Duration // OPTIONS to every registered device and every address of a trunk; 0: off
	MinExpires     time.Duration // of registrations
	MaxExpires     time.Duration
	MaxContacts    int // per user; the oldest makes room
	Users          []User
	Trunks         []Trunk
	Voicemail      string // code that users dial to hear their messages; "": there is none
	// Certificate is shown to who connects by TLS; nil: no listener asks for it.
	Certificate *tls.Certificate
	// SourcePerSecond: requests a second from one address that has not proven who it is; 0: no limit.
	SourcePerSecond int
}

// Listen is one address to listen on.
type Listen struct {
	Transport string // udp, tcp, tls
	Addr      netip.AddrPort
}

// User is who may register and call with an extension and a password.
type User struct {
	Extension string
	Name      string
	// HA1 are the digest secrets H(extension:domain:password) in lower-case hex: MD5 and SHA-256 (RFC 7616 section 3.4.2).
	MD5, SHA256 string
}

// Trunk is a provider or PBX peer.
type Trunk struct {
	Name     string
	Peers    []Peer   // where its requests come from
	URIs     []string // where calls go, in order of failover
	Username string   // answers digest challenges
	Password string
	Register bool // at the first of URIs that takes it, as Username
	MaxCalls int  // both directions; 0: no limit
}

// Peer is a source address: an address with port, an address, or a network. More exact ones win.
type Peer struct {
	Net  netip.Prefix
	Port uint16 // 0: any
}
