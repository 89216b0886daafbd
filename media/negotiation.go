package media

import (
	"errors"
	"math/rand/v2"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"github.com/pion/sdp/v3"
)

// ErrNotAcceptable: the description has no audio, or none in a codec of ours (488 Not Acceptable Here).
var ErrNotAcceptable = errors.New("no audio in a codec that is built in and configured")

const (
	eventPT   = 101 // payload type of telephone-event in our first offer
	plainRTP  = "RTP/AVP"
	audioLine = "audio"
)

// negotiation is the offer/answer state of a session (RFC 3264).
type negotiation struct {
	mu      sync.Mutex
	codecs  []codec // of the configuration when the session was opened
	id      uint64  // session id and first version of our o= line; 31 bits, as some phones keep no more
	version uint64
	said    string // our last body without its o= line: the version goes up when it changes
	lines   []line // the m= lines agreed on, which never change their places; empty at first
	audio   int    // which of them is ours
	event   uint8  // the payload type of telephone-event, once agreed the same for the whole session
}

func (n *negotiation) begin(codecs []codec) {
	n.codecs, n.event = codecs, eventPT
	n.id = uint64(rand.Uint32()>>1) + 1
	n.version = n.id
}

// Check reports whether an offer can be answered: ErrNotAcceptable if it has no audio in a codec of ours.
func (e *Engine) Check(offer *Description) error {
	return offer.acceptable(e.settings.Load().codecs)
}

func (d *Description) acceptable(ours []codec) error {
	if _, _, ok := d.first(ours); d.audio < 0 || !ok {
		return ErrNotAcceptable
	}
	return nil
}

// Offer is an offer of ours: all our codecs, telephone-event, both directions. The port never changes; the version
// goes up only when the body does. m= lines that were agreed on before keep their places.
func (s *Session) Offer() []byte {
	n := &s.agreed
	n.mu.Lock()
	defer n.mu.Unlock()
	var ours formats
	m := audioMedia(s.said.Port())
	for _, c := range n.codecs {
		addFormat(m, c.pt, c.law.format())
		ours[c.pt] = c.law.format()
	}
	addFormat(m, n.event, formatEvent)
	ours[n.event] = formatEvent
	finishMedia(m, SendRecv, false)
	lines, audio := n.lines, n.audio
	if len(lines) == 0 {
		lines, audio = []line{{kind: audioLine, proto: plainRTP}}, 0
	}
	s.receiveAs(ours)
	return n.body(s.said.Addr(), lines, audio, m)
}

// Answer answers an offer, the first or a later one, and acts on it: from now on the session sends where and what it
// says. The peer's first codec that is ours is taken; other m= lines are refused in their places; a hold is answered
// with its counterpart (RFC 3264 sections 6 and 8.4). ErrNotAcceptable changes nothing.
func (s *Session) Answer(offer *Description) ([]byte, error) {
	n := &s.agreed
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := offer.acceptable(n.codecs); err != nil {
		return nil, err
	}
	codec, chosen, _ := offer.first(n.codecs)
	m := audioMedia(s.said.Port())
	addFormat(m, chosen.PT, codec.law.format())
	if event, ok := offer.find(formatEvent); ok {
		addFormat(m, event.PT, formatEvent)
		n.event = event.PT
	}
	direction := offer.Direction.answer()
	if offer.Held() && direction == SendRecv {
		direction = RecvOnly // 0.0.0.0 without a direction
	}
	finishMedia(m, direction, offer.mux)
	n.lines, n.audio = offer.lines, offer.audio
	s.apply(offer, codec, chosen)
	return n.body(s.said.Addr(), n.lines, n.audio, m), nil
}

// Accept takes the peer's answer to our offer and acts on it. It may come again (183, then 200), and differ. An answer
// that refuses our audio, or takes none of our codecs, is ErrNotAcceptable and changes nothing.
func (s *Session) Accept(answer *Description) error {
	n := &s.agreed
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := answer.acceptable(n.codecs); err != nil {
		return err
	}
	codec, chosen, _ := answer.first(n.codecs)
	if len(n.lines) == 0 {
		n.lines, n.audio = answer.lines[answer.audio:answer.audio+1], 0
	}
	s.apply(answer, codec, chosen)
	return nil
}

// apply makes a remote description count: whom to believe, what the payload types mean, where to send what.
func (s *Session) apply(d *Description, c codec, chosen Format) {
	now := time.Now()
	event, _ := d.find(formatEvent) // payload type 0 if there is none: 0 is PCMU
	s.in.mu.Lock()
	defer s.in.mu.Unlock()
	in := &s.in
	in.lock.expect(d.Addr, now)
	for _, f := range d.Formats {
		if in.formats[f.PT] == formatNone {
			in.formats[f.PT] = f.meaning()
		}
	}
	in.learnStatic()
	expected := d.Direction == SendRecv && !d.Held()
	if expected && !in.expected {
		in.heard = now
	}
	in.expected = expected
	s.out.agree(in.lock.destination(), d, c.law, chosen.PT, event.PT)
}

// receiveAs remembers what the payload types of our own offer mean.
func (s *Session) receiveAs(ours formats) {
	s.in.mu.Lock()
	defer s.in.mu.Unlock()
	for pt, meaning := range ours {
		if meaning != formatNone {
			s.in.formats[pt] = meaning
		}
	}
	s.in.learnStatic()
}

// learnStatic: peers use the static types of G.711 whether they were agreed on or not, and both laws are understood.
func (in *inbound) learnStatic() {
	in.formats[codecs[ulaw].pt], in.formats[codecs[alaw].pt] = formatUlaw, formatAlaw
	in.formats[static[13].PT] = formatComfort
}

// agree sets what to send and where. A stream that begins again after a hold has the marker bit.
func (o *outbound) agree(to netip.AddrPort, d *Description, l law, pt, eventPT uint8) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.fresh = o.fresh || o.muted && !d.Held()
	o.agreed, o.to, o.muted, o.law, o.pt, o.eventPT = true, to, d.Held(), l, pt, eventPT
	o.frames = uint64(min(max(d.Ptime/frameTime, 1), maxFrames))
}

// redirect sends to another address of the same peer.
func (o *outbound) redirect(to netip.AddrPort) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.to = to
}

// body writes our description: our audio in its place, all other lines refused.
func (n *negotiation) body(addr netip.Addr, lines []line, audio int, m *sdp.MediaDescription) []byte {
	family := "IP4"
	if addr.Is6() {
		family = "IP6"
	}
	d := sdp.SessionDescription{
		Origin: sdp.Origin{
			Username: "-", SessionID: n.id, SessionVersion: n.version,
			NetworkType: "IN", AddressType: family, UnicastAddress: addr.String(),
		},
		SessionName: "-",
		ConnectionInformation: &sdp.ConnectionInformation{
			NetworkType: "IN", AddressType: family, Address: &sdp.Address{Address: addr.String()},
		},
		TimeDescriptions: []sdp.TimeDescription{{}},
	}
	for i, l := range lines {
		if i == audio {
			m.MediaName.Protos = []string{l.proto}
			d.MediaDescriptions = append(d.MediaDescriptions, m)
			continue
		}
		d.MediaDescriptions = append(d.MediaDescriptions, &sdp.MediaDescription{MediaName: sdp.MediaName{
			Media: l.kind, Protos: []string{l.proto}, Formats: []string{l.formats},
		}})
	}
	body, err := n.marshal(&d)
	if err != nil {
		panic("write an SDP: " + err.Error()) // it holds only what was checked or is our own
	}
	return body
}

// marshal counts the version up if the body differs from the last one.
func (n *negotiation) marshal(d *sdp.SessionDescription) ([]byte, error) {
	d.Origin.SessionVersion = 0
	body, err := d.Marshal()
	if err != nil {
		return nil, err
	}
	if n.said != "" && n.said != string(body) {
		n.version++
	}
	n.said = string(body)
	d.Origin.SessionVersion = n.version
	return d.Marshal()
}

// audioMedia begins our m= line.
func audioMedia(port uint16) *sdp.MediaDescription {
	return &sdp.MediaDescription{MediaName: sdp.MediaName{Media: audioLine, Port: sdp.RangedPort{Value: int(port)}}}
}

// addFormat adds a payload type with its rtpmap.
func addFormat(m *sdp.MediaDescription, pt uint8, f format) {
	number := strconv.Itoa(int(pt))
	m.MediaName.Formats = append(m.MediaName.Formats, number)
	m.Attributes = append(m.Attributes, sdp.NewAttribute("rtpmap", number+" "+encodings[f]))
	if f == formatEvent {
		m.Attributes = append(m.Attributes, sdp.NewAttribute("fmtp", number+" 0-15"))
	}
}

var encodings = [...]string{formatUlaw: "PCMU/8000", formatAlaw: "PCMA/8000", formatEvent: "telephone-event/8000"}

// finishMedia adds the attributes of the line itself.
func finishMedia(m *sdp.MediaDescription, d Direction, mux bool) {
	m.Attributes = append(m.Attributes, sdp.NewAttribute("ptime", "20"))
	if mux {
		m.Attributes = append(m.Attributes, sdp.NewPropertyAttribute("rtcp-mux"))
	}
	m.Attributes = append(m.Attributes, sdp.NewPropertyAttribute(string(d)))
}
