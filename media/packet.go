package media

import (
	"encoding/binary"
	"errors"

	"github.com/pion/rtp"
)

const (
	rtpHeader = 12   // octets of an RTP header without extras
	maxPacket = 1500 // octets read of one datagram; audio of 20 ms has 172
)

// packet is one RTP packet in the buffer it was read into. The reader owns it and uses it again for the next.
type packet struct {
	header     rtp.Header // scratch of the parser
	buf        []byte     // the datagram
	begin, end int        // where the payload stands in buf
	pt         uint8
	marker     bool
	seq        uint16
	timestamp  uint32 // 8 kHz
	ssrc       uint32
}

var (
	errNotRTP  = errors.New("not an RTP packet")
	errPadding = errors.New("more padding than payload")
)

// parse reads the datagram buf; payload and header stay in it. (RFC 3550 section 5.1)
func (p *packet) parse(buf []byte) error {
	if len(buf) < rtpHeader || buf[0]>>6 != 2 {
		return errNotRTP
	}
	n, err := p.header.Unmarshal(buf)
	if err != nil {
		return err
	}
	end := len(buf)
	if p.header.Padding {
		padding := int(buf[end-1])
		if padding == 0 || padding > end-n {
			return errPadding
		}
		end -= padding
	}
	p.buf, p.begin, p.end = buf, n, end
	p.pt, p.marker = p.header.PayloadType, p.header.Marker
	p.seq, p.timestamp, p.ssrc = p.header.SequenceNumber, p.header.Timestamp, p.header.SSRC
	return nil
}

func (p *packet) payload() []byte { return p.buf[p.begin:p.end] }

// readdress writes a plain header of ours right before the payload, over the old one, and returns the datagram.
func (p *packet) readdress(pt uint8, marker bool, seq uint16, timestamp, ssrc uint32) []byte {
	out := p.buf[p.begin-rtpHeader : p.end]
	putHeader(out, pt, marker, seq, timestamp, ssrc)
	return out
}

// putHeader writes an RTP header without extras to the first rtpHeader octets of b.
func putHeader(b []byte, pt uint8, marker bool, seq uint16, timestamp, ssrc uint32) {
	b[0] = 2 << 6
	b[1] = pt & 0x7f
	if marker {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], seq)
	binary.BigEndian.PutUint32(b[4:], timestamp)
	binary.BigEndian.PutUint32(b[8:], ssrc)
}

// isRTCP tells RTCP that shares our port from RTP: packet types 192-223 (RFC 5761 section 4).
func isRTCP(b []byte) bool {
	return len(b) >= 8 && b[0]>>6 == 2 && b[1] >= 192 && b[1] <= 223
}
