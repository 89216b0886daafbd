package sip

import (
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ringtide/internal/fakenet"
	"ringtide/internal/phone"
)

// stage is a server at 10.0.0.1, the trunk "carrier" at 10.0.2.0/24 and the device of user 101 at 10.0.1.7, on a network
// in memory and in fake time. It fails a test that leaves a dialog, a transaction or a goroutine behind.
type stage struct {
	t      *testing.T
	net    *fakenet.Network
	server *Server
	logged *logbook
	phones []*phone.Phone
	bob    *phone.Phone // the device of 101
	panics uint64       // expected
	stream string       // transport of connections: tcp or tls
	names  nameServer

	// onInvited plays package call; nil: calls are only recorded.
	onInvited func(*Dialog, Invitation)
	mu        sync.Mutex
	incoming  []*leg // one for each INVITE that came in
}

// logbook is what was logged.
type logbook struct {
	mu sync.Mutex
	strings.Builder
}

func (l *logbook) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Builder.Write(b)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Builder.String()
}

// leg is a dialog and what it has reported.
type leg struct {
	*Dialog
	t      *testing.T
	inv    Invitation
	mu     sync.Mutex
	events []string
	over   bool
	do     func(Event) // called with each event, after it is recorded
}

// play runs a scene in fake time and cleans up after it.
func play(t *testing.T, o fakenet.Options, seed uint64, scene func(*stage)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &stage{t: t, net: fakenet.New(seed, o), logged: &logbook{}}
		s.open()
		t.Cleanup(s.strike)
		scene(s)
		s.tidy()
	})
}

// quiet is a network that neither loses nor delays.
var quiet = fakenet.Options{}

var stageConfig = Config{
	Domain: "pbx.test", Certificate: testCA.Issue("pbx.test"),
	MaxExpires: time.Hour, MinExpires: time.Minute, MaxContacts: 10,
	Users: []User{deskUser("101"), deskUser("102")},
	Trunks: []Trunk{{
		Name: "carrier", Username: "ringtide", Password: "secret", MaxCalls: 20,
		Peers: []Peer{{Net: netip.MustParsePrefix("10.0.2.0/24")}},
		URIs:  []string{"sip:10.0.2.1", "sip:10.0.2.2"},
	}},
}

func (s *stage) open() {
	h := Handler{Invited: func(d *Dialog, inv Invitation) func(Event) {
		l := &leg{Dialog: d, t: s.t, inv: inv}
		s.mu.Lock()
		s.incoming = append(s.incoming, l)
		s.mu.Unlock()
		if s.onInvited != nil {
			s.onInvited(d, inv)
		}
		return l.take
	}}
	server, err := New(stageConfig, h, restored{}, slog.New(slog.NewTextHandler(s.logged, nil)), Options{Dial: s.net.Dial, Roots: testCA.Pool(), Resolve: s.names.lookup})
	if err != nil {
		s.t.Fatal(err)
	}
	s.server = server
	s.bob = s.phone("bob", "10.0.1.7:5060")
	c, err := s.net.ListenPacket(netip.MustParseAddrPort("10.0.0.1:5060"))
	if err != nil {
		s.t.Fatal(err)
	}
	go server.ServeUDP(c)
	synctest.Wait()
}

// restored is a store with the device of 101.
type restored struct{}

func (restored) LoadRegistrations() ([]Registration, error) {
	return []Registration{{User: "101", Contact: "sip:101@192.168.1.7:5060", CallID: "r", CSeq: 1, Transport: "udp",
		Local: "10.0.0.1:5060", Source: "10.0.1.7:5060", Expires: time.Now().Add(time.Hour)}}, nil
}

func (restored) SaveRegistrations([]string, []Registration) error { return nil }

// tidy lets all transactions time out and looks for what is left.
func (s *stage) tidy() {
	s.t.Helper()
	s.bob.Mute(false)
	passes(2 * time.Minute)
	for range 100 { // a test of bob's device may be under way
		if s.server.Stats().Transactions == 0 {
			break
		}
		passes(time.Second)
	}
	if st := s.server.Stats(); st.Dialogs != 0 || st.Transactions != 0 || st.Panics != s.panics {
		s.t.Errorf("left behind: %d dialogs, %d transactions, %d panics\n%s", st.Dialogs, st.Transactions, st.Panics, s.logged)
	}
	trunks := s.server.desk.trunks
	trunks.mu.Lock()
	defer trunks.mu.Unlock()
	if n := trunks.calls["carrier"]; n != 0 {
		s.t.Errorf("the trunk counts %d calls after the last one", n)
	}
}

// strike ends the scene, whatever came of it.
func (s *stage) strike() {
	s.server.Close()
	for _, p := range s.phones {
		p.Close()
	}
	synctest.Wait()
}

func (s *stage) phone(name, addr string) *phone.Phone {
	s.t.Helper()
	c, err := s.net.ListenPacket(netip.MustParseAddrPort(addr))
	if err != nil {
		s.t.Fatal(err)
	}
	return s.speaks(name, phone.Packets(c, netip.MustParseAddrPort("10.0.0.1:5060")))
}

func (s *stage) speaks(name string, c net.Conn) *phone.Phone {
	p := phone.New(s.t, name, c)
	p.Settle = synctest.Wait
	s.phones = append(s.phones, p)
	return p
}

// carrier is the trunk's first address.
func (s *stage) carrier() *phone.Phone { return s.phone("carrier", "10.0.2.1:5060") }

// call is the last leg that came in.
func (s *stage) call() *leg {
	s.t.Helper()
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.incoming) == 0 {
		s.t.Fatalf("no call has come in\n%s", s.logged)
	}
	return s.incoming[len(s.incoming)-1]
}

// rings calls the device of 101.
func (s *stage) rings(inv Invite) *leg {
	s.t.Helper()
	devices := s.server.Devices("101")
	if len(devices) != 1 {
		s.t.Fatalf("101 has %d devices", len(devices))
	}
	return s.dials(devices[0], inv)
}

func (s *stage) dials(to Target, inv Invite) *leg {
	if inv.Offer == nil {
		inv.Offer = []byte("v=0 ours")
	}
	l := &leg{t: s.t}
	l.Dialog = s.server.Dial(to, inv, l.take)
	return l
}

// dialsOut calls a number over the trunk.
func (s *stage) dialsOut(number string) *leg {
	s.t.Helper()
	to, err := s.server.TrunkTarget("carrier")
	if err != nil {
		s.t.Fatal(err)
	}
	return s.dials(to, Invite{Number: number, ShowNumber: "5550100"})
}

func (l *leg) take(e Event) {
	l.mu.Lock()
	if l.over {
		l.t.Errorf("event after Gone: %v", e)
	}
	_, l.over = e.(Gone)
	l.events = append(l.events, tell(e))
	l.mu.Unlock()
	if l.do != nil {
		l.do(e)
	}
}

func tell(e Event) string {
	switch e := e.(type) {
	case Ringing:
		return strings.TrimSpace(fmt.Sprintf("Ringing %d %s", e.Code, e.SDP))
	case Answered:
		return "Answered " + string(e.SDP)
	case Failed:
		if e.Unreachable {
			return fmt.Sprintf("Failed %d unreachable", e.Code)
		}
		return fmt.Sprintf("Failed %d", e.Code)
	case Cancelled:
		if e.Elsewhere {
			return "Cancelled elsewhere"
		}
		return "Cancelled"
	case Confirmed:
		return strings.TrimSpace("Confirmed " + string(e.SDP))
	case Reoffered:
		return strings.TrimSpace("Reoffered " + string(e.Offer))
	case Reanswered:
		return "Reanswered " + string(e.SDP)
	case Referred:
		if e.Replaces != nil {
			return "Referred to " + e.Replaces.ID()
		}
		return "Referred to " + e.To
	case Digit:
		return "Digit " + string(e.Key)
	case HungUp:
		if e.Dead {
			return "HungUp dead"
		}
		return "HungUp"
	case Gone:
		return "Gone"
	}
	return fmt.Sprint(e)
}

// saw compares all events so far.
func (l *leg) saw(want ...string) {
	l.t.Helper()
	synctest.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	if !slices.Equal(l.events, want) {
		l.t.Fatalf("events:\n got %q\nwant %q", l.events, want)
	}
}

// connected lets the carrier call in until the call is up.
func (s *stage) connected() (*phone.Phone, *leg) {
	s.t.Helper()
	c := s.carrier()
	c.Calls("sales")
	c.Hears("SIP/2.0 100")
	l := s.call()
	l.Answer([]byte("v=0 ours"))
	c.Hears("SIP/2.0 200")
	c.Acks()
	l.saw("Confirmed")
	return c, l
}

// talking rings bob until he talks.
func (s *stage) talking() (*phone.Phone, *leg) {
	s.t.Helper()
	b := s.bob
	l := s.rings(Invite{ShowName: "Sales: Ann", ShowNumber: "5550123"})
	b.Hears("INVITE")
	b.Answers("INVITE", 180, "")
	b.Answers("INVITE", 200, "v=0 bob")
	b.Hears("ACK")
	l.saw("Ringing 180", "Answered v=0 bob")
	return b, l
}
