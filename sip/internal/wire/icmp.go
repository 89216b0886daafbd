package wire

import "strings"

// bounced reports a datagram that came back: a router or the peer's system said that nobody takes it (RFC 3261 section
// 18.4). payload is what of it came back. Only who saw our request could have made it up: the branch must be right.
func (s *Stack) bounced(payload []byte) {
	text := string(payload)
	method, rest, _ := strings.Cut(text, " ")
	_, rest, ok := strings.Cut(rest, "branch=")
	end := strings.IndexAny(rest, ";,\r\n")
	if !ok || end < 0 || !isToken(method) {
		return
	}
	s.mu.Lock()
	t := s.clients[clientKey(rest[:end], Method(method))]
	s.mu.Unlock()
	if t != nil {
		t.fail(ErrUnreachable)
	}
}
