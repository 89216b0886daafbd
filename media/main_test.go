package media

import (
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// length is how long the clip plays.
func (c *clip) length() time.Duration { return time.Duration(c.frames) * frameTime }

// decode appends the samples of payload, coded in l, to dst.
func (l law) decode(dst []int16, payload []byte) []int16 {
	table := &linear[l]
	for _, b := range payload {
		dst = append(dst, table[b])
	}
	return dst
}
