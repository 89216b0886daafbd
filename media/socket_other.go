//go:build !unix

package media

// expedite marks nothing: this system has no socket option for it that the standard library knows.
func expedite(uintptr, string) {}
