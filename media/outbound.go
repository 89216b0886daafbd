package media

import (
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"
)

// outbound is the stream a session sends: one SSRC for its whole life, sequence numbers and timestamps that only go
// up, whoever the source is at the moment. The source is either the session itself (the clock sends what the player
// holds) or the session it is bridged with (whose reader sends).
type outbound struct {
	mu    sync.Mutex
	conn  PacketConn
	stats *counters

	agreed  bool           // a description came: the codec is known
	to      netip.AddrPort // zero: nowhere to send yet
	muted   bool           // the peer does not want to receive
	law     law            // the peer's codec
	pt      uint8          // its payload type
	eventPT uint8          // of telephone-event; 0: the peer has none
	frames  uint64         // of 20 ms in a packet of ours, as the peer's ptime wishes: 1 to maxFrames

	player  player
	bridge  *Session // whose packets we send; nil: the player's
	relayed mapping  // from the bridged stream's numbers to ours

	ssrc      uint32
	seq       uint16 // of the newest packet sent
	timestamp uint32 // of the newest packet sent
	span      uint32 // samples it holds
	sentAt    time.Time
	round     uint64 // in which the clock last sent
	clocked   bool   // the clock sent the newest packet: timestamps follow its rounds
	fresh     bool   // the source changed: the next packet has the marker bit

	buf [rtpHeader + maxFrames*frameSamples]byte
}

// maxFrames is the most audio in a packet of ours: 60 ms.
const maxFrames = 3

// begin draws the random beginnings of RFC 3550 section 5.1.
func (o *outbound) begin(conn PacketConn, stats *counters) {
	o.conn, o.stats = conn, stats
	o.ssrc, o.seq, o.timestamp = rand.Uint32(), uint16(rand.Uint32()), rand.Uint32()
	o.player, o.fresh, o.frames = nothing, true, 1
}

// agree sets what to send and where. A stream that begins again after a hold has the marker bit.
func (o *outbound) agree(to netip.AddrPort, d *Description, l law, pt, eventPT uint8) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.fresh = o.fresh || o.muted && !d.held()
	o.agreed, o.to, o.muted, o.law, o.pt, o.eventPT = true, to, d.held(), l, pt, eventPT
	o.frames = uint64(min(max(d.Ptime/frameTime, 1), maxFrames))
}

// redirect sends to another address of the same peer.
func (o *outbound) redirect(to netip.AddrPort) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.to = to
}

// switchTo makes the player or, if not nil, a bridged session the source. The caller holds mu.
func (o *outbound) switchTo(p player, bridge *Session) {
	o.player, o.bridge = p, bridge
	o.relayed.valid, o.fresh = false, true
}

// keepAliveAfter: when a bridged peer has sent nothing for so long (it is muted, on hold, gone), silence goes out, so
// that NAT bindings stay open and nobody takes the stream for dead.
const keepAliveAfter = time.Second

// beat sends what is due in a round. It returns the sound that has ended, if one has.
func (o *outbound) beat(round uint64, now time.Time) (ended Sound, over bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.bridge != nil && now.Sub(o.sentAt) < keepAliveAfter || round%o.frames != 0 {
		return ended, false
	}
	if !o.agreed || !o.muted && !o.to.IsValid() {
		return ended, false // an announcement waits until somebody can hear it
	}
	payload := o.buf[rtpHeader:rtpHeader]
	for i := range o.frames {
		frame, last := o.player.at(round + i)
		if last {
			ended, over = o.player.sound, true
			o.switchTo(nothing, nil)
			frame, _ = o.player.at(round + i)
		}
		payload = append(payload, o.player.clip.frame(frame, o.law)...)
	}
	if !o.muted {
		o.sendAudio(uint32(len(payload)), round, now)
	}
	return ended, over
}

// needsClock says that the session itself is the source: it plays something or keeps the stream alive with silence.
func (o *outbound) needsClock() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.bridge == nil && o.agreed && (o.muted || o.to.IsValid())
}

// sendAudio sends so many samples of the clock's, which stand in buf.
func (o *outbound) sendAudio(samples uint32, round uint64, now time.Time) {
	step := o.elapsed(now)
	if o.clocked {
		step = max(o.span, frameSamples*uint32(round-o.round))
	}
	o.seq++
	o.timestamp += step
	o.span, o.round, o.clocked, o.relayed.valid = samples, round, true, false
	putHeader(o.buf[:], o.pt, o.fresh, o.seq, o.timestamp, o.ssrc)
	o.send(o.buf[:rtpHeader+samples], now)
}

// elapsed is how far the timestamp moves at a change of source: by the time that went by, in whole frames, and at
// least over what the newest packet holds.
func (o *outbound) elapsed(now time.Time) uint32 {
	if o.sentAt.IsZero() {
		return frameSamples
	}
	return max(o.span, frameSamples*uint32(now.Sub(o.sentAt)/frameTime))
}

// send writes one datagram. An error is the network's matter: the next packet may get through.
func (o *outbound) send(datagram []byte, now time.Time) {
	o.fresh, o.sentAt = false, now
	if _, err := o.conn.WriteToUDPAddrPort(datagram, o.to); err != nil {
		o.stats.unsent.Add(1)
		return
	}
	o.stats.out.Add(1)
}
