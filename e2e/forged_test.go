package e2e

import (
	"fmt"
	"testing"
	"time"
)

// Somebody who knows everything about a dialog, but speaks from another address, ends nothing: 481.
func TestAForgedByeEndsNothing(t *testing.T) {
	t.Parallel()
	x := start(t, plan{groups: twoInOrder})
	alice := x.phone("101", answers(0))
	c := x.calls("+15551000", untilReleased)
	alice.connected(1)
	yes := c.answered()
	s := x.socket(x.stranger())
	for n, method := range []string{"BYE", "INFO", "INVITE"} {
		s.send(fmt.Sprintf(`%[1]s sip:%[2]s SIP/2.0
Via: SIP/2.0/UDP %[3]s;branch=z9hG4bKforged%[1]s;rport
Max-Forwards: 70
From: %[4]s
To: %[5]s
Call-ID: %[6]s
CSeq: 77 %[1]s
Contact: <sip:evil@%[3]s>
Content-Length: 0

`, method, x.sip, s.conn.LocalAddr(), yes.header("From"), yes.header("To"), yes.callID()))
		same(t, "forged "+method, s.answer(n+1).code, 481)
		if method == "INVITE" {
			s.send(s.request("ACK", "sip:"+x.sip, "sip:x", "sip:x", "done")) // nobody has to repeat the 481
		}
	}
	lasts(t, "the call", time.Second, func() bool { return !c.saw(asked("BYE")) && alice.rings()[0].ended.IsZero() })
	c.hangsUp()
	c.over()
	alice.ended(1)
}
