package call

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"ringtide/internal/fakenet"
	"ringtide/internal/phone"
	"ringtide/media"
	"ringtide/queue"
	"ringtide/sip"
	"ringtide/voicemail"
)

// town is a whole exchange on a network in memory and in fake time: the real sip, media, voicemail and queue packages,
// the server at 10.0.0.1, a carrier at 10.0.2.1 and the phones of users 101, 102, … at 10.0.1.101, 10.0.1.102, …
// It fails a test that leaves a call, a dialog, a port or a goroutine behind.
type town struct {
	t       *testing.T
	net     *fakenet.Network
	x       *Exchange
	phones  *sip.Server
	media   *media.Engine
	shelf   *voicemail.Shelf
	log     logbook
	places  []*phone.Phone
	onLeave []func()

	mu     sync.Mutex
	events []queue.Event
	facts  []string
	panics int
}

// password is every user's.
const password = "a password of the town"

const serverAt = "10.0.0.1:5060"

// live runs a scene in a town with these rules and cleans up after it.
func live(t *testing.T, rules queue.Rules, scene func(*town)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		w := &town{t: t, net: fakenet.New(1, fakenet.Options{})}
		defer w.leave(w.build(dir, rules))
		scene(w)
	})
}

// build starts everything and returns what stops the exchange.
func (w *town) build(dir string, rules queue.Rules) context.CancelFunc {
	log := slog.New(slog.NewTextHandler(&w.log, nil))
	var err error
	w.media, err = media.New(media.Config{MinPort: 20000, MaxPort: 20199, Codecs: []string{"pcmu", "pcma"},
		Listen: func(at netip.AddrPort) (media.PacketConn, error) { return w.net.ListenPacket(at) }}, log)
	w.must(err)
	w.shelf, err = voicemail.OpenShelf(voicemail.Config{Path: dir})
	w.must(err)
	w.x = NewExchange(Config{MaxCalls: 50, CallsPerSecond: 50}, rules, 1, Edges{
		Media: w.media, Shelf: w.shelf, Records: w, Log: log,
		Meter: Meter{
			Step: func(time.Duration) {}, Attempt: func(string) {}, Ended: func(queue.Cause) {},
			Refused: func(string, int) {}, Panic: func() {
				w.mu.Lock()
				defer w.mu.Unlock()
				w.panics++
			},
		},
	})
	w.x.Tell(queue.Restored{})
	w.phones, err = sip.New(sipConfig(rules), w.x.Handler(), registered(rules), log, sip.Options{})
	w.must(err)
	w.x.Phones = w.phones
	c, err := w.net.ListenPacket(netip.MustParseAddrPort(serverAt))
	w.must(err)
	go w.phones.ServeUDP(c)
	ctx, stop := context.WithCancel(context.Background())
	go w.x.Run(ctx)
	synctest.Wait()
	return stop
}

func (w *town) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// leave waits until every timer is over and looks for what is left.
func (w *town) leave(stop context.CancelFunc) {
	w.t.Helper()
	if w.t.Failed() { // the scene broke off: no actor may stay behind
		over, cancel := context.WithCancel(context.Background())
		cancel()
		w.x.Shutdown(over)
	}
	w.pass(2 * time.Minute)
	if s, m := w.phones.Stats(), w.media.Stats(); s.Dialogs+s.Transactions+m.Sessions+w.x.Live() != 0 {
		w.t.Errorf("left behind: %d calls, %d dialogs, %d transactions, %d media sessions", w.x.Live(), s.Dialogs, s.Transactions, m.Sessions)
	}
	for agent, n := range w.x.legs {
		w.t.Errorf("agent %s still has %d legs", agent, n)
	}
	for _, p := range w.places {
		p.Close()
	}
	for _, f := range w.onLeave {
		f()
	}
	stop()
	w.phones.Close()
	w.media.Close()
	synctest.Wait()
	if w.t.Failed() {
		w.t.Logf("log:\n%s\nfacts:\n%s", w.log.String(), strings.Join(w.facts, "\n"))
	}
}

// pass lets fake time go by.
func (w *town) pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// phone puts the phone of a user, or the carrier, on the network.
func (w *town) phone(name string) *phone.Phone {
	w.t.Helper()
	at := "10.0.2.1:5060"
	if name != "carrier" {
		at = "10.0.1." + name + ":5060"
	}
	return w.phoneAt(name, at)
}

// sdp describes audio at port 4000 of a phone.
func sdp(at string) string {
	ip, _, _ := strings.Cut(at, ":")
	return fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 %[1]s\r\ns=-\r\nc=IN IP4 %[1]s\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n", ip)
}

// Write, Journal and JournalImage are the records.
func (w *town) Write(_ time.Time, events []queue.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events = append(w.events, events...)
}

func (w *town) Journal(at time.Time, f queue.Fact, orders []queue.Order) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	line := at.Format("05.000 ") + f.String()
	for _, o := range orders {
		line += "\n       -> " + o.String()
	}
	w.facts = append(w.facts, line)
	return false
}

func (w *town) JournalImage(time.Time, queue.Image) {}

// recorded fails if no event of that type was written, and returns the last one.
func (w *town) recorded(t queue.EventType) queue.Event {
	w.t.Helper()
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := len(w.events) - 1; i >= 0; i-- {
		if w.events[i].Type == t {
			return w.events[i]
		}
	}
	w.t.Fatalf("no %s was recorded", t)
	return queue.Event{}
}

// onlyCall is the one live call. The loop is idle then: nobody else looks at its calls.
func (w *town) onlyCall() *Call {
	w.t.Helper()
	synctest.Wait()
	for _, c := range w.x.calls {
		return c
	}
	w.t.Fatal("no call lives")
	return nil
}

// count is how many events of that type were written.
func (w *town) count(t queue.EventType) (n int) {
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range w.events {
		if e.Type == t {
			n++
		}
	}
	return n
}

// rulesOf makes rules of one group "sales" with these agents; a call to 5550000 leads there.
func rulesOf(g queue.Group, agents ...queue.AgentID) queue.Rules {
	g.Name, g.Title, g.Extension, g.Agents = "sales", "Sales", "600", agents
	if g.Ring == 0 {
		g.Ring = 10 * time.Second
	}
	if g.Distribution == "" {
		g.Distribution = queue.Evenly
	}
	if g.IfMissed.Kind == "" {
		g.IfMissed = queue.Destination{Kind: queue.ToHold}
	}
	if g.IfNobody.Kind == "" {
		g.IfNobody = queue.Destination{Kind: queue.ToVoicemail, Name: "sales"}
	}
	g.NobodyAfter = time.Minute
	r := queue.Rules{
		Trunks: []queue.Trunk{{Name: "carrier", Country: "1"}},
		Numbers: []queue.Number{
			{Pattern: "5550000", To: queue.Destination{Kind: queue.ToGroup, Name: "sales"}, AtOnce: true, Music: "silence"},
			{Pattern: "5550101", To: queue.Destination{Kind: queue.ToUser, Name: "101"}, Music: "silence"},
		},
		Groups: []queue.Group{g},
		Codes:  queue.Codes{LogIn: "*11", LogOut: "*12", Pause: "*13", Resume: "*14", WrapUp: "*15"},
	}
	for _, a := range agents {
		r.Users = append(r.Users, queue.User{Extension: a, Name: "User " + string(a)})
	}
	return r
}

func sipConfig(r queue.Rules) sip.Config {
	c := sip.Config{Domain: "pbx.test", MinExpires: time.Minute, MaxExpires: time.Hour, MaxContacts: 10,
		Trunks: []sip.Trunk{{Name: "carrier", Peers: []sip.Peer{{Net: netip.MustParsePrefix("10.0.2.0/24")}}, URIs: []string{"sip:10.0.2.1"}}}}
	for _, u := range r.Users {
		md5, sha := sip.HA1(string(u.Extension), c.Domain, password)
		c.Users = append(c.Users, sip.User{Extension: string(u.Extension), Name: u.Name, MD5: md5, SHA256: sha})
	}
	return c
}

// registered is a store in which every user has a phone.
type registered queue.Rules

func (r registered) LoadRegistrations() (list []sip.Registration, _ error) {
	for _, u := range r.Users {
		at := "10.0.1." + string(u.Extension) + ":5060"
		list = append(list, sip.Registration{User: string(u.Extension), Contact: "sip:" + string(u.Extension) + "@" + at,
			CallID: "r", CSeq: 1, Transport: "udp", Local: serverAt, Source: at, Expires: time.Now().Add(time.Hour)})
	}
	return list, nil
}

func (registered) SaveRegistrations([]string, []sip.Registration) error { return nil }

// logbook is a log that many goroutines write.
type logbook struct {
	mu sync.Mutex
	strings.Builder
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Builder.Write(p)
}

// phoneAt puts any phone on the network.
func (w *town) phoneAt(name, at string) *phone.Phone {
	w.t.Helper()
	c, err := w.net.ListenPacket(netip.MustParseAddrPort(at))
	w.must(err)
	p := phone.New(w.t, name, phone.Packets(c, netip.MustParseAddrPort(serverAt)))
	p.SDP = sdp(at)
	w.places = append(w.places, p)
	return p
}

// audio is the socket of a phone's sound: it counts what it hears and may speak.
type audio struct {
	net.PacketConn
	heard atomic.Int64
}

func (w *town) audio(at string) *audio {
	w.t.Helper()
	c, err := w.net.ListenPacket(netip.MustParseAddrPort(at))
	w.must(err)
	a := &audio{PacketConn: c}
	go func() {
		for buf := make([]byte, 2000); ; {
			if _, _, err := c.ReadFrom(buf); err != nil {
				return
			}
			a.heard.Add(1)
		}
	}()
	w.onLeave = append(w.onLeave, func() { c.Close() })
	return a
}

// speak sends a loud tone to the port that a description of ours names, for so long.
func (a *audio) speak(description string, d time.Duration) {
	_, rest, _ := strings.Cut(description, "m=audio ")
	var port int
	fmt.Sscan(rest, &port)
	to := net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr("10.0.0.1"), uint16(port)))
	packet := append([]byte{0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7}, bytes.Repeat([]byte{0x10, 0x90}, 80)...)
	for i := range int(d / (20 * time.Millisecond)) {
		binary.BigEndian.PutUint16(packet[2:], uint16(i))
		binary.BigEndian.PutUint32(packet[4:], uint32(i*160))
		a.WriteTo(packet, to)
		<-time.After(20 * time.Millisecond)
	}
}
