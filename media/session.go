package media

import (
	"errors"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// Session is the media of one leg: one UDP port, the stream that comes in, the stream that goes out. It belongs to who
// opened it and lives until Close. All its methods may be called from any goroutine and do not wait for the network;
// only Play of a file waits for the disk.
type Session struct {
	engine *Engine
	conn   PacketConn
	port   uint16
	said   netip.AddrPort // what our SDP names
	slot   int            // of the clock
	looked time.Time      // when the clock last asked whether the peer is silent; the clock owns it

	events   reporter
	stats    counters
	agreed   negotiation
	in       inbound
	out      outbound
	listener atomic.Pointer[Session] // the bridged session that gets our packets
	closing  sync.Once
	closed   atomic.Bool
}

var errSessionClosed = errors.New("the media session is closed")

func newSession(e *Engine, o Options, conn PacketConn, port uint16) *Session {
	said := netip.AddrPortFrom(o.Advertise.Unmap().WithZone(""), port)
	s := &Session{engine: e, conn: conn, port: port, said: said}
	s.events.to = o.Events
	s.in.lock.signalling, s.in.lock.own = o.Signalling.Unmap(), o.Local
	s.agreed.begin(e.settings.Load().codecs)
	s.out.begin(conn, &s.stats)
	return s
}

// Play sends a sound instead of what is being sent: another sound ends without Played, and of a bridge the direction
// towards this peer ends (Bridge again brings it back). A sound that ends is followed by silence and Played. It starts
// when the peer can be reached. An error (no such name, no such file) changes nothing.
func (s *Session) Play(sound Sound) error {
	p, err := s.engine.player(sound)
	if err != nil {
		return err
	}
	if s.closed.Load() {
		return errSessionClosed
	}
	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	s.out.switchTo(p, nil)
	return nil
}

// Stop ends what is being played, without Played: silence follows. On a session that is bridged and plays nothing it
// does nothing. It returns how far the sound had come, counted from its beginning and not from Sound.From.
func (s *Session) Stop() (heard time.Duration) {
	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	if s.out.bridge == nil {
		heard = s.out.player.heard(s.out.round)
		s.out.switchTo(nothing, nil)
	}
	return heard
}

// Held says that the peer holds us: it does not want to hear us, and what it sends is not meant for a partner.
func (s *Session) Held() bool {
	s.in.mu.Lock()
	defer s.in.mu.Unlock()
	return s.in.held
}

// Record begins to write what comes from the peer; Recorded says how it ended. The file is made, written and closed on
// a goroutine of its own. An error if a recording is under way or the session is closed.
func (s *Session) Record(what Recording) error {
	if what.MaxLength <= 0 {
		what.MaxLength = defaultLimit
	}
	r := &recorder{
		session: s, what: what, begun: time.Now(), stop: make(chan struct{}),
		ring: make([]chunk, 0, ringChunks), spare: make([]chunk, 0, ringChunks),
	}
	s.in.mu.Lock()
	defer s.in.mu.Unlock()
	switch {
	case s.closed.Load():
		return errSessionClosed
	case s.in.recorder != nil:
		return errors.New("record: a recording is under way")
	}
	s.in.recorder = r
	s.engine.running.Add(1)
	go r.run()
	return nil
}

// StopRecording ends the recording, if there is one; Recorded follows soon. Another may begin at once.
func (s *Session) StopRecording() {
	s.in.mu.Lock()
	defer s.in.mu.Unlock()
	if s.in.recorder != nil {
		s.in.recorder.end()
		s.in.recorder = nil
	}
}

// detach is called by a recorder that ends by itself.
func (s *Session) detach(r *recorder) {
	s.in.mu.Lock()
	defer s.in.mu.Unlock()
	if s.in.recorder == r {
		s.in.recorder = nil
	}
}

func (s *Session) recording() bool {
	s.in.mu.Lock()
	defer s.in.mu.Unlock()
	return s.in.recorder != nil
}

// Close ends everything: the bridge (the other session hears silence), the sound, the recording (Recorded follows; no
// other event does). The port rests some seconds. Idempotent.
func (s *Session) Close() {
	s.closing.Do(func() {
		s.events.close()
		s.engine.bridging.Lock()
		s.part()
		s.engine.bridging.Unlock()
		s.in.mu.Lock()
		s.closed.Store(true)
		s.in.mu.Unlock()
		s.StopRecording()
		s.out.mu.Lock()
		s.out.agreed = false
		s.out.mu.Unlock()
		_ = s.conn.Close() // nothing is left to be sent
		s.engine.forget(s)
	})
}

// fail ends the session by itself and reports it.
func (s *Session) fail(why string) {
	s.events.report(Failed{Err: errors.New(why)})
	s.Close()
}

// Stats is a snapshot.
func (s *Session) Stats() SessionStats {
	c := &s.stats
	st := SessionStats{
		PacketsIn: c.in.Load(), PacketsOut: c.out.Load(), Lost: c.missing(),
		Foreign: c.foreign.Load(), Malformed: c.malformed.Load(), Unsent: c.unsent.Load(),
	}
	s.in.mu.Lock()
	st.Heard = s.in.first
	s.in.mu.Unlock()
	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	st.Remote = s.out.to
	if s.out.agreed {
		st.Codec = s.out.law.name()
	}
	return st
}

// beat is what the clock does for a session once in 20 ms, or less often while the session needs no clock.
func (s *Session) beat(round uint64, now time.Time) (needed bool) {
	defer s.survive()
	if sound, over := s.out.beat(round, now); over {
		s.events.report(Played{Sound: sound})
	}
	if now.Sub(s.looked) >= time.Second {
		s.looked = now
		if s.in.silentFor(s.engine.settings.Load().timeout, now) {
			s.events.report(Silent{})
		}
	}
	return s.out.needsClock()
}
