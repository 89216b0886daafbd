package store

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
)

// lockFolder makes sure that one process writes here: two would give two events the same number. The system frees the
// lock when the process ends, however it ends.
func lockFolder(c Config) (*os.File, error) {
	f, err := os.OpenFile(c.lock(), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the folder of records: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		holder, _ := os.ReadFile(c.lock())
		err = fmt.Errorf("another server (process %s) writes there; stop it, or set another store.path",
			strings.TrimSpace(string(holder)))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock the folder of records %s: %w", c.Path, err), f.Close())
	}
	if err := f.Truncate(0); err == nil {
		_, _ = fmt.Fprintln(f, os.Getpid()) // for people; the lock itself is the system's
	}
	return f, nil
}
