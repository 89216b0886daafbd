package wire

import (
	"bytes"
	"time"
)

// framer cuts a stream into messages (RFC 3261 section 18.3). It holds only octets that have arrived.
type framer struct {
	conn  *conn
	buf   []byte
	begun time.Time // when the message at the beginning of buf began; zero: none has
	l     *letter   // its head, once complete
	size  int       // of head and body, once l is known
}

var emptyLine = []byte("\r\n\r\n")

// next handles one message or keep-alive of buf. more: there may be another one; ok false: the connection must end.
func (f *framer) next() (more, ok bool) {
	c := f.conn
	if f.begun.IsZero() {
		// RFC 5626 section 4.4.1: two CRLF are a ping, one is a pong or the end of something.
		switch {
		case bytes.HasPrefix(f.buf, emptyLine):
			f.buf = f.buf[4:]
			return true, c.queue([]byte("\r\n"))
		case bytes.HasPrefix(emptyLine, f.buf):
			return false, true
		case f.buf[0] == '\r' && f.buf[1] == '\n':
			f.buf = f.buf[2:]
		}
		f.begun = time.Now()
		c.busy(f.begun.Add(headTime))
	}
	if f.l == nil && (!tokenChar[f.buf[0]] || !f.head()) {
		return false, f.plausible()
	}
	if f.size == 0 { // nobody knows where the next message begins
		c.stack.refuse(f.buf, f.l, c.flow)
		return false, false
	}
	if len(f.buf) < f.size {
		return false, true
	}
	whole := f.buf[:f.size]
	_, body, _ := bytes.Cut(whole, emptyLine)
	if m := c.stack.gate.message(f.l, string(body)); m != nil {
		c.stack.dispatch(m, c.flow)
	} else {
		c.stack.refuse(whole, f.l, c.flow)
	}
	f.buf, f.l, f.size, f.begun = f.buf[f.size:], nil, 0, time.Time{}
	c.rest()
	return true, true
}

// head reads the head once it is complete and finds the size of the message: 0 if that cannot be known.
func (f *framer) head() bool {
	n := bytes.Index(f.buf, emptyLine)
	if n < 0 {
		return false
	}
	f.l = open(string(f.buf[:n]))
	length := f.l.length()
	switch {
	case length < 0:
		f.l.blame(bad("no Content-Length")) // unless that was blamed already
		return true
	case length > maxBody:
		f.l.blame(bigBody)
		return true
	case n+4+length > maxStream:
		f.l.blame(&fault{code: 513, why: "message above 64 KiB"})
		return true
	case f.l.fault != nil && f.l.fault.code == 0:
		return true
	}
	f.size = n + 4 + length
	f.conn.busy(f.begun.Add(wholeTime))
	return true
}

// plausible tells whether an incomplete head can still become SIP.
func (f *framer) plausible() bool {
	line, _, whole := bytes.Cut(f.buf, []byte("\r\n"))
	fine := tokenChar[f.buf[0]] && len(line) <= maxLine && len(f.buf) <= maxStream && bytes.IndexByte(line, 0) < 0
	if fine && whole {
		var l letter
		l.start(string(line))
		fine = l.fault == nil || l.fault.code != 0
	}
	if !fine {
		f.conn.stack.malformed(f.buf, f.conn.flow.Remote, "not SIP")
	}
	return fine
}
