package config

import (
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"ringtide/sip"
)

// peers reads where a trunk's requests come from. No two trunks may have the same: nobody could tell whose call it is.
func (c *checker) peers(i int, texts []string, owners map[sip.Peer]string) []sip.Peer {
	var peers []sip.Peer
	for j, text := range texts {
		path := fmt.Sprintf("trunks[%d].peers[%d]", i, j)
		peer, err := parsePeer(text)
		if err != nil {
			c.errorf(path, "%v", err)
			continue
		}
		if first, taken := owners[peer]; taken {
			c.errorf(path, "%q is already %s in line %d: a call from there could not be told apart", text, first, c.lines.of(first))
			continue
		}
		if tooWide(peer.Net) {
			c.warnf(path, "%s is half the Internet: whoever is in there can call you without a password; name the provider's addresses", text)
		}
		owners[peer] = path
		peers = append(peers, peer)
	}
	return peers
}

// tooWide networks belong to no single provider.
func tooWide(n netip.Prefix) bool {
	if n.Addr().Is4() {
		return n.Bits() < 8
	}
	return n.Bits() < 16
}

// parsePeer reads an address, a network or an address with port.
func parsePeer(text string) (sip.Peer, error) {
	if network, err := netip.ParsePrefix(text); err == nil {
		if network != network.Masked() {
			return sip.Peer{}, fmt.Errorf("%q is an address in a network: write %s for the network or %s for the address",
				text, network.Masked(), network.Addr())
		}
		return sip.Peer{Net: network}, nil
	}
	if a, err := netip.ParseAddr(text); err == nil {
		return sip.Peer{Net: whole(a)}, nil
	}
	if a, err := netip.ParseAddrPort(text); err == nil && a.Port() != 0 {
		return sip.Peer{Net: whole(a.Addr()), Port: a.Port()}, nil
	}
	return sip.Peer{}, fmt.Errorf("%q is no peer: an address (192.0.2.1), network (192.0.2.0/24) or address and port (192.0.2.1:5060, [2001:db8::1]:5060)", text)
}

func whole(a netip.Addr) netip.Prefix {
	a = a.Unmap()
	return netip.PrefixFrom(a, a.BitLen())
}

var (
	hostName     = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*\.?$`)
	uriUser      = regexp.MustCompile(`^[A-Za-z0-9_.!~*'()&=+$,;?/%-]+$`)
	uriParameter = regexp.MustCompile(`^[A-Za-z0-9_.!~*'()+%-]+(=[A-Za-z0-9_.!~*'()+%:/-]+)?$`)
)

// checkTrunkURI accepts the URIs (RFC 3261 section 19.1.1) that a call can be sent to. overTLS: it asks for TLS.
func checkTrunkURI(text string) (overTLS bool, err error) {
	scheme, rest, _ := strings.Cut(text, ":")
	if scheme != "sip" && scheme != "sips" {
		return false, fmt.Errorf("%q is no address of a trunk: sip:HOST, sip:HOST:PORT or sips:HOST", text)
	}
	bad := fmt.Errorf("%q is no address of a trunk: sip:HOST:PORT, with ;transport=tcp or tls if needed", text)
	parts := strings.Split(rest, ";")
	if i := strings.LastIndex(parts[0], "@"); i >= 0 {
		if !uriUser.MatchString(parts[0][:i]) {
			return false, bad
		}
		parts[0] = parts[0][i+1:]
	}
	if !isHostPort(parts[0]) {
		return false, bad
	}
	overTLS = scheme == "sips"
	for _, parameter := range parts[1:] {
		name, value, _ := strings.Cut(strings.ToLower(parameter), "=")
		switch {
		case !uriParameter.MatchString(parameter):
			return false, bad
		case name != "transport":
		case scheme == "sips" && value == "udp":
			return false, fmt.Errorf("%q cannot be reached: sips is TLS, which does not run over udp", text)
		case value == "tls":
			overTLS = true
		case value != "udp" && value != "tcp":
			return false, fmt.Errorf("transport %q is not available in this version: udp, tcp or tls", value)
		}
	}
	return overTLS, nil
}

// isHostPort accepts a host name or address, the IPv6 one in brackets, with or without port.
func isHostPort(text string) bool {
	host, port := text, ""
	if i := strings.LastIndex(text, ":"); i > strings.LastIndex(text, "]") {
		host, port = text[:i], text[i+1:]
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return false
		}
	}
	return isHost(host)
}

// isHost accepts a host name, an IPv4 address or an IPv6 one in brackets.
func isHost(host string) bool {
	if inner, ok := strings.CutPrefix(host, "["); ok {
		a, err := netip.ParseAddr(strings.TrimSuffix(inner, "]"))
		return err == nil && a.Is6() && a.Zone() == "" && strings.HasSuffix(inner, "]")
	}
	return len(host) <= 253 && hostName.MatchString(host)
}
