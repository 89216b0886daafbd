package media

import (
	"math"
	"sync"
)

// The built-in hold music, composed for this program and rendered when it is first asked for: sixteen bars of a soft
// pad under a slow broken chord, with a music box above the second half. All its notes lie in the telephone's band.
// Tails that reach over the end go on at the beginning, so the loop has no seam.
const (
	eighth    = 4400       // samples: 0.55 s
	bar       = 8 * eighth // 4.4 s
	pieceBars = 16         // 70.4 s
	pieceSize = pieceBars * bar
	pieceRMS  = 0.126 // -18 dB below full scale
	piecePeak = 0.66  // -3.6 dB: louder samples are bent below it
	echoDelay = 3 * eighth / 4
)

// The harmony of eight bars, played twice: notes as MIDI numbers (69 is 440 Hz), low to high.
var harmony = [8][4]int{
	{60, 64, 67, 71}, // C major 7
	{57, 64, 67, 72}, // A minor 7
	{65, 69, 72, 76}, // F major 7
	{62, 67, 71, 74}, // G
	{64, 67, 71, 74}, // E minor 7
	{57, 64, 67, 72}, // A minor 7
	{62, 65, 69, 72}, // D minor 7
	{62, 67, 72, 74}, // G suspended
}

// The order in which the broken chord touches the notes of its bar; 4 and above: an octave higher.
var figures = [2][8]int{
	{0, 2, 1, 3, 2, 4, 3, 2},
	{0, 1, 2, 3, 5, 3, 2, 1},
}

// The music box: bar, eighth in it, note.
var melody = [][3]int{
	{8, 0, 79}, {8, 4, 76},
	{9, 0, 81}, {9, 4, 79}, {9, 6, 76},
	{10, 0, 77}, {10, 4, 81},
	{11, 0, 79}, {11, 4, 74},
	{12, 0, 76}, {12, 4, 79},
	{13, 0, 81}, {13, 4, 84},
	{14, 0, 81}, {14, 4, 77},
	{15, 0, 79}, {15, 6, 74},
}

// builtinMusic is rendered once and shared by all engines.
var builtinMusic = sync.OnceValue(func() *clip { return newClip(compose()) })

// compose renders the piece: 16-bit samples, 8 kHz.
func compose() []int16 {
	piece := make([]float32, pieceSize)
	for n := range pieceBars {
		chord := harmony[n%len(harmony)]
		figure := figures[n/len(harmony)]
		for _, note := range chord {
			pad(piece, n*bar, note)
		}
		for i, step := range figure {
			pluck(piece, n*bar+i*eighth, chord[step%4]+12*(step/4), 0.5)
		}
	}
	for _, m := range melody {
		pluck(piece, m[0]*bar+m[1]*eighth, m[2], 0.75)
	}
	echo(piece)
	return master(piece)
}

// partial adds one sine to the piece: its amplitude rises within attack samples and then falls by decay each sample.
func partial(piece []float32, at, length int, frequency, amplitude float64, attack int, decay float64) {
	turnSin, turnCos := math.Sincos(2 * math.Pi * frequency / sampleRate)
	x, y := 0.0, amplitude // a phasor, turned and shortened once a sample
	turnSin, turnCos = turnSin*decay, turnCos*decay
	for i := range length {
		v := x
		if i < attack {
			v *= float64(i) / float64(attack)
		}
		if rest := length - i; rest < releaseTime {
			v *= float64(rest) / releaseTime
		}
		piece[(at+i)%len(piece)] += float32(v)
		x, y = x*turnCos+y*turnSin, y*turnCos-x*turnSin
	}
}

const releaseTime = 4000 // samples in which every note ends

// pluck is a note of the broken chord or the music box: overtones die away faster than the ground.
func pluck(piece []float32, at, note int, amplitude float64) {
	f := pitch(note)
	partial(piece, at, 20000, f, amplitude, 60, 0.99982)
	partial(piece, at, 12000, 2*f, amplitude*0.30, 40, 0.99955)
	partial(piece, at, 8000, 3*f, amplitude*0.10, 30, 0.99920)
}

// pad is a long soft note: two voices a shade apart, which makes it breathe.
func pad(piece []float32, at, note int) {
	f := pitch(note)
	partial(piece, at, bar+releaseTime, f*0.9990, 0.16, 9000, 1)
	partial(piece, at, bar+releaseTime, f*1.0010, 0.16, 9000, 1)
	partial(piece, at, bar+releaseTime, 2*f, 0.05, 12000, 1)
}

// echo adds two softer repetitions.
func echo(piece []float32) {
	dry := append([]float32(nil), piece...)
	for i := range piece {
		j := i + len(piece)
		piece[i] += 0.28*dry[(j-echoDelay)%len(dry)] + 0.12*dry[(j-2*echoDelay)%len(dry)]
	}
}

// master brings the piece to its level and bends the few peaks above it.
func master(piece []float32) []int16 {
	sum := 0.0
	for _, v := range piece {
		sum += float64(v) * float64(v)
	}
	gain := pieceRMS / math.Sqrt(sum/float64(len(piece)))
	pcm := make([]int16, len(piece))
	for i, v := range piece {
		pcm[i] = int16(bend(float64(v)*gain) * math.MaxInt16)
	}
	return pcm
}

// bend leaves small values alone and leads large ones softly towards piecePeak.
func bend(v float64) float64 {
	const knee = piecePeak * 0.6
	if math.Abs(v) <= knee {
		return v
	}
	over := (math.Abs(v) - knee) / (piecePeak - knee)
	return math.Copysign(knee+(piecePeak-knee)*math.Tanh(over), v)
}

// pitch of a MIDI note, in Hz.
func pitch(note int) float64 { return 440 * math.Pow(2, float64(note-69)/12) }
