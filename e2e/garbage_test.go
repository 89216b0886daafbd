package e2e

import "strings"

// garbage is made of a good INVITE, one thing wrong in each. None may make a call.
func garbage(invite string) []string {
	invite = strings.ReplaceAll(invite, "\n", "\r\n")
	without := func(header string) string {
		head, rest, _ := strings.Cut(invite, header+":")
		_, rest, _ = strings.Cut(rest, "\r\n")
		return head + rest
	}
	instead := func(old, new string) string { return strings.Replace(invite, old, new, 1) }
	return []string{
		"\x00", "\r\n\r\n", "\r\n", strings.Repeat("\xff", 1400), strings.Repeat("A", 60000),
		"INVITE", "INVITE sip:x SIP/2.0", "SIP/2.0 200 OK\r\n\r\n", "SIP/2.0 999999999999 X\r\n\r\n",
		invite[:len(invite)/2],
		without("Via"), without("From"), without("To"), without("Call-ID"), without("CSeq"),
		instead("SIP/2.0\r\n", "SIP/7.0\r\n"),
		instead("CSeq: 1 INVITE", "CSeq: 99999999999 INVITE"),
		instead("CSeq: 1 INVITE", "CSeq: 1 BYE"),
		instead("CSeq: 1 INVITE", "CSeq: -1 INVITE"),
		instead("Content-Length: 0", "Content-Length: -5"),
		instead("Content-Length: 0", "Content-Length: 4294967296"),
		instead("Content-Length: 0", "Content-Length: 500"),
		instead("Max-Forwards: 70", "Max-Forwards: 70\r\nMax-Forwards: 71"),
		instead("Max-Forwards: 70", "Max-Forwards: 0"),
		instead("Max-Forwards: 70", "Require: teleportation"),
		instead("From: <", "From: \"\xc3\x28 <"),
		instead("Contact: <", "Contact: <<<<"),
		strings.Replace(invite, "\r\n\r\n", strings.Repeat("\r\nX: y", 400)+"\r\n\r\n", 1),
		strings.Replace(invite, "\r\n\r\n", strings.Repeat("\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx", 100)+"\r\n\r\n", 1),
		instead("Content-Length: 0\r\n\r\n", "Content-Type: application/sdp\r\nContent-Length: 9\r\n\r\nv=0\r\nm=\xff\r\n"),
		instead("Content-Length: 0\r\n\r\n", "Content-Type: application/sdp\r\nContent-Length: 12\r\n\r\nm=audio 99999"),
	}
}
