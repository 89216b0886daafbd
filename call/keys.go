package call

import (
	"time"

	"ringtide/queue"
)

// digit takes a key that came by audio or INFO. Some phones send each both ways: the way of the first one counts. Keys
// pressed in a conversation are its own affair.
func (c *Call) digit(l *leg, key byte, way string) {
	if l.keysBy == "" {
		l.keysBy = way
	}
	switch {
	case l.keysBy != way || l != c.caller || c.ending:
	case c.message != nil:
		c.messageDigit(key)
	case c.private: // who types a PIN goes on when the mailbox has closed; facts are kept
	case c.winner == nil && c.keys.allow(time.Now()):
		c.x.Tell(queue.Digits{Call: c.id, Keys: string(key)})
	}
}

// keypad counts the keys of a call. Its zero value has counted none.
type keypad struct {
	minute time.Time // when the count began
	n      int
}

// keysAMinute are reported; nobody types faster, but a machine may.
const keysAMinute = 200

func (k *keypad) allow(now time.Time) bool {
	if now.Sub(k.minute) >= time.Minute {
		k.minute, k.n = now, 0
	}
	k.n++
	return k.n <= keysAMinute
}
