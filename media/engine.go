package media

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// Engine owns the sessions, the ports and the clock. All its methods may be called from any goroutine.
type Engine struct {
	log      *slog.Logger
	listen   ListenFunc
	ports    *ports
	clock    *clock
	prompts  map[string]*clip
	files    fileCache
	settings atomic.Pointer[settings]

	running  sync.WaitGroup // readers, writers of recordings, the clock
	stop     chan struct{}  // ends the clock
	bridging sync.Mutex     // who hears whom
	panics   atomic.Int64

	mu       sync.Mutex
	closed   bool
	sessions map[*Session]struct{}
	ended    Stats // packet counters of sessions that are gone
}

// settings are what Reload changes.
type settings struct {
	codecs  []codec
	timeout time.Duration
	music   map[string]*clip
}

var errEngineClosed = errors.New("the media engine is closed")

// New makes an engine: it loads the music and the prompts (blocking on the disk), and starts the clock. Errors name the
// key or the file. Close it after use.
func New(c Config, log *slog.Logger) (*Engine, error) {
	ports, err := newPorts(c.MinPort, c.MaxPort)
	if err != nil {
		return nil, err
	}
	prompts, err := prompts()
	if err != nil {
		return nil, err
	}
	e := &Engine{
		log: log, listen: c.Listen, ports: ports, clock: newClock(), prompts: prompts,
		stop: make(chan struct{}), sessions: make(map[*Session]struct{}),
	}
	if e.listen == nil {
		e.listen = listenUDP
	}
	if err := e.Reload(c); err != nil {
		return nil, err
	}
	e.running.Add(1)
	go func() {
		defer e.running.Done()
		e.clock.run(e.stop)
	}()
	return e, nil
}

// Reload takes over music, codecs and RTP timeout of c; ports and Listen need a new engine. What sessions play and
// have agreed on stays. It blocks on the disk; after an error everything is as before.
func (e *Engine) Reload(c Config) error {
	codecs, err := builtIn(c.Codecs)
	if err != nil {
		return err
	}
	music, err := loadMusic(c.Music)
	if err != nil {
		return err
	}
	e.settings.Store(&settings{codecs: codecs, timeout: c.RTPTimeout, music: music})
	return nil
}

// Close closes every session and waits until their goroutines are gone and recordings are written; so an event's receiver
// must not call it. Idempotent.
func (e *Engine) Close() {
	e.mu.Lock()
	first := !e.closed
	e.closed = true
	e.mu.Unlock()
	for _, s := range e.all() {
		s.Close()
	}
	if first {
		close(e.stop)
	}
	e.running.Wait()
}

// all lists the sessions.
func (e *Engine) all() []*Session {
	e.mu.Lock()
	defer e.mu.Unlock()
	list := make([]*Session, 0, len(e.sessions))
	for s := range e.sessions {
		list = append(list, s)
	}
	return list
}

// Stats is a snapshot; it takes a moment's lock and some 10 ns for each session.
func (e *Engine) Stats() Stats {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := e.ended
	s.Sessions = len(e.sessions)
	s.PortsUsed, s.Ports = e.ports.inUse(), e.ports.all()
	s.Panics, s.LateTicks = e.panics.Load(), e.clock.late.Load()
	for session := range e.sessions {
		session.stats.addTo(&s)
		if session.recording() {
			s.Recordings++
		}
	}
	return s
}

// bindTries is how many ports are tried when other programs hold some of the range.
const bindTries = 20

// Open makes a session: it binds a port and waits for a description. ErrNoPorts when none is free.
func (e *Engine) Open(o Options) (*Session, error) {
	o.Local = o.Local.Unmap()
	if !o.Advertise.IsValid() {
		o.Advertise = o.Local
	}
	if !o.Local.IsValid() || o.Advertise.IsUnspecified() {
		return nil, fmt.Errorf("open a media session: %v is no address a peer can send to", o.Advertise)
	}
	conn, port, err := e.bind(o.Local)
	if err != nil {
		return nil, err
	}
	s := newSession(e, o, conn, port)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		_ = conn.Close() // nothing was sent
		e.ports.giveBack(port)
		return nil, errEngineClosed
	}
	e.sessions[s] = struct{}{}
	e.running.Add(1)
	e.clock.add(s)
	go s.read()
	return s, nil
}

func (e *Engine) bind(local netip.Addr) (PacketConn, uint16, error) {
	var failed error
	for range bindTries {
		port, err := e.ports.take()
		if err != nil {
			return nil, 0, errors.Join(err, failed)
		}
		conn, err := e.listen(netip.AddrPortFrom(local, port))
		if err == nil {
			return conn, port, nil
		}
		e.ports.giveBack(port)
		failed = err
	}
	return nil, 0, fmt.Errorf("bind an RTP port on %s: %w", local, failed)
}

// forget takes a closed session out.
func (e *Engine) forget(s *Session) {
	e.clock.remove(s)
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, ok := e.sessions[s]; !ok {
		return
	}
	delete(e.sessions, s)
	s.stats.addTo(&e.ended)
	e.ports.giveBack(s.port)
}

// fault counts and logs a panic.
func (e *Engine) fault(fault any, stack []byte) {
	e.panics.Add(1)
	e.log.Error("a media goroutine failed; its session ends", "fault", fault, "stack", string(stack))
}

// survive ends the session whose goroutine panics, and only that. Use it deferred.
func (s *Session) survive() {
	if fault := recover(); fault != nil {
		s.engine.fault(fault, debug.Stack())
		s.fail(fmt.Sprintf("media failed: %v", fault))
	}
}
