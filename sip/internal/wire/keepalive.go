package wire

// KeepAlive sends the empty lines that keep the way to a peer open through NATs and firewalls (RFC 5626 section 3.5.1; over
// UDP a habit of many). Over a stream they go to the connection there is; without one it is an error.
func (s *Stack) KeepAlive(f Flow) error {
	if !f.Stream() {
		return s.send(emptyLine, f)
	}
	s.mu.Lock()
	c := s.conns.find(f)
	s.mu.Unlock()
	if c == nil || !c.queue(emptyLine) {
		return ErrClosed
	}
	return nil
}
