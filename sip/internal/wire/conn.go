package wire

import (
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"sync"
	"time"
)

// Patience with peers on connections.
const (
	shakeTime = 10 * time.Second // from the connection to the end of the hand-shake of TLS
	headTime  = 10 * time.Second // from the first octet of a message to the end of its header
	wholeTime = 20 * time.Second // to its end
	idleTime  = 60 * time.Second // between messages, unless kept
	writeTime = 5 * time.Second
	maxQueued = 64 // messages waiting for one slow connection
)

func pause() { time.Sleep(10 * time.Millisecond) }

// conn is one TCP or TLS connection: a reader that handles its messages in order, and a writer with a short queue, so that a
// peer that does not read blocks nobody.
type conn struct {
	stack    *Stack
	flow     Flow
	accepted bool
	counted  bool        // against the limits; guarded by Stack.mu
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

func (c *conn) dead() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed
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
		c.fail(err)
		return
	}
	if c.flow.Transport == "tls" {
		n = secured{tls.Client(n, c.stack.asks(c.flow))}
	}
	c.mu.Lock()
	c.net = n
	if c.closed {
		n.Close()
	}
	c.mu.Unlock()
	c.serve()
}

// fail buries a connection that has not come about.
func (c *conn) fail(why error) {
	c.close()
	c.stack.gone(c, fmt.Errorf("connect to %s: %w: %w", c.flow.Remote, ErrUnreachable, why))
}

// serve runs the connection until it ends.
func (c *conn) serve() {
	defer c.stack.readers.Done()
	if err := c.shakeHands(); err != nil {
		c.stack.distrusted(c, err)
		c.fail(err)
		return
	}
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
		if err != nil && os.IsTimeout(err) && c.mayRest() {
			c.rest()
			continue
		}
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

// mayRest tells whether a connection whose idle time is over stays: it was kept meanwhile, or a call is ringing here
// whose answer needs the way back.
func (c *conn) mayRest() bool {
	c.mu.Lock()
	idle, kept := c.idle, c.kept
	c.mu.Unlock()
	return idle && (kept || c.stack.inUse(c))
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
