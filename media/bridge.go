package media

// Bridge connects two sessions: each hears the other from its next packet on. What was being played to them stops
// (without Played), and sessions that were bridged with one of them hear silence. Sequence numbers and timestamps of
// both outgoing streams go on; the marker bit shows the change. Nothing is signalled.
func Bridge(a, b *Session) {
	a.engine.bridging.Lock()
	defer a.engine.bridging.Unlock()
	a.part()
	b.part()
	a.hear(b)
	b.hear(a)
}

// Unbridge parts two sessions that hear each other; they hear silence. A direction that was replaced meanwhile, by
// Play or by a bridge with a third, stays as it is.
func Unbridge(a, b *Session) {
	a.engine.bridging.Lock()
	defer a.engine.bridging.Unlock()
	a.mute(b)
	b.mute(a)
}

// hear makes other the source of what s sends.
func (s *Session) hear(other *Session) {
	s.out.mu.Lock()
	s.out.switchTo(nothing, other)
	s.out.mu.Unlock()
	other.listener.Store(s)
}

// mute ends what s hears of other, if it does.
func (s *Session) mute(other *Session) {
	other.listener.CompareAndSwap(s, nil)
	s.out.leave(other)
}

// part ends both directions of the session's bridge. The caller holds engine.bridging.
func (s *Session) part() {
	if listener := s.listener.Load(); listener != nil {
		listener.mute(s)
	}
	s.out.mu.Lock()
	source := s.out.bridge
	s.out.mu.Unlock()
	if source != nil {
		s.mute(source)
	}
}

// leave makes silence the source if it is the bridged session given.
func (o *outbound) leave(source *Session) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.bridge == source {
		o.switchTo(nothing, nil)
	}
}
