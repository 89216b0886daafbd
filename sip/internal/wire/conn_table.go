package wire

import "net/netip"

// connTable knows the TCP connections. Guarded by Stack.mu.
type connTable struct {
	last     uint64
	byNumber map[uint64]*conn
	byRemote map[netip.AddrPort]*conn
	perIP    map[netip.Addr]int // those counted
	counted  int                // accepted and not kept
}

func newConnTable() connTable {
	return connTable{byNumber: map[uint64]*conn{}, byRemote: map[netip.AddrPort]*conn{}, perIP: map[netip.Addr]int{}}
}

// find returns the connection of a flow: a certain one, or any to its remote address.
func (t *connTable) find(f Flow) *conn {
	if f.Conn == 0 {
		return t.byRemote[f.Remote]
	}
	return t.byNumber[f.Conn]
}

func (t *connTable) len() int { return len(t.byNumber) }

func (t *connTable) all() []*conn {
	list := make([]*conn, 0, len(t.byNumber))
	for _, c := range t.byNumber {
		list = append(list, c)
	}
	return list
}

// add numbers and files a connection.
func (t *connTable) add(c *conn) {
	t.last++
	c.flow.Conn = t.last
	t.byNumber[c.flow.Conn] = c
	t.byRemote[c.flow.Remote] = c
	t.count(c, c.accepted)
}

// count lets a connection count against the limits, or no more: a kept one has proven itself, and many phones may share
// one address.
func (t *connTable) count(c *conn, on bool) {
	if c.counted == on {
		return
	}
	c.counted = on
	ip := c.flow.Remote.Addr()
	if on {
		t.counted++
		t.perIP[ip]++
		return
	}
	t.counted--
	if t.perIP[ip]--; t.perIP[ip] == 0 {
		delete(t.perIP, ip)
	}
}

func (t *connTable) remove(c *conn) {
	if t.byNumber[c.flow.Conn] != c {
		return
	}
	delete(t.byNumber, c.flow.Conn)
	if t.byRemote[c.flow.Remote] == c {
		delete(t.byRemote, c.flow.Remote)
	}
	t.count(c, false)
}
