package media

import (
	"errors"
	"math/rand/v2"
	"sync"
	"time"
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
	if offer.held() && direction == SendRecv {
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
	expected := d.Direction == SendRecv && !d.held()
	if expected && !in.expected {
		in.heard = now
	}
	in.expected, in.held = expected, d.held()
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
