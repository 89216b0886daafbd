package media

import "math/bits"

// law is one of the two codings of ITU-T G.711. Both carry 8,000 samples a second, one octet each.
type law uint8

const (
	ulaw law = iota // PCMU
	alaw            // PCMA
	laws            // how many there are
)

// silence is the octet of a sample of zero.
var silence = [laws]byte{ulaw: 0xff, alaw: 0xd5}

var (
	linear  [laws][256]int16 // G.711 octet -> 16-bit sample
	crossed [laws][256]byte  // G.711 octet of one law -> octet of the other
)

func init() {
	for i := range 256 {
		linear[ulaw][i], linear[alaw][i] = decodeUlaw(byte(i)), decodeAlaw(byte(i))
	}
	for i := range 256 {
		crossed[ulaw][i] = encodeAlaw(linear[ulaw][i])
		crossed[alaw][i] = encodeUlaw(linear[alaw][i])
	}
}

// cross rewrites payload, coded in l, in the other law.
func (l law) cross(payload []byte) {
	table := &crossed[l]
	for i, b := range payload {
		payload[i] = table[b]
	}
}

// encode appends pcm (16-bit samples, 8 kHz) coded in l to dst.
func (l law) encode(dst []byte, pcm []int16) []byte {
	code := encodeUlaw
	if l == alaw {
		code = encodeAlaw
	}
	for _, s := range pcm {
		dst = append(dst, code(s))
	}
	return dst
}

// The coding of G.711, tables 2a and 1a: a sign, three bits of exponent, four of mantissa. The u-law magnitude has a
// bias of 33 in its 14 bits (132 in our 16), which makes all its segments alike; A-law has a linear first segment and
// every other bit inverted.
const ulawBias, ulawClip = 0x84, 32635

func encodeUlaw(s int16) byte {
	v, sign := int(s), byte(0)
	if v < 0 {
		v, sign = -v, 0x80
	}
	v = min(v, ulawClip) + ulawBias
	exponent := bits.Len(uint(v)) - 8
	return ^(sign | byte(exponent<<4) | byte(v>>(exponent+3))&0x0f)
}

func decodeUlaw(b byte) int16 {
	b = ^b
	v := (int(b&0x0f)<<3+ulawBias)<<(b>>4&7) - ulawBias
	if b&0x80 != 0 {
		return int16(-v)
	}
	return int16(v)
}

func encodeAlaw(s int16) byte {
	v, mask := int(s), byte(0xd5)
	if v < 0 {
		v, mask = -v-1, 0x55
	}
	v >>= 3 // the low three of 16 bits are below the finest step
	if v < 32 {
		return byte(v>>1) ^ mask
	}
	exponent := bits.Len(uint(v)) - 5
	return (byte(exponent<<4) | byte(v>>exponent)&0x0f) ^ mask
}

func decodeAlaw(b byte) int16 {
	b ^= 0x55
	v := int(b&0x0f)<<4 + 8
	if exponent := b >> 4 & 7; exponent > 0 {
		v = (v + 0x100) << (exponent - 1)
	}
	if b&0x80 == 0 {
		return int16(-v)
	}
	return int16(v)
}
