package wire

import (
	"encoding/binary"
	"net"
	"syscall"
)

// watchICMP asks Linux to keep what ICMP says about our datagrams (ip(7), IP_RECVERR).
func watchICMP(c *net.UDPConn) {
	raw, err := c.SyscallConn()
	if err != nil {
		return
	}
	// One of the two fails, by the family of the socket; without either, timers do the work.
	_ = raw.Control(func(fd uintptr) {
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_IP, syscall.IP_RECVERR, 1)
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_IPV6, syscall.IPV6_RECVERR, 1)
	})
}

// readICMP reports all errors the socket has queued and tells whether there were any.
func (s *Stack) readICMP(l *listener) (any bool) {
	c, ok := l.packets.(*net.UDPConn)
	if !ok {
		return false
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return false
	}
	payload, control := make([]byte, 2048), make([]byte, 512)
	for {
		var n, m int
		var err error
		if raw.Control(func(fd uintptr) {
			n, m, _, _, err = syscall.Recvmsg(int(fd), payload, control, syscall.MSG_ERRQUEUE|syscall.MSG_DONTWAIT)
		}) != nil || err != nil {
			return any
		}
		any = true
		if isUnreachable(control[:m]) {
			s.bounced(payload[:n])
		}
	}
}

// isUnreachable reads the struct sock_extended_err in a control message.
func isUnreachable(control []byte) bool {
	messages, err := syscall.ParseSocketControlMessage(control)
	if err != nil {
		return false
	}
	for _, m := range messages {
		recverr := m.Header.Level == syscall.IPPROTO_IP && m.Header.Type == syscall.IP_RECVERR ||
			m.Header.Level == syscall.IPPROTO_IPV6 && m.Header.Type == syscall.IPV6_RECVERR
		if recverr && len(m.Data) >= 4 {
			switch syscall.Errno(binary.NativeEndian.Uint32(m.Data)) {
			case syscall.ECONNREFUSED, syscall.EHOSTUNREACH, syscall.ENETUNREACH:
				return true
			}
		}
	}
	return false
}
