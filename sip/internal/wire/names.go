package wire

import "strings"

// compact names of header fields (RFC 3261 section 7.3.3 and the registry of header fields).
var compact = map[byte]string{
	'a': "Accept-Contact", 'b': "Referred-By", 'c': "Content-Type", 'd': "Request-Disposition", 'e': "Content-Encoding",
	'f': "From", 'i': "Call-ID", 'j': "Reject-Contact", 'k': "Supported", 'l': "Content-Length", 'm': "Contact",
	'n': "Identity-Info", 'o': "Event", 'r': "Refer-To", 's': "Subject", 't': "To", 'u': "Allow-Events", 'v': "Via",
	'x': "Session-Expires", 'y': "Identity",
}

// usual spellings, by lower-case name: what the code compares and what is written.
var usual = func() map[string]string {
	names := []string{"Accept", "Alert-Info", "Allow", "Authorization", "Call-Info", "Content-Disposition", "CSeq", "Date",
		"Diversion", "Expires", "History-Info", "Max-Forwards", "Min-Expires", "Min-SE", "P-Asserted-Identity",
		"P-Preferred-Identity", "Path", "Privacy", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Require", "RAck",
		"Reason", "Record-Route", "Remote-Party-ID", "Replaces", "Require", "Retry-After", "Route", "RSeq", "Server",
		"Service-Route", "Subscription-State", "Target-Dialog", "Timestamp", "Unsupported", "User-Agent", "Warning",
		"WWW-Authenticate"}
	m := make(map[string]string, len(names)+len(compact))
	for _, n := range compact {
		names = append(names, n)
	}
	for _, n := range names {
		m[n], m[strings.ToLower(n)] = n, n
	}
	return m
}()

// fullName expands a compact name and gives a known name its usual spelling.
func fullName(name string) string {
	if len(name) == 1 {
		if full, ok := compact[name[0]|0x20]; ok {
			return full
		}
	}
	if _, ok := usual[name]; ok {
		return usual[name] // no allocation for the common case
	}
	if n, ok := usual[strings.ToLower(name)]; ok {
		return n
	}
	return name
}
