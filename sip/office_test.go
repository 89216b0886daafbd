package sip

import (
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ringtide/internal/fakenet"
	"ringtide/internal/phone"
)

var (
	deskAddr  = netip.MustParseAddrPort("192.0.2.1:5060")
	deskTLS   = netip.MustParseAddrPort("192.0.2.1:5061")
	trunkAddr = netip.MustParseAddrPort("198.51.100.7:5060")
)

// office is a server with users 101 to 103 and a trunk, on a fake network in a bubble of fake time.
type office struct {
	t      *testing.T
	net    *fakenet.Network
	server *Server
	logs   *logbook
	boxes  *boxes // nil: there are no messages
	stream string // transport of connections: tcp if ""

	mu    sync.Mutex
	reach []string // "101 1", "101 0 lost"
	calls []Invitation
}

func deskConfig() Config {
	c := Config{
		Domain: phone.Domain, Certificate: stageConfig.Certificate, MinExpires: time.Minute, MaxExpires: time.Hour, MaxContacts: 10, SourcePerSecond: 20,
		Listen: []Listen{{"udp", deskAddr}, {"tcp", deskAddr}},
		Trunks: []Trunk{{Name: "carrier", Peers: []Peer{{Net: netip.PrefixFrom(trunkAddr.Addr(), 32)}}, URIs: []string{"sip:198.51.100.7"}}},
	}
	for _, u := range []string{"101", "102", "103"} {
		c.Users = append(c.Users, deskUser(u))
	}
	return c
}

func deskUser(extension string) User {
	u := User{Extension: extension, Name: "User " + extension}
	u.MD5, u.SHA256 = HA1(extension, phone.Domain, phone.Password(extension))
	return u
}

// inOffice runs a test in a bubble. change may be nil.
func inOffice(t *testing.T, change func(*Config), test func(o *office)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		o := openOffice(t, fakenet.New(1, fakenet.Options{}), change, nil)
		defer o.server.Close()
		test(o)
	})
}

func openOffice(t *testing.T, n *fakenet.Network, change func(*Config), store Registrations) *office {
	t.Helper()
	return openOfficeWith(t, n, change, store, nil)
}

func openOfficeWith(t *testing.T, n *fakenet.Network, change func(*Config), store Registrations, b *boxes) *office {
	t.Helper()
	o := &office{t: t, net: n, logs: &logbook{}, boxes: b}
	c := deskConfig()
	if change != nil {
		change(&c)
	}
	h := Handler{
		Invited: func(d *Dialog, inv Invitation) func(Event) {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.calls = append(o.calls, inv)
			return func(Event) {}
		},
		Reachable: func(user string, n int, lost bool) {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.reach = append(o.reach, strings.TrimSpace(fmt.Sprintf("%s %d %s", user, n, map[bool]string{true: "lost"}[lost])))
		},
	}
	if b != nil {
		h.Messages = b.messages
	}
	var err error
	o.server, err = New(c, h, store, slog.New(slog.NewTextHandler(o.logs, nil)), Options{Dial: o.net.Dial, Roots: testCA.Pool()})
	if err != nil {
		t.Fatal(err)
	}
	packets, err := o.net.ListenPacket(deskAddr)
	if err != nil {
		t.Fatal(err)
	}
	streams, err := o.net.Listen(deskAddr)
	if err != nil {
		t.Fatal(err)
	}
	go o.server.ServeUDP(packets)
	secured, err := o.net.Listen(deskTLS)
	if err != nil {
		t.Fatal(err)
	}
	go o.server.ServeTCP(streams)
	go o.server.ServeTLS(secured)
	synctest.Wait()
	return o
}

// reached returns the reports of Reachable since it was asked last.
func (o *office) reached() string {
	synctest.Wait()
	o.mu.Lock()
	defer o.mu.Unlock()
	s := strings.Join(o.reach, ", ")
	o.reach = nil
	return s
}

// called returns the calls since it was asked last, as "who as number: dialled".
func (o *office) called() string {
	synctest.Wait()
	o.mu.Lock()
	defer o.mu.Unlock()
	var list []string
	for _, inv := range o.calls {
		list = append(list, inv.From.User+inv.From.Trunk+" as "+inv.Number+": "+inv.Dialled)
	}
	o.calls = nil
	return strings.Join(list, ", ")
}

// devices says how many devices of a user can be called.
func (o *office) devices(user string) int { return len(o.server.Devices(user)) }

// phone puts a phone on the network, over UDP.
func (o *office) phone(from string) *phone.Phone {
	o.t.Helper()
	c, err := o.net.ListenPacket(netip.MustParseAddrPort(from))
	if err != nil {
		o.t.Fatal(err)
	}
	return o.speaks(phone.Packets(c, deskAddr))
}

// streams puts a phone on the network, over TCP or TLS.
func (o *office) streams(from string) *phone.Phone {
	o.t.Helper()
	return o.speaks(connected(o.t, o.net, o.stream, netip.MustParseAddrPort(from), deskAddr, deskTLS))
}

func (o *office) speaks(c net.Conn) *phone.Phone {
	p := phone.New(o.t, "someone", c)
	o.t.Cleanup(p.Close)
	return p
}

func wantCode(t *testing.T, what, res string, want int) {
	t.Helper()
	if phone.Code(res) != want {
		t.Errorf("%s: got %q, want %d", what, strings.SplitN(res, "\r\n", 2)[0], want)
	}
}

func discardLog() *slog.Logger { return slog.New(slog.DiscardHandler) }
