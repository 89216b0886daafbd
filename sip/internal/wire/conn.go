package wire

import (
	"bytes"
	"fmt"
	"net"
	"sync"
	"time"
)

// Patience with TCP peers.
const (
	headTime  = 10 * time.Second // from the first octet of a message to the end of its header
	wholeTime = 20 * time.Second // to its end
	idleTime  = 60 * time.Second // between messages, unless kept
	writeTime = 5 * time.Second
	maxQueued = 64 // messages waiting for one slow connection
)

func pause() { time.Sleep(10 * time.Millisecond) }

// conn is one TCP connection: a reader that handles its messages in order, and a writer with a short queue, so that a
// peer that does not read blocks nobody.
type conn struct {
	stack    *Stack
	flow     Flow
	accepted bool
	out      chan []byte // nil: the last one, close after it
	done     chan struct{}

	mu     sync.Mutex
	net    net.Conn // nil while dialling
	closed bool
	kept   bool
	idle   bool      // between two messages
	since  time.Time // when the last message ended
}

func newConn(s *Stack, f Flow) *conn {
	return &conn{stack: s, flow: f, out: make(chan []byte, maxQueued), done: make(chan struct{})}
}

// queue hands octets to the writer. A full queue ends the connection.
func (c *conn) queue(data []byte) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	select {
	case c.out <- data:
		return true
	default:
		c.shut()
		return false
	}
}

func (c *conn) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shut()
}

// shut closes with the lock held.
func (c *conn) shut() {
	if c.closed {
		return
	}
	c.closed = true
	close(c.done)
	if c.net != nil {
		c.net.Close()
	}
}

// dial makes an outgoing connection and serves it.
func (c *conn) dial() {
	n, err := c.stack.config.Dial(c.flow.Local, c.flow.Remote)
	if err != nil {
		defer c.stack.readers.Done()
		c.close()
		c.stack.gone(c, fmt.Errorf("connect to %s: %w: %w", c.flow.Remote, ErrUnreachable, err))
		return
	}
	c.mu.Lock()
	c.net = n
	if c.closed {
		n.Close()
	}
	c.mu.Unlock()
	c.serve()
}

// serve runs the connection until it ends.
func (c *conn) serve() {
	defer c.stack.readers.Done()
	written := make(chan struct{})
	go func() {
		defer close(written)
		c.write()
	}()
	if c.read() && c.queue(nil) {
		<-written // the answer that explains why
	}
	c.close()
	<-written
	c.stack.gone(c, ErrClosed)
}

func (c *conn) write() {
	defer c.close()
	for {
		select {
		case data := <-c.out:
			if data == nil {
				return
			}
			c.net.SetWriteDeadline(time.Now().Add(writeTime))
			if _, err := c.net.Write(data); err != nil {
				return
			}
		case <-c.done:
			return
		}
	}
}

// read handles messages until the connection ends; true: what is queued should still be written.
func (c *conn) read() bool {
	f := framer{conn: c}
	chunk := make([]byte, 4096)
	c.rest()
	for {
		n, err := c.net.Read(chunk)
		if err != nil {
			return false
		}
		f.buf = append(f.buf, chunk[:n]...)
		for {
			var more, ok bool
			c.stack.guard(func() { more, ok = f.next() })
			if !ok {
				return true
			}
			if !more {
				break
			}
		}
		if len(f.buf) == 0 {
			f.buf = nil // an idle connection holds one chunk only
		}
	}
}

// rest begins the idle time after a message.
func (c *conn) rest() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.idle, c.since = true, time.Now()
	c.net.SetReadDeadline(c.idleDeadline())
}

func (c *conn) idleDeadline() time.Time {
	if c.kept {
		return time.Time{}
	}
	return c.since.Add(idleTime)
}

// busy sets the deadline of a message that has begun.
func (c *conn) busy(deadline time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.idle = false
	c.net.SetReadDeadline(deadline)
}

func (c *conn) keep(on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept != on {
		c.kept, c.since = on, time.Now()
		if c.idle && c.net != nil {
			c.net.SetReadDeadline(c.idleDeadline())
		}
	}
}

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
