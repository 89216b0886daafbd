package call

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"os"
	"sync"
	"time"

	"ringtide/internal/phone"
	"ringtide/voicemail"
)

// owner is a user's phone that calls *97, and what it hears.
type owner struct {
	*phone.Phone
	w     *town
	user  string
	sdp   string // the server's
	voice *audio
	mu    sync.Mutex
	hear  map[byte]int // octets that fill a whole packet, and how many packets
	last  byte         // of them
}

// owns puts a user's phone on the network, which listens to what is played.
func (w *town) owns(user string) *owner {
	w.t.Helper()
	o := &owner{Phone: w.phone(user), w: w, user: user}
	o.listensAt("10.0.1." + user + ":4000")
	return o
}

func (o *owner) listensAt(at string) {
	o.hear = map[byte]int{}
	c, err := o.w.net.ListenPacket(netip.MustParseAddrPort(at))
	o.w.must(err)
	o.w.onLeave = append(o.w.onLeave, func() { c.Close() })
	o.voice = &audio{PacketConn: c}
	go func() {
		for buf := make([]byte, 2000); ; {
			n, _, err := c.ReadFrom(buf)
			if err != nil {
				return
			}
			o.takes(buf[12:n])
		}
	}()
}

func (o *owner) takes(payload []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(payload) > 0 && bytes.Count(payload, payload[:1]) == len(payload) && payload[0] != 0xff {
		o.last = payload[0]
		o.hear[o.last]++
	}
}

// dials has the call answered.
func (o *owner) dials(to string) {
	o.w.t.Helper()
	o.CallsProven(to, o.user, password)
	o.sdp = phone.Body(o.Hears("SIP/2.0 200"))
	o.Acks()
	o.w.pass(100 * time.Millisecond)
}

// press sends keys by INFO.
func (o *owner) press(keys string) {
	o.w.t.Helper()
	for _, key := range keys {
		o.Seq++
		o.Send(o.Request("INFO", o.Seq, []string{"Content-Type: application/dtmf-relay"}, "Signal="+string(key)+"\r\nDuration=100\r\n"))
		o.Hears("SIP/2.0 200")
		o.w.pass(50 * time.Millisecond)
	}
}

// reaches waits until a second of a message is heard.
func (o *owner) reaches(second int) {
	o.w.t.Helper()
	for range 60 * 50 {
		o.mu.Lock()
		there := o.last == octet(second)
		o.mu.Unlock()
		if there {
			return
		}
		o.w.pass(20 * time.Millisecond)
	}
	o.w.t.Fatalf("second %d is not heard, but %#x", second, o.last)
}

// packets of a second of messages that were heard; 50 are all of it.
func (o *owner) packets(second int) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.hear[octet(second)]
}

func (o *owner) hangsUp() {
	o.w.t.Helper()
	o.Asks("BYE")
	o.Hears("SIP/2.0 200")
	o.w.pass(time.Second)
}

func octet(second int) byte { return 0x90 + byte(second) }

// holds puts a message into a mailbox, each second of which sounds different.
func (w *town) holds(mailbox, user string, seconds int) (id string) {
	w.t.Helper()
	d, err := w.shelf.New(voicemail.Message{Mailbox: mailbox, From: user, User: user, At: time.Now()})
	w.must(err)
	var sound []byte
	for second := range seconds {
		sound = append(sound, bytes.Repeat([]byte{octet(second)}, 8000)...)
	}
	w.must(os.WriteFile(d.Path(), ulawFile(sound), 0o600))
	id, err = d.Keep(time.Duration(seconds) * time.Second)
	w.must(err)
	w.pass(time.Second)
	return id
}

// ulawFile is a WAV file of G.711 u-law.
func ulawFile(sound []byte) []byte {
	b := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(36+len(sound)))
	b = binary.LittleEndian.AppendUint32(append(b, "WAVEfmt "...), 16)
	for _, v := range []uint16{7, 1, 8000, 0, 8000, 0, 1, 8} {
		b = binary.LittleEndian.AppendUint16(b, v)
	}
	b = binary.LittleEndian.AppendUint32(append(b, "data"...), uint32(len(sound)))
	return append(b, sound...)
}
