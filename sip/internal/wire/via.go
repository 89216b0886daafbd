package wire

import (
	"fmt"
	"strings"
)

var errVia = fmt.Errorf("%w: Via", errGrammar)

// parseVia reads one Via value, blanks around its separators allowed (RFC 3261 section 20.42).
func parseVia(s string) (*ViaHeader, error) {
	name, rest, ok1 := strings.Cut(s, "/")
	version, rest, ok2 := strings.Cut(rest, "/")
	if !ok1 || !ok2 || !strings.EqualFold(trim(name), "SIP") || trim(version) != "2.0" {
		return nil, errVia
	}
	rest = trim(rest)
	n := strings.IndexAny(rest, blanks)
	if n < 0 || !isToken(rest[:n]) {
		return nil, errVia
	}
	by, params, _ := strings.Cut(rest[n:], ";")
	via := &ViaHeader{ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: strings.ToUpper(rest[:n])}
	var err error
	if via.Host, via.Port, err = parseHostPort(trim(by)); err != nil {
		return nil, err
	}
	via.Params, err = parseParams(params)
	return via, err
}

// sentBy is host and port of a Via, for comparing.
func sentBy(v *ViaHeader) string {
	port := v.Port
	if port == 0 {
		port = 5060
	}
	return fmt.Sprint(strings.ToLower(v.Host), ":", port)
}
