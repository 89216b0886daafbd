package call

import "time"

// Config is what the exchange goes by besides queue.Rules.
type Config struct {
	MaxCalls       int           // at once; 0: no limit
	CallsPerSecond int           // new ones; 0: no limit
	Drain          time.Duration // after Shutdown: running and waiting calls go on for so long; 0: to their end
}
