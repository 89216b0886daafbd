package app

import (
	"sync/atomic"

	"ringtide/config"
)

// pins knows the PINs of the users' mailboxes. It is safe from any goroutine; a reload replaces all at once.
type pins struct {
	stored atomic.Pointer[map[string]string]
}

func (p *pins) reload(users []config.User) {
	stored := make(map[string]string, len(users))
	for _, u := range users {
		if u.PIN != "" {
			stored[u.Extension] = u.PIN
		}
	}
	p.stored.Store(&stored)
}

// verify returns what checks a PIN of the mailbox; nil if it has none.
func (p *pins) verify(mailbox string) func(pin string) bool {
	stored, ok := (*p.stored.Load())[mailbox]
	if !ok {
		return nil
	}
	return func(pin string) bool { return config.VerifyPIN(stored, pin) }
}
