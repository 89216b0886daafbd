package media

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pion/sdp/v3"
)

// Direction is what one side wants to do (RFC 4566 section 6).
type Direction string

// The directions, as they are written.
const (
	SendRecv Direction = "sendrecv"
	SendOnly Direction = "sendonly"
	RecvOnly Direction = "recvonly"
	Inactive Direction = "inactive"
)

// answer is the direction that answers an offered one (RFC 3264 section 6.1).
func (d Direction) answer() Direction {
	switch d {
	case SendOnly:
		return RecvOnly
	case RecvOnly:
		return SendOnly
	}
	return d
}

// Description is what an SDP body says about audio: the first m= line of it that can be used.
type Description struct {
	// Addr is where the peer wants to receive. Port 0: no audio that can be used. An invalid address: the peer gave a
	// host name. 0.0.0.0 or ::: do not send (the hold of RFC 2543).
	Addr      netip.AddrPort
	Direction Direction     // of the peer; SendRecv if it does not say
	Formats   []Format      // in the peer's order of preference
	Ptime     time.Duration // how much audio the peer wants in a packet; 0: it does not say

	mux   bool   // the peer can take RTCP on the same port (RFC 5761)
	lines []line // all m= lines
	audio int    // the one described; -1: none
}

// Format is one payload type of the audio line.
type Format struct {
	PT    uint8
	Name  string // lower case; empty if nobody said what it means
	Clock int    // Hz
}

// held reports that the peer does not want to receive: it put us on hold.
func (d *Description) held() bool {
	return d.Direction == SendOnly || d.Direction == Inactive || d.Addr.Addr().IsValid() && d.Addr.Addr().IsUnspecified()
}

// static are the payload types that need no rtpmap (RFC 3551 table 4), as far as phones send them.
var static = map[uint8]Format{
	0: {0, "pcmu", 8000}, 3: {3, "gsm", 8000}, 4: {4, "g723", 8000}, 8: {8, "pcma", 8000},
	9: {9, "g722", 8000}, 13: {13, "cn", 8000}, 18: {18, "g729", 8000},
}

// Parse reads an SDP body as phones write it. It refuses only what is not SDP at all, or too large: more than 32 KiB,
// 512 lines, 8 m= lines or 64 payload types. A body without audio that can be used is for Check to refuse.
func Parse(body []byte) (*Description, error) {
	text, lines, err := normalise(body)
	if err != nil {
		return nil, err
	}
	var parsed sdp.SessionDescription
	if err := parsed.UnmarshalString(text); err != nil {
		return nil, fmt.Errorf("%w: %w", errNotSDP, err)
	}
	d := &Description{
		Direction: SendRecv, lines: lines,
		audio: slices.IndexFunc(lines, func(l line) bool { return l.usable }),
	}
	if d.audio < 0 || d.audio >= len(parsed.MediaDescriptions) {
		d.audio = -1
		return d, nil
	}
	d.read(&parsed, parsed.MediaDescriptions[d.audio])
	return d, nil
}

// read takes over one media part and what the session part says for it.
func (d *Description) read(session *sdp.SessionDescription, m *sdp.MediaDescription) {
	c := m.ConnectionInformation
	if c == nil {
		c = session.ConnectionInformation
	}
	var addr netip.Addr
	if c != nil && c.Address != nil {
		host, _, _ := strings.Cut(c.Address.Address, "/") // a time to live is for multicast
		addr, _ = netip.ParseAddr(host)
	}
	d.Addr = netip.AddrPortFrom(addr.Unmap(), uint16(m.MediaName.Port.Value))
	for _, pt := range m.MediaName.Formats {
		if n, err := strconv.ParseUint(pt, 10, 7); err == nil {
			d.Formats = append(d.Formats, known(uint8(n)))
		}
	}
	for _, a := range slices.Concat(session.Attributes, m.Attributes) {
		d.attribute(a.Key, a.Value)
	}
}

// known is a payload type before any rtpmap.
func known(pt uint8) Format {
	if f, ok := static[pt]; ok {
		return f
	}
	return Format{PT: pt}
}

func (d *Description) attribute(key, value string) {
	switch key {
	case "sendrecv", "sendonly", "recvonly", "inactive":
		d.Direction = Direction(key) // the media part comes last and wins
	case "rtcp-mux":
		d.mux = true
	case "ptime":
		if ms, err := strconv.ParseFloat(strings.TrimSpace(value), 64); err == nil && ms > 0 && ms <= 1000 {
			d.Ptime = time.Duration(ms * float64(time.Millisecond))
		}
	case "rtpmap":
		d.rtpmap(value)
	}
}

// rtpmap reads "101 telephone-event/8000". The static meaning of 0-95 stands: phones that say otherwise are wrong.
func (d *Description) rtpmap(value string) {
	number, encoding, _ := strings.Cut(value, " ")
	pt, err := strconv.ParseUint(number, 10, 7)
	if err != nil {
		return
	}
	if _, fixed := static[uint8(pt)]; fixed {
		return
	}
	name, clock, _ := strings.Cut(strings.TrimSpace(encoding), "/")
	clock, _, _ = strings.Cut(clock, "/") // channels
	hz, err := strconv.ParseUint(strings.TrimSpace(clock), 10, 20)
	if err != nil {
		return
	}
	for i := range d.Formats {
		if d.Formats[i].PT == uint8(pt) {
			d.Formats[i].Name, d.Formats[i].Clock = strings.ToLower(name), int(hz)
		}
	}
}

// meaning of a format, as far as it is built in.
func (f Format) meaning() format {
	if f.Clock != sampleRate {
		return formatNone
	}
	switch f.Name {
	case "pcmu":
		return formatUlaw
	case "pcma":
		return formatAlaw
	case "telephone-event":
		return formatEvent
	case "cn":
		return formatComfort
	}
	return formatNone
}

// find is the first format with a meaning.
func (d *Description) find(want format) (Format, bool) {
	for _, f := range d.Formats {
		if f.meaning() == want {
			return f, true
		}
	}
	return Format{}, false
}

// first is the first codec of the description that is among ours.
func (d *Description) first(ours []codec) (codec, Format, bool) {
	for _, f := range d.Formats {
		for _, c := range ours {
			if f.meaning() == c.law.format() {
				return c, f, true
			}
		}
	}
	return codec{}, Format{}, false
}
