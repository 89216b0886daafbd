package sip

import (
	"log/slog"
	"sync"
	"time"

	"ringtide/sip/internal/wire"
)

// securityLog writes one line for each event an administrator or a firewall may want to act on: 20 at once, one a second
// under attack. What is left out is counted in the next line.
type securityLog struct {
	log *slog.Logger

	mu      sync.Mutex
	lines   bucket
	skipped int
}

func newSecurityLog(log *slog.Logger) *securityLog {
	return &securityLog{log: log, lines: bucket{level: 20}}
}

// event tells what happened (kind), where the request came from, and which user it named.
func (l *securityLog) event(kind string, req *wire.Request, f wire.Flow, user string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.lines.take(time.Now(), 1, 20) {
		l.skipped++
		return
	}
	l.log.Warn("security", "kind", kind, "source", f.Remote.String(), "transport", f.Transport, "method", cleanName(req.Method.String()),
		"user", cleanName(user), "skipped", l.skipped)
	l.skipped = 0
}
