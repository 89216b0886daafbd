//go:build unix

package app

import "syscall"

// openFiles is how many files the process may have open; Go raises its own limit as far as it may. 0: not known.
func openFiles() uint64 {
	var l syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l) != nil {
		return 0
	}
	return uint64(l.Max)
}
