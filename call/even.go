package call

import "time"

// even is the engine's time: the wall's at the start of the program, and since then as much more as the monotonic clock has
// moved. It never jumps when somebody sets the wall clock, and it is all that the engine knows of time: a reading with both
// clocks in it would have the journal, which keeps one, come to other durations than the engine did.
type even struct{ start time.Time }

// at is the even time of a moment that has both clocks in it, as time.Now has.
func (e even) at(now time.Time) time.Time { return e.start.Round(0).Add(now.Sub(e.start)) }

func (e even) now() time.Time { return e.at(time.Now()) }
