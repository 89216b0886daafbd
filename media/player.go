package media

import "time"

// player says which frame of a clip is due in a round (a round is 20 ms of the clock, counted from its start).
type player struct {
	clip   *clip
	sound  Sound  // what Play was given; said again in Played
	ends   bool   // it is over after the last frame; else the clip starts again
	shared bool   // all listeners hear the same place of the clip
	begun  bool   // the first frame was due
	first  uint64 // in this round
	from   uint64 // the number of that frame
}

// at returns the number of the frame due in a round; over is true when the clip has ended.
func (p *player) at(round uint64) (frame int, over bool) {
	if p.shared {
		return int(round % uint64(p.clip.frames)), false
	}
	if !p.begun {
		p.begun, p.first = true, round
	}
	n := round - p.first + p.from
	if p.ends && n >= uint64(p.clip.frames) {
		return 0, true
	}
	return int(n % uint64(p.clip.frames)), false
}

// heard is how much of the clip has been played by this round.
func (p *player) heard(round uint64) time.Duration {
	n := p.from
	if p.begun {
		n += round + 1 - p.first
	}
	return time.Duration(n) * frameTime
}

// nothing is what a session plays that was told nothing: silence, without end.
var nothing = player{clip: quiet, shared: true}
