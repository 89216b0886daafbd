//go:build unix

package media

import (
	"strings"
	"syscall"
)

// expeditedForwarding is DSCP 46 in the octet of the IP header (RFC 3246, RFC 4594 section 4.1: telephony).
const expeditedForwarding = 46 << 2

// expedite marks what the socket sends as voice. A system that does not allow it only loses the mark.
func expedite(fd uintptr, network string) {
	if strings.HasSuffix(network, "6") {
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_IPV6, syscall.IPV6_TCLASS, expeditedForwarding)
		return
	}
	_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_IP, syscall.IP_TOS, expeditedForwarding)
}
