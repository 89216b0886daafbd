package phone

import (
	"bufio"
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// Packets makes a socket of datagrams look like a connection to server.
func Packets(c net.PacketConn, server netip.AddrPort) net.Conn {
	return packets{PacketConn: c, server: net.UDPAddrFromAddrPort(server)}
}

type packets struct {
	net.PacketConn
	server net.Addr
}

func (p packets) Read(b []byte) (int, error) {
	n, _, err := p.ReadFrom(b)
	return n, err
}

func (p packets) Write(b []byte) (int, error) { return p.WriteTo(b, p.server) }

func (p packets) RemoteAddr() net.Addr { return p.server }

// reader returns what reads message by message: a datagram each, or a stream framed by Content-Length (RFC 3261 section
// 18.3).
func reader(c net.Conn) (next func() (string, error)) {
	if c.LocalAddr().Network() != "tcp" {
		buf := make([]byte, 65536)
		return func() (string, error) {
			n, err := c.Read(buf)
			return string(buf[:n]), err
		}
	}
	stream := bufio.NewReader(c)
	return func() (string, error) {
		head := ""
		for !strings.HasSuffix(head, "\r\n\r\n") {
			line, err := stream.ReadString('\n')
			if err != nil {
				return "", err
			}
			head += line
		}
		size, _ := strconv.Atoi(Header(head, "Content-Length"))
		body := make([]byte, size)
		_, err := io.ReadFull(stream, body)
		return head + string(body), err
	}
}
