package wire

import (
	"hash/maphash"
	"net/netip"
	"strconv"
	"strings"
)

// refusal makes the stateless answer to a letter with a fault, of what could be read of it; nil means silence.
func (l *letter) refusal(from netip.AddrPort) []byte {
	if l.fault.code == 0 || l.code != 0 || l.method == string(ACK) {
		return nil
	}
	var b strings.Builder
	b.WriteString("SIP/2.0 " + strconv.Itoa(l.fault.code) + " " + Phrase(l.fault.code) + " (" + l.fault.why + ")\r\n")
	vias := 0
	seen := map[string]bool{}
	for _, f := range l.fields {
		value := clean(f.value)
		switch f.name {
		case "Via":
			if vias++; vias == 1 {
				value = marked(value, from)
			}
			b.WriteString("Via: " + value + "\r\n")
			continue
		case "To":
			if _, _, params, err := ParseAddress(value); err == nil && !params.Has("tag") {
				value += ";tag=" + steadyTag(f.value)
			}
		case "From", "Call-ID", "CSeq":
		default:
			continue
		}
		if !seen[f.name] {
			seen[f.name] = true
			b.WriteString(f.name + ": " + value + "\r\n")
		}
	}
	if vias == 0 {
		return nil
	}
	if l.fault.unsupported != "" {
		b.WriteString("Unsupported: " + clean(l.fault.unsupported) + "\r\n")
	}
	b.WriteString("Content-Length: 0\r\n\r\n")
	return []byte(b.String())
}

// marked is markSource for a Via that may be malformed; then it stays as it is.
func marked(value string, from netip.AddrPort) string {
	first, rest, more := strings.Cut(value, ",")
	via, err := parseVia(trim(first))
	if err != nil {
		return value
	}
	markSource(via, from)
	if more {
		rest = "," + rest
	}
	return via.Value() + rest
}

// markSource writes into the top Via where the request came from (RFC 3261 section 18.2.1, RFC 3581 section 4).
func markSource(via *ViaHeader, from netip.AddrPort) {
	ip := from.Addr().Unmap()
	host, err := netip.ParseAddr(via.Host)
	if via.Params.Has("rport") {
		via.Params.Add("rport", strconv.Itoa(int(from.Port())))
		via.Params.Add("received", ip.String())
	} else if err != nil || host.Unmap() != ip {
		via.Params.Add("received", ip.String())
	}
}

var tagSeed = maphash.MakeSeed()

// steadyTag is a To tag for stateless answers: the same for a retransmission (RFC 3261 section 8.2.7).
func steadyTag(of string) string { return strconv.FormatUint(maphash.String(tagSeed, of), 36) }
