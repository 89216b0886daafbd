package config

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"time"
)

// Units for limits of durations.
const (
	second = duration(time.Second)
	minute = duration(time.Minute)
	hour   = duration(time.Hour)
)

// maxCount bounds everything that is counted; more is a slip of the finger.
const maxCount = 1_000_000

// count reports a number outside least to most, both included.
func (c *checker) count(path string, n, least, most int) {
	if n < least || n > most {
		c.errorf(path, "must be %d to %d, not %d", least, most, n)
	}
}

// between reports a duration outside least to most, both included.
func (c *checker) between(path string, d, least, most duration) {
	if d < least || d > most {
		c.errorf(path, "must be %v to %v, not %v", least, most, d)
	}
}

// zeroOr reports a duration that is neither 0, which turns something off, nor in least to most.
func (c *checker) zeroOr(path string, d, least, most duration) {
	if d != 0 && (d < least || d > most) {
		c.errorf(path, "must be 0 or %v to %v, not %v", least, most, d)
	}
}

// sorted runs over a map in the order of its keys, so that the same file gives the same messages.
func sorted[K cmp.Ordered, V any](m map[K]V) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		for _, k := range slices.Sorted(maps.Keys(m)) {
			if !yield(k, m[k]) {
				return
			}
		}
	}
}
