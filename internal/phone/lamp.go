package phone

import (
	"slices"
	"strings"
	"sync"
)

// lamp is what the server says to a phone that has not asked: NOTIFY outside of dialogs (RFC 3842).
type lamp struct {
	mu   sync.Mutex
	code int
	more []string
	told []string // whole messages, each once
}

func (l *lamp) take(m string) (code int, more []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !slices.Contains(l.told, m) {
		l.told = append(l.told, m)
	}
	return l.code, l.more
}

// AnswersLamp says how it answers from now on what is said to its lamp; it begins with 200. 0: not at all.
func (p *Phone) AnswersLamp(code int, more ...string) {
	p.lamp.mu.Lock()
	defer p.lamp.mu.Unlock()
	p.lamp.code, p.lamp.more = code, more
}

// Lamp settles and returns what was said to its lamp since it was asked last, without copies: whole messages.
func (p *Phone) Lamp() (told []string) {
	p.settle()
	p.lamp.mu.Lock()
	defer p.lamp.mu.Unlock()
	told, p.lamp.told = p.lamp.told, nil
	return told
}

// Voicemail is the count in what is said to a lamp, as "fresh/old"; "" if it says none.
func Voicemail(m string) string {
	for line := range strings.SplitSeq(Body(m), "\r\n") {
		if count, ok := strings.CutPrefix(line, "Voice-Message: "); ok {
			count, _, _ = strings.Cut(count, " ")
			return count
		}
	}
	return ""
}
