package wire

import (
	"crypto/sha256"
	"strconv"
	"strings"
	"sync"
	"time"
)

// clientMachine and serverMachine are the four state machines as the stack sees them.
type clientMachine interface {
	response(*Response)
	repeat(next time.Duration) // timers A and E
	expire()                   // timers B and F
	silent()                   // ClientOptions.Silence
	fail(error)                // the transport broke
	onFlow() Flow              // which flow it uses
}

type serverMachine interface {
	respond(*Response) error
	again()          // a copy of the request came
	ack() bool       // an ACK came; false: it is the dialog's
	trying(*Request) // the handler has returned
	onFlow() Flow
	stop()
}

// core is what all transactions share: a lock, and calls to the owner that are queued under the lock and made outside
// of it, in order, by whoever gives the lock back. So an owner may call the transaction from inside a callback.
type core struct {
	mu     sync.Mutex
	stack  *Stack
	queue  []func()
	making bool
}

// tell queues a call to the owner.
func (c *core) tell(f func()) { c.queue = append(c.queue, f) }

// leave gives the lock back and makes the queued calls.
func (c *core) leave() {
	if c.making {
		c.mu.Unlock()
		return
	}
	c.making = true
	for len(c.queue) > 0 {
		f := c.queue[0]
		c.queue = c.queue[1:]
		c.mu.Unlock()
		c.stack.guard(f)
		c.mu.Lock()
	}
	c.queue, c.making = nil, false
	c.mu.Unlock()
}

// alarm is one timer of a transaction. A firing that crosses with set or stop has no effect.
type alarm struct {
	timer *time.Timer
	round int
}

// set calls f after d with the lock held.
func (a *alarm) set(c *core, d time.Duration, f func()) {
	a.stop()
	round := a.round
	a.timer = time.AfterFunc(d, func() {
		c.mu.Lock()
		defer c.leave()
		if a.round == round {
			f()
		}
	})
}

func (a *alarm) stop() {
	a.round++
	if a.timer != nil {
		a.timer.Stop()
		a.timer = nil
	}
}

// maxKey is above what phones make of branch, Call-ID and address.
const maxKey = 300

// clientKey: RFC 3261 section 17.1.3.
func clientKey(branch string, m Method) string { return branch + " " + string(m) }

// serverKey: RFC 3261 section 17.2.3, for an ACK that of its INVITE. Call-ID and CSeq are in it although the branch
// should do: phones behind different NATs choose the same address and, some of them, the same branches. Without the
// magic cookie (RFC 2543) the Request-URI and the From tag take the place of the branch.
func serverKey(req *Request, m Method) string {
	if m == ACK {
		m = INVITE
	}
	via := req.Via()
	branch, _ := via.Params.Get("branch")
	if len(branch) <= len("z9hG4bK") || !strings.EqualFold(branch[:7], "z9hG4bK") {
		tag, _ := req.From().Params.Get("tag")
		branch = req.Recipient.String() + "\x00" + tag + "\x00" + branch
	}
	key := strings.Join([]string{branch, sentBy(via), string(*req.CallID()), strconv.Itoa(int(req.CSeq().SeqNo)), string(m)}, "\x00")
	if len(key) <= maxKey {
		return key
	}
	sum := sha256.Sum256([]byte(key)) // long names must not fill the table with what they promise
	return string(sum[:])
}
