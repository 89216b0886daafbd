package call

import (
	"fmt"
	"strings"
)

// keypad12 are the keys of a telephone in the order of their RFC 4733 events.
const keypad12 = "0123456789*#"

// presses: the caller tries a key, by INFO or in its audio, as its phone does it.
func (s *side) presses() {
	if s.state != up {
		return
	}
	event := s.p.c.rand.IntN(len(keypad12))
	if s.p.at.Addr().As4()[3]%2 == 0 {
		s.tones(byte(event))
		return
	}
	body := fmt.Sprintf("Signal=%c\r\nDuration=160\r\n", keypad12[event])
	s.seq++
	info := s.request("INFO", s.seq, body)
	s.p.ask("INFO", strings.Replace(info, "application/sdp", "application/dtmf-relay", 1), func(m mail) {
		if m.code == 0 && s.state == up {
			s.p.c.wrong("%s: nobody answers its INFO", s)
		}
	})
}

// tones sends a key in the audio: it begins, and ends thrice because packets may be lost (RFC 4733 section 2.5.1.4).
func (s *side) tones(event byte) {
	begun := s.audio + 1
	for _, end := range []byte{0, 0x80, 0x80, 0x80} {
		s.audio++
		s.p.c.air.speak(s.port, voice{from: s.ear(), seq: s.audio, tone: begun, key: []byte{event, end | 10, 3, 0}})
	}
}
