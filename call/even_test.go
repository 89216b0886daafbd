package call

import (
	"testing"
	"time"
)

// The journal keeps the wall's reading alone. What the engine computes from its times must come out the same from that,
// to the nanosecond, also where the two clocks of the machine do not tick alike.
func TestEvenTimeIsWhatTheJournalKeeps(t *testing.T) {
	e := even{time.Now()}
	for range 1000 {
		a, b := time.Now(), time.Now()
		began, ended := e.at(a), e.at(b)
		if began != began.Round(0) {
			t.Fatalf("%v has both clocks in it", began)
		}
		if got, want := ended.Sub(began), b.Sub(a); got != want {
			t.Fatalf("%v passed, by the monotonic clock %v", got, want)
		}
	}
}
