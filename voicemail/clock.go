package voicemail

import "time"

// How long a person is waited for.
const (
	patience   = 8 * time.Second  // for a key, after a menu was said; three times
	firstDigit = 10 * time.Second // of a PIN
	nextDigit  = 5 * time.Second  // of a PIN: then it is complete
	longPause  = 5 * time.Minute  // of a message that was paused
	silences   = 3                // so often a menu is said to nobody
)

// clock numbers the times waited for: only the newest counts.
type clock struct{ n int }

func (c *clock) wait(d time.Duration) Order {
	c.n++
	return Wait{d, c.n}
}

// forget makes what is waited for void.
func (c *clock) forget() { c.n++ }

func (c *clock) due(w Waited) bool { return w.N == c.n }
