package media

const (
	lineWindow = 3 * sampleRate        // samples that may still change
	settleTime = sampleRate / 5        // 200 ms: a packet overtaken by so much newer audio is given up
	longestGap = sampleRate            // 1 s: without packets, time goes on as silence after it
	maxAstray  = int64(1 * sampleRate) // a timestamp so far from the clock on the wall begins a new count
)

// timeline puts the packets of a recording where their RTP timestamps say: late ones into their gap, what never came
// as silence. A stream that starts to count anew (another SSRC, a jump) goes on at the time it came. Places are in
// samples since the recording began.
type timeline struct {
	window  [lineWindow]int16 // place modulo its length; zero where nothing is
	done    int64             // everything before is settled and gone
	top     int64             // end of the newest audio
	started bool
	ssrc    uint32
	stamp   uint32 // this timestamp stands
	at      int64  // at this place
}

// place puts one chunk in its place. What is settled at its time must have been taken before.
func (t *timeline) place(c *chunk) {
	at := t.at + int64(int32(c.timestamp-t.stamp))
	if astray := at - c.wall; !t.started || c.ssrc != t.ssrc || astray > maxAstray || astray < -maxAstray {
		at = max(c.wall, t.top)
		if at > c.wall+maxAstray {
			return
		}
		t.started, t.ssrc = true, c.ssrc
	}
	t.stamp, t.at = c.timestamp, at
	for i, b := range c.coded[:c.n] {
		if place := at + int64(i); place >= t.done {
			t.window[place%lineWindow] = linear[c.law][b]
		}
	}
	t.top = max(t.top, at+int64(c.n))
}

// settled appends to pcm what cannot change any more at a time.
func (t *timeline) settled(pcm []int16, wall int64) []int16 {
	return t.take(pcm, max(t.top-settleTime, wall-longestGap))
}

// rest appends to pcm all audio that is left.
func (t *timeline) rest(pcm []int16) []int16 { return t.take(pcm, t.top) }

func (t *timeline) take(pcm []int16, until int64) []int16 {
	for ; t.done < until; t.done++ {
		i := t.done % lineWindow
		pcm = append(pcm, t.window[i])
		t.window[i] = 0
	}
	return pcm
}
