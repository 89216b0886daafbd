package media

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"syscall"
)

// socketBuffer is the receive buffer asked for, in octets. The kernel doubles it and counts some 830 octets for a
// packet of 20 ms: about 39 packets, 0.8 s. The usual default would keep five seconds of stale audio.
const socketBuffer = 16384

// listenUDP opens a UDP socket of the system: the default of Config.Listen.
func listenUDP(at netip.AddrPort) (PacketConn, error) {
	network := "udp4"
	if at.Addr().Is6() {
		network = "udp6"
	}
	config := net.ListenConfig{Control: func(network, _ string, raw syscall.RawConn) error {
		return raw.Control(func(fd uintptr) { expedite(fd, network) })
	}}
	conn, err := config.ListenPacket(context.Background(), network, at.String())
	if err != nil {
		return nil, err
	}
	udp, ok := conn.(*net.UDPConn)
	if !ok {
		conn.Close()
		return nil, fmt.Errorf("listen on %s: got a %T instead of a UDP socket", at, conn)
	}
	if err := udp.SetReadBuffer(socketBuffer); err != nil {
		udp.Close()
		return nil, fmt.Errorf("set the receive buffer of %s: %w", at, err)
	}
	return udp, nil
}
