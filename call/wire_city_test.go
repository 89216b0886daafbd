package call

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ringtide/internal/fakenet"
	"ringtide/media"
	"ringtide/queue"
	"ringtide/sip"
	"ringtide/voicemail"
)

// city is a whole exchange with automatic peers on a bad network, in fake time: the real sip, call, queue, media and
// voicemail packages, four carriers and users who have a phone or two. Their manners are drawn from the seed.
type city struct {
	t      *testing.T
	seed   uint64
	bad    fakenet.Options
	net    *fakenet.Network
	air    *air
	x      *Exchange
	sip    *sip.Server
	media  *media.Engine
	rules  queue.Rules
	config sip.Config
	peers  []*peer
	users  map[string][]*peer
	begun  time.Time

	mu          sync.Mutex // guards everything below, and all peers and sides
	rand        *rand.Rand
	polite      bool             // phones ring and do nothing else
	visits      map[string]*side // by Call-ID
	calls, rung int
	said, heard int // messages of the peers
	books       map[queue.CallID]*book
	sipIDs      map[queue.CallID]string
	moves       map[string]int                    // what became of transfers and pick-ups
	targets     map[queue.AttemptID]queue.AgentID // who was rung
	heldUp      map[string][]time.Time            // when a user hung up on somebody on hold
	dead        map[string]time.Time              // when a phone was found unreachable last, by its address
	events      map[queue.EventType]int
	warnings    map[string]int
	wrongs      int
}

// book is what was recorded of one call.
type book struct {
	arrived, ended int
	at             time.Time // of the end
	last           queue.Event
	groups         []queue.GroupID
	rules          []string // by which it left them
	exit           string   // by a key or a transfer it has left the last one; "" it has not
	answered       map[queue.AgentID]bool
	deserted       bool            // a party hung up or vanished
	refused        bool            // a phone refused it
	reported       time.Time       // how a transfer ended; zero: not yet
	dropped        bool            // a phone answered it and hung up at once: that may count for nothing
	mailbox        bool            // a message was to be left
	heir           queue.CallID    // it was joined with this one
	dialogs        map[string]bool // that were in it, by Call-ID
}

// inCity runs a simulation in a bubble and cleans up after it.
func inCity(t *testing.T, seed uint64, o fakenet.Options, live func(*city)) *city {
	c := &city{
		t: t, seed: seed, bad: o, rand: rand.New(rand.NewPCG(seed, 2)), air: &air{ears: map[uint16]*ear{}}, rules: cityRules(),
		users: map[string][]*peer{}, visits: map[string]*side{}, books: map[queue.CallID]*book{},
		sipIDs: map[queue.CallID]string{}, moves: map[string]int{}, targets: map[queue.AttemptID]queue.AgentID{}, heldUp: map[string][]time.Time{}, dead: map[string]time.Time{}, events: map[queue.EventType]int{}, warnings: map[string]int{},
	}
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		c.t, c.net, c.begun = t, fakenet.New(seed, o), time.Now()
		if *wireSeed != 0 {
			c.net.Tap()
		}
		stop := c.build(dir)
		live(c)
		c.closes(stop)
	})
	return c
}

func (c *city) build(dir string) context.CancelFunc {
	log := slog.New(reporter{c, ""})
	var err error
	c.media, err = media.New(media.Config{MinPort: 10000, MaxPort: 39999, Codecs: []string{"pcmu", "pcma"},
		RTPTimeout: 5 * time.Second, Music: map[string]string{"default": "builtin"}, Listen: c.air.listen}, log)
	c.must(err)
	shelf, err := voicemail.OpenShelf(voicemail.Config{Path: dir, MaxLength: 10 * time.Second})
	c.must(err)
	c.x = NewExchange(Config{}, c.rules, c.seed, Edges{
		Media: c.media, Shelf: shelf, Records: c, Log: log,
		Meter: Meter{
			Step: func(time.Duration) {}, Attempt: func(string) {}, Ended: func(queue.Cause) {},
			Refused: func(check string, code int) {
				c.locked(func() { c.wrong("the door refuses a call: %s, %d", check, code) })
			},
			Panic: func() { c.locked(func() { c.wrong("a call panics") }) },
		},
	})
	c.x.Tell(queue.Restored{})
	c.config = sipConfig(c.rules)
	c.config.Qualify = 30 * time.Second
	c.sip, err = sip.New(c.config, c.x.Handler(), withSpares(c.rules), log, sip.Options{})
	c.must(err)
	c.x.Phones = c.sip
	conn, err := c.net.ListenPacket(netip.MustParseAddrPort(serverAt))
	c.must(err)
	go c.sip.ServeUDP(conn)
	for _, r := range restoredPhones(c.rules) {
		c.users[r.User] = append(c.users[r.User], c.peer(r.User, r.Source))
	}
	for i := range 4 {
		c.peer("", fmt.Sprintf("10.0.2.%d:5060", i+1))
	}
	ctx, stop := context.WithCancel(context.Background())
	go c.x.Run(ctx)
	synctest.Wait()
	return stop
}

func (c *city) closes(stop context.CancelFunc) {
	for _, p := range c.peers {
		p.conn.Close()
	}
	stop()
	c.sip.Close()
	c.media.Close()
	synctest.Wait()
}

func (c *city) must(err error) {
	if err != nil {
		panic(err)
	}
}

// wrong reports a broken promise, the first ten of them. If one seed alone is run, the messages of the calls it names are
// shown. The caller holds the lock, or nobody else is at work.
func (c *city) wrong(format string, a ...any) {
	if c.wrongs++; c.wrongs > 10 {
		return
	}
	text := fmt.Sprintf(format, a...)
	c.t.Errorf("seed %d, %v: %s", c.seed, time.Since(c.begun), text)
	for _, packet := range c.net.Tape() {
		if m := read(string(packet.Data)); m.callID != "" && strings.Contains(text, m.callID) {
			first, _, _ := strings.Cut(m.text, "\r\n")
			c.t.Logf("%v %v > %v %s (%d %s, lost %v)", packet.At.Sub(c.begun), packet.From, packet.To, first, m.seq, m.method, packet.Lost)
		}
	}
}

// between draws a time.
func (c *city) between(least, most time.Duration) time.Duration {
	return least + time.Duration(c.rand.Int64N(int64(most-least)+1))
}

// manner draws how a phone takes a call.
func (c *city) manner() manner {
	if c.polite {
		return manner{"polite", 0, (*side).rings}
	}
	n := c.rand.IntN(100)
	for _, m := range manners {
		if n -= m.weight; n < 0 {
			return m
		}
	}
	return manners[0]
}

// pass lets time go by.
func (c *city) pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// locked does something with the peers.
func (c *city) locked(do func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	do()
}

// cityRules are groups of every kind, chains and loops among them, for 24 users.
func cityRules() queue.Rules {
	var r queue.Rules
	r.Trunks = []queue.Trunk{{Name: "carrier", Country: "1"}}
	r.Codes = queue.Codes{LogIn: "*11", LogOut: "*12", Pause: "*13", Resume: "*14", WrapUp: "*15", Intercept: "*8", Voicemail: "*97"}
	r.Outbound = queue.Outbound{Trunk: "carrier", Prefix: "0"}
	for i := 101; i <= 124; i++ {
		u := fmt.Sprint(i)
		r.Users = append(r.Users, queue.User{Extension: queue.AgentID(u), Name: "User " + u, Outside: i%2 == 0})
	}
	to := func(kind queue.DestinationKind, name string) queue.Destination {
		return queue.Destination{Kind: kind, Name: name}
	}
	hold := to(queue.ToHold, "")
	group := func(g queue.Group, first, last int) {
		for i := first; i <= last; i++ {
			g.Agents = append(g.Agents, queue.AgentID(fmt.Sprint(i)))
		}
		n := len(r.Groups)
		g.Title, g.Extension, g.NobodyAfter = string(g.Name), fmt.Sprint(600+n), time.Minute
		if g.IfNobody.Kind == "" {
			g.IfNobody = to(queue.ToVoicemail, string(g.Name))
		}
		r.Groups = append(r.Groups, g)
		r.Numbers = append(r.Numbers, queue.Number{Pattern: fmt.Sprint(5550000 + n), To: to(queue.ToGroup, string(g.Name)), AtOnce: n%2 == 0, Music: "silence"})
	}
	keys := map[string]queue.Destination{"0": to(queue.ToUser, "124"), "1": to(queue.ToGroup, "support"), "2": to(queue.ToGroup, "backup"),
		"3": to(queue.ToVoicemail, "sales"), "4": to(queue.ToNumber, "+15557777"), "#": to(queue.ToHangUp, "")}
	group(queue.Group{Name: "sales", Distribution: queue.Evenly, Ring: 5 * time.Second, IfMissed: hold, IfNobody: hold, WrapUp: time.Second, Intercept: true, Keys: keys}, 101, 110)
	group(queue.Group{Name: "support", Distribution: queue.Everybody, Ring: 10 * time.Second, IfMissed: hold, IfNobody: hold, Intercept: true}, 108, 114)
	group(queue.Group{Name: "desk", Distribution: queue.InOrder, Ring: 5 * time.Second, BusyWait: 5 * time.Second, IfMissed: to(queue.ToGroup, "backup"), Keys: keys}, 112, 116)
	group(queue.Group{Name: "backup", Distribution: queue.Evenly, Ring: 5 * time.Second, BusyWait: 5 * time.Second, IfMissed: to(queue.ToVoicemail, "backup"), WrapUp: 2 * time.Second}, 115, 120)
	group(queue.Group{Name: "fast", Distribution: queue.Everybody, Ring: 5 * time.Second, IfMissed: to(queue.ToUser, "124"), MaxTalking: 6 * time.Second, Intercept: true}, 117, 123)
	group(queue.Group{Name: "line", Distribution: queue.Evenly, Ring: 5 * time.Second, IfMissed: hold, MaxWait: 15 * time.Second, MaxCallers: 4, Then: to(queue.ToHangUp, "")}, 119, 122)
	group(queue.Group{Name: "loop", Distribution: queue.Evenly, Ring: 5 * time.Second, IfMissed: to(queue.ToGroup, "loop2")}, 105, 106)
	group(queue.Group{Name: "loop2", Distribution: queue.InOrder, Ring: 5 * time.Second, IfMissed: to(queue.ToGroup, "loop")}, 121, 123)
	group(queue.Group{Name: "all", Distribution: queue.Everybody, Ring: 30 * time.Second, IfMissed: to(queue.ToHangUp, "")}, 101, 124)
	r.Numbers = append(r.Numbers,
		queue.Number{Pattern: "5550101", To: to(queue.ToUser, "101"), Music: "silence"},
		queue.Number{Pattern: "5550102", To: to(queue.ToUser, "122"), AtOnce: true, Music: "silence"},
		queue.Number{Pattern: "5550103", To: to(queue.ToNumber, "+15557777"), Music: "silence"})
	return r
}

// withSpares is a store in which every user has a phone, and every fourth another one.
type withSpares queue.Rules

func (r withSpares) LoadRegistrations() ([]sip.Registration, error) {
	return restoredPhones(queue.Rules(r)), nil
}

func (withSpares) SaveRegistrations([]string, []sip.Registration) error { return nil }

func restoredPhones(r queue.Rules) []sip.Registration {
	list, _ := registered(r).LoadRegistrations()
	for i := range list {
		list[i].Expires = time.Now().Add(1000 * time.Hour)
		if i%4 == 0 {
			spare := list[i]
			spare.Source = strings.Replace(spare.Source, "10.0.1.", "10.0.3.", 1)
			spare.Contact, spare.CallID = "sip:"+spare.User+"@"+spare.Source, "spare"
			list = append(list, spare)
		}
	}
	return list
}

// reporter is a log handler: what must not happen fails the test.
type reporter struct {
	c    *city
	call queue.CallID
}

func (r reporter) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelInfo }
func (r reporter) WithGroup(string) slog.Handler                { return r }
func (r reporter) WithAttrs(attrs []slog.Attr) slog.Handler {
	for _, a := range attrs {
		if a.Key == "call" {
			r.call = queue.CallID(a.Value.String())
		}
	}
	return r
}

func (r reporter) Handle(_ context.Context, rec slog.Record) error {
	switch {
	case rec.Level >= slog.LevelWarn, rec.Message == "call arrived", rec.Message == "phone unreachable":
	default:
		return nil
	}
	r.c.mu.Lock()
	defer r.c.mu.Unlock()
	text := rec.Message
	rec.Attrs(func(a slog.Attr) bool {
		switch {
		case rec.Message == "call arrived" && a.Key == "sip_call_id":
			r.c.sipIDs[r.call] = a.Value.String()
		case rec.Message == "phone unreachable" && a.Key == "source":
			r.c.dead[a.Value.String()] = time.Now()
		}
		text += fmt.Sprintf(" %s=%v", a.Key, a.Value)
		return true
	})
	switch {
	case rec.Level >= slog.LevelError:
		r.c.wrong("logged: %s", text)
	case rec.Level >= slog.LevelWarn:
		r.c.warnings[text]++
	}
	return nil
}

// air is the network of the audio: it carries what peers say to us and swallows what we say.
type air struct {
	mu   sync.Mutex
	ears map[uint16]*ear
}

// ear is a socket of the server's audio.
type ear struct {
	air    *air
	at     netip.AddrPort
	in     chan voice
	closed chan struct{}
}

// voice is one packet of audio: a loud sound or, with RFC 4733, a key.
type voice struct {
	from netip.AddrPort
	seq  uint16
	key  []byte // payload of the event; nil: sound
	tone uint16 // sequence number with which the event began
}

func (v voice) write(b []byte) int {
	clear(b[:12])
	b[0], b[11] = 0x80, 7
	binary.BigEndian.PutUint16(b[2:], v.seq)
	if v.key != nil {
		b[1] = 101
		binary.BigEndian.PutUint32(b[4:], 160*uint32(v.tone))
		return 12 + copy(b[12:], v.key)
	}
	binary.BigEndian.PutUint32(b[4:], 160*uint32(v.seq))
	return 12 + copy(b[12:], bytes.Repeat([]byte{0x10, 0x90}, 80)) // loud
}

func (a *air) listen(at netip.AddrPort) (media.PacketConn, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	e := &ear{air: a, at: at, in: make(chan voice, 8), closed: make(chan struct{})}
	a.ears[at.Port()] = e
	return e, nil
}

// speak sends one packet of audio.
func (a *air) speak(port uint16, v voice) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if e := a.ears[port]; e != nil {
		select {
		case e.in <- v:
		default:
		}
	}
}

func (e *ear) ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error) {
	select {
	case v := <-e.in:
		return v.write(b), v.from, nil
	case <-e.closed:
		return 0, netip.AddrPort{}, net.ErrClosed
	}
}

func (e *ear) WriteToUDPAddrPort(b []byte, _ netip.AddrPort) (int, error) { return len(b), nil }
func (e *ear) LocalAddr() net.Addr                                        { return net.UDPAddrFromAddrPort(e.at) }
func (e *ear) Close() error {
	e.air.mu.Lock()
	defer e.air.mu.Unlock()
	if e.air.ears[e.at.Port()] == e {
		delete(e.air.ears, e.at.Port())
	}
	close(e.closed)
	return nil
}
