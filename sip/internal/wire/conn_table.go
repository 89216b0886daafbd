package wire

import "net/netip"

// connTable knows the connections. Guarded by Stack.mu.
type connTable struct {
	last     uint64
	byNumber map[uint64]*conn
	byPlace  map[place]*conn
	perIP    map[netip.Addr]int // those counted
	counted  int                // accepted and not kept
}

// place is what a connection must lead to to carry what is sent to a flow. Over TLS the name counts: who has proven to be
// one company must not get the calls for another behind the same address.
type place struct {
	transport, name string
	remote          netip.AddrPort
}

func (f Flow) place() place { return place{f.Transport, f.Name, f.Remote} }

func newConnTable() connTable {
	return connTable{byNumber: map[uint64]*conn{}, byPlace: map[place]*conn{}, perIP: map[netip.Addr]int{}}
}

// find returns the connection of a flow: a certain one, or any to its place.
func (t *connTable) find(f Flow) *conn {
	if f.Conn == 0 {
		return t.byPlace[f.place()]
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
	t.byPlace[c.flow.place()] = c
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
	if t.byPlace[c.flow.place()] == c {
		delete(t.byPlace, c.flow.place())
	}
	t.count(c, false)
}
