package wire

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

var errHost = fmt.Errorf("%w: host or port", errGrammar)

// ParseURI reads a URI (RFC 3261 section 19.1.1). sip and sips URIs come in their parts, names of parameters in lower
// case, an IPv6 host without its brackets (they are written again); of any other scheme only Scheme and Raw() are set.
func ParseURI(s string) (Uri, error) {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("<>\"\\", c) >= 0 || c == '%' && !isEscape(s[i:]) {
			return Uri{}, fmt.Errorf("%w: octet %d of URI", errGrammar, i)
		}
	}
	scheme, rest, ok := strings.Cut(s, ":")
	if !ok || rest == "" || !isScheme(scheme) {
		return Uri{}, fmt.Errorf("%w: URI scheme", errGrammar)
	}
	uri := Uri{Scheme: strings.ToLower(scheme)}
	if uri.Scheme != "sip" && uri.Scheme != "sips" {
		return uri, sip.ParseUri(s, &uri)
	}
	if user, after, ok := strings.Cut(rest, "@"); ok {
		uri.User, uri.Password, _ = strings.Cut(user, ":")
		if uri.User == "" {
			return Uri{}, fmt.Errorf("%w: empty user in URI", errGrammar)
		}
		rest = after
	}
	rest, headers, _ := strings.Cut(rest, "?")
	hostport, params, _ := strings.Cut(rest, ";")
	var err error
	if uri.Host, uri.Port, err = parseHostPort(hostport); err != nil {
		return Uri{}, err
	}
	uri.UriParams = pairs(params, ";", true)
	uri.Headers = pairs(headers, "&", false)
	if len(uri.UriParams) > maxParams || len(uri.Headers) > maxParams {
		return Uri{}, fmt.Errorf("%w: too many parameters in URI", errGrammar)
	}
	return uri, nil
}

// pairs cuts the parameters or the headers of a URI; neither knows quotes.
func pairs(s, sep string, lower bool) (params Params) {
	for one := range strings.SplitSeq(s, sep) {
		k, v, _ := strings.Cut(one, "=")
		if lower {
			k = strings.ToLower(k)
		}
		if k != "" {
			params = append(params, param{K: k, V: v})
		}
	}
	return params
}

func isEscape(s string) bool {
	hex := func(c byte) bool { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }
	return len(s) >= 3 && hex(s[1]) && hex(s[2])
}

func isScheme(s string) bool {
	for i := range len(s) {
		if c := s[i]; !isLetter(c) && (i == 0 || strings.IndexByte("0123456789+-.", c) < 0) {
			return false
		}
	}
	return s != ""
}

// parseHostPort reads host, host:port, [v6] or [v6]:port, blanks around the colon allowed (RFC 3261 section 25.1, COLON).
func parseHostPort(s string) (host string, port int, err error) {
	digits := ""
	if strings.HasPrefix(s, "[") {
		inside, after, ok := strings.Cut(s[1:], "]")
		if strings.Contains(inside, ".") { // RFC 5118 section 4.10: a slip in the grammar of RFC 3261 is to be taken
			inside = strings.Replace(inside, ":::", "::", 1)
		}
		ip, err := netip.ParseAddr(inside)
		if !ok || err != nil || !ip.Is6() || ip.Zone() != "" {
			return "", 0, errHost
		}
		host, digits = inside, trim(after)
		if digits != "" && digits[0] != ':' || digits == ":" {
			return "", 0, errHost
		}
		digits = strings.TrimPrefix(digits, ":")
	} else {
		var ok bool
		host, digits, ok = strings.Cut(s, ":")
		host = trim(host)
		if !isHost(host) || ok && trim(digits) == "" {
			return "", 0, errHost
		}
	}
	if digits = trim(digits); digits != "" {
		n, err := strconv.ParseUint(digits, 10, 16)
		if err != nil || n == 0 {
			return "", 0, errHost
		}
		port = int(n)
	}
	return host, port, nil
}

// isHost is a little wider than the grammar: names with underscores exist.
func isHost(s string) bool {
	for i := range len(s) {
		if c := s[i]; !isLetter(c) && !isDigit(c) && strings.IndexByte("-._", c) < 0 {
			return false
		}
	}
	return s != ""
}

// ParseAddress reads one name-addr or addr-spec with its parameters, as From, To, Contact, Refer-To and
// P-Asserted-Identity carry it (RFC 3261 section 20). The display name comes without its quotes, its escapes untouched.
func ParseAddress(s string) (display string, uri Uri, params Params, err error) {
	s = trim(s)
	bad := func(what string) (string, Uri, Params, error) {
		return "", Uri{}, nil, fmt.Errorf("%w: %s in address", errGrammar, what)
	}
	rest := s
	if strings.HasPrefix(s, `"`) {
		n := quoted(s)
		if n == 0 {
			return bad("open quote")
		}
		display, rest = s[1:n-1], trim(s[n:])
		if !strings.HasPrefix(rest, "<") {
			return bad("no < after display name")
		}
	} else if open := strings.IndexByte(s, '<'); open > 0 {
		// Unquoted display names of more than tokens are taken, those that could be read in two ways are not.
		if display, rest = trim(s[:open]), s[open:]; strings.ContainsAny(display, `",;\>`) {
			return bad("display name")
		}
	}
	var text, tail string
	if strings.HasPrefix(rest, "<") {
		end := strings.IndexByte(rest, '>')
		if end < 0 {
			return bad("no >")
		}
		text, tail = rest[1:end], trim(rest[end+1:])
		if tail != "" && tail[0] != ';' {
			return bad("text after >")
		}
	} else {
		// RFC 3261 section 20: without <> everything after the first semicolon is the header's.
		text, tail, _ = strings.Cut(rest, ";")
		if text = trim(text); strings.ContainsAny(text, "?,") {
			return bad("no <> around URI")
		}
	}
	if uri, err = ParseURI(text); err != nil {
		return "", Uri{}, nil, err
	}
	params, err = parseParams(tail)
	return display, uri, params, err
}
