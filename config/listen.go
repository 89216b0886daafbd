package config

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"ringtide/sip"
)

// transports tells which ones this version serves. The others are known and checked.
var transports = map[string]bool{"udp": true, "tcp": true, "tls": true, "wss": false}

// parseListen reads TRANSPORT://ADDRESS:PORT.
func parseListen(text string) (sip.Listen, error) {
	transport, address, ok := strings.Cut(text, "://")
	if _, known := transports[transport]; !ok || !known {
		return sip.Listen{}, fmt.Errorf("%q is no listener: udp://, tcp://, tls:// or wss:// and address:port, such as udp://0.0.0.0:5060", text)
	}
	a, err := netip.ParseAddrPort(address)
	if err != nil || a.Addr().Zone() != "" {
		return sip.Listen{}, fmt.Errorf("%q needs an address and a port, such as %s://0.0.0.0:5060 or %s://[::]:5060", text, transport, transport)
	}
	if a.Port() == 0 && !a.Addr().IsLoopback() {
		return sip.Listen{}, fmt.Errorf("%q needs a port other than 0", text)
	}
	return sip.Listen{Transport: transport, Addr: a}, nil
}

// listeners checks all addresses to listen on and returns those that this version serves.
func (c *checker) listeners() []sip.Listen {
	var served []sip.Listen
	first := map[sip.Listen]int{}
	broken := false
	for i, text := range c.file.SIP.Listen {
		path := fmt.Sprintf("sip.listen[%d]", i)
		l, err := parseListen(text)
		if err != nil {
			c.errorf(path, "%v", err)
			broken = true
			continue
		}
		socket := l
		if l.Transport != "udp" {
			socket.Transport = "tcp" // what the others run over
		}
		if j, twice := first[socket]; twice && l.Addr.Port() != 0 {
			c.errorf(path, "%q is taken already by number %d, %q", text, j+1, c.file.SIP.Listen[j])
			continue
		}
		first[socket] = i
		if transports[l.Transport] {
			served = append(served, l)
		}
	}
	switch {
	case len(c.file.SIP.Listen) == 0:
		c.errorf("sip.listen", "needs at least one listener, such as udp://127.0.0.1:5060")
	case len(served) == 0 && !broken:
		c.errorf("sip.listen", "needs a udp://, tcp:// or tls:// listener too: wss is not available in this version yet")
	}
	return served
}

// onlyLoopback reports whether nobody but this machine can reach the program.
func (c *checker) onlyLoopback() bool {
	for _, text := range c.file.SIP.Listen {
		if l, err := parseListen(text); err == nil && !l.Addr.Addr().Unmap().IsLoopback() {
			return false
		}
	}
	return webOnLoopback(c.file.Web.Listen)
}

func webOnLoopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	if err != nil || host == "localhost" {
		return true // no listener, or one that is refused
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}

// isListen accepts HOST:PORT; the host may be left out and stands for all addresses.
func isListen(text string) bool {
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		return false
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return false
	}
	_, err = netip.ParseAddr(host)
	return host == "" || err == nil || isHost(host)
}
