package media

import (
	"net"
	"net/netip"
	"time"
)

// Config is the media part of the configuration.
type Config struct {
	MinPort, MaxPort int               // UDP ports for RTP, both included
	Codecs           []string          // lower-case names in order of preference; those not built in are left out with a warning
	RTPTimeout       time.Duration     // a leg that should send but is silent for so long reports Silent; 0: never
	Music            map[string]string // NAME: "builtin", or the path of a WAV file or a folder of them
	Listen           ListenFunc        // nil: UDP sockets of the system; tests give an in-memory network
}

// ListenFunc opens a packet socket on one address. It is the seam through which the tests' network comes in.
type ListenFunc func(netip.AddrPort) (PacketConn, error)

// PacketConn is what media needs of a UDP socket. *net.UDPConn is one.
type PacketConn interface {
	ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error)
	WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error)
	LocalAddr() net.Addr
	Close() error
}

// Options say for whom a session is.
type Options struct {
	Local      netip.Addr  // address to bind; said in our SDP unless Advertise is set
	Advertise  netip.Addr  // said in our SDP instead of Local (we are behind NAT); zero: Local
	Signalling netip.Addr  // where the peer's signalling comes from, for the source lock; zero: not known
	Events     func(Event) // gets the session's events; nil: nobody wants them
}

// Sound is something a session can play. Exactly one field is set.
type Sound struct {
	Music    string // a name of Config.Music, or "silence", or "ringback"; endless, position shared by all listeners
	Ringback bool   // the ring tone; endless
	Busy     bool   // the busy tone; endless
	Beep     bool   // the tone before a recording; ends
	Prompt   string // a built-in spoken prompt; ends
	File     string // path of a WAV file; ends

	From time.Duration // of a File: where to begin; beyond its end: it has been heard
}

// Event is something a session reports. Events of one session come in order, on goroutines of the engine; the receiver
// must not block.
type Event interface{ event() }

type (
	// Played: the ending sound handed to Play was sent to its end.
	Played struct{ Sound Sound }
	// Digit: a telephone-event (RFC 4733) began; reported once per key press. One of 0-9 A-D * #.
	Digit struct{ Key byte }
	// FirstPacket: the first RTP packet from the locked source came in.
	FirstPacket struct{}
	// Silent: no RTP and no RTCP for Config.RTPTimeout although the peer should send. Reported again each RTPTimeout.
	Silent struct{}
	// Recorded: the recording begun by Record is over and its file is closed (not yet synced to disk).
	Recorded struct {
		Path   string
		Length time.Duration // of the audio kept, trailing silence cut
		Why    RecordEnd
		Err    error // disk full and the like; what was written before is kept
	}
	// Failed: the session closed itself after a fault of ours (a panic, a broken socket). The leg should be hung up.
	Failed struct{ Err error }
)

func (Played) event()      {}
func (Digit) event()       {}
func (FirstPacket) event() {}
func (Silent) event()      {}
func (Recorded) event()    {}
func (Failed) event()      {}

// RecordEnd says why a recording ended.
type RecordEnd string

const (
	RecordSilence RecordEnd = "silence" // MaxSilence without speech
	RecordLimit   RecordEnd = "limit"   // MaxLength reached
	RecordStopped RecordEnd = "stopped" // StopRecording or Close
	RecordFailed  RecordEnd = "failed"  // the file could not be written
)

// Recording says what Record writes: 16-bit PCM WAV, 8 kHz, mono, of what comes from the peer.
type Recording struct {
	Path       string
	MaxLength  time.Duration
	MaxSilence time.Duration // 0: silence never ends it
}
