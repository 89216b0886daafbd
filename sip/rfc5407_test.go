package sip

import (
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ringtide/internal/fakenet"
	"ringtide/internal/phone"
)

// RFC 5407: race conditions. The network takes 50 ms each way, so that messages cross.

var slow = fakenet.Options{MinDelay: 50 * time.Millisecond}

// lose drops the first n messages that begin with start.
func (s *stage) lose(n int, start string) {
	s.net.Filter(func(_, _ netip.AddrPort, data []byte) bool {
		if n > 0 && strings.HasPrefix(string(data), start) {
			n--
			return true
		}
		return false
	})
}

func TestRace_CancelCrosses200OfOurs(t *testing.T) { // 3.1.2, we are called
	play(t, slow, 1, func(s *stage) {
		c := s.carrier()
		c.Calls("sales")
		passes(60 * time.Millisecond)
		l := s.call()
		l.Answer([]byte("v=0 ours"))
		c.Cancels()
		c.Hears("SIP/2.0 200") // of the INVITE
		if m := c.Hears("SIP/2.0 200"); !strings.HasSuffix(phone.Header(m, "CSeq"), "CANCEL") {
			t.Errorf("second 200 is for %s", phone.Header(m, "CSeq"))
		}
		c.Acks()
		passes(time.Millisecond)
		c.Asks("BYE")
		c.Hears("SIP/2.0 200")
		l.saw("Confirmed", "HungUp", "Gone")
	})
}

func TestRace_CancelCrosses200OfTheirs(t *testing.T) { // 3.1.2, we call
	play(t, slow, 1, func(s *stage) {
		b := s.bob
		l := s.rings(Invite{})
		b.Hears("INVITE")
		b.Answers("INVITE", 180, "")
		passes(60 * time.Millisecond)
		l.saw("Ringing 180")
		ok := b.Answers("INVITE", 200, "v=0 bob") // on its way when
		l.Hangup(Elsewhere)                       // somebody else wins
		b.Hears("CANCEL")
		b.Answers("CANCEL", 481, "")
		b.HearsAll("ACK", "BYE")
		b.Send(ok) // repeated before the ACK came
		b.Hears("ACK")
		b.Answers("BYE", 200, "")
		passes(60 * time.Millisecond)
		l.saw("Ringing 180", "Gone")
	})
}

func TestRace_ByeOvertakes200(t *testing.T) { // he answers and hangs up; the 200 comes late
	play(t, quiet, 1, func(s *stage) {
		b := s.bob
		l := s.rings(Invite{})
		b.Hears("INVITE")
		b.Target = "sip:10.0.0.1:5060"
		b.Asks("BYE")
		b.Hears("SIP/2.0 200")
		l.saw()
		b.Answers("INVITE", 200, "v=0 bob")
		b.Hears("ACK")
		b.Silence(time.Minute)
		l.saw("Failed 0", "Gone")
	})
}

func TestRace_ByeOvertakesAck(t *testing.T) { // 3.1.3: zero-length calls
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		c.Calls("sales")
		l := s.call()
		l.Answer([]byte("v=0 ours"))
		c.Hears("SIP/2.0 200")
		ack := c.Request("ACK", c.Seq, nil, "")
		c.Asks("BYE")
		c.Hears("SIP/2.0 200")
		c.Send(ack)
		c.Silence(time.Minute)
		l.saw("HungUp", "Gone")
	})
}

func TestRace_ByeCrossesBye(t *testing.T) { // 3.2.3
	play(t, slow, 1, func(s *stage) {
		b := s.bob
		l := s.rings(Invite{})
		b.Hears("INVITE")
		b.Answers("INVITE", 200, "v=0 bob")
		b.Hears("ACK")
		l.Hangup(NoReason)
		b.Asks("BYE")
		b.Hears("BYE")
		b.Answers("BYE", 200, "")
		b.Hears("SIP/2.0 200")
		passes(60 * time.Millisecond)
		l.saw("Answered v=0 bob", "Gone")
	})
}

func TestRace_ReinviteCrossesBye(t *testing.T) { // 3.2.1
	play(t, slow, 1, func(s *stage) {
		b := s.bob
		l := s.rings(Invite{})
		b.Hears("INVITE")
		b.Answers("INVITE", 200, "v=0 bob")
		b.Hears("ACK")
		l.Hangup(NoReason)
		b.Offers("INVITE", "v=0 hold")
		b.Hears("BYE")
		b.Hears("SIP/2.0 481")
		b.Answers("BYE", 200, "")
		passes(60 * time.Millisecond)
		l.saw("Answered v=0 bob", "Gone")
	})
}

func TestRace_LostAckAnd200Again(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		c.Calls("sales")
		l := s.call()
		l.Answer([]byte("v=0 ours"))
		ok := c.Hears("SIP/2.0 200")
		s.lose(2, "ACK")
		c.Acks()
		if n := c.Copies(ok, 600*time.Millisecond); n != 2 {
			t.Errorf("200 came %d times", n)
		}
		c.Acks()
		c.Copies(ok, time.Second)
		c.Acks()
		if n := c.Copies(ok, time.Minute); n != 3 {
			t.Errorf("200 came %d times", n)
		}
		l.saw("Confirmed")
		c.Asks("BYE")
		c.Hears("SIP/2.0 200")
	})
}

func TestRace_Their200IsRepeated(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b := s.bob
		l := s.rings(Invite{})
		b.Hears("INVITE")
		ok := b.Answers("INVITE", 200, "v=0 bob")
		first := b.Hears("ACK")
		for range 3 {
			b.Send(ok)
			again := b.Hears("ACK")
			if phone.Header(again, "CSeq") != phone.Header(first, "CSeq") || phone.Header(again, "To") != phone.Header(first, "To") {
				t.Errorf("another ACK:\n%s", again)
			}
		}
		b.Asks("BYE")
		b.Hears("SIP/2.0 200")
		b.Send(ok) // even after the end
		b.Hears("ACK")
		l.saw("Answered v=0 bob", "HungUp", "Gone")
	})
}

func TestItem17_ReinviteBeforeAck(t *testing.T) { // 3.1.4: the ACK is lost, the caller goes on
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		c.Calls("sales")
		l := s.call()
		l.Answer([]byte("v=0 ours"))
		first := c.Hears("SIP/2.0 200")
		c.Offers("INVITE", "v=0 hold")
		c.Hears("SIP/2.0 100")
		l.saw("Reoffered v=0 hold")
		l.Accept([]byte("v=0 held"))
		second := c.Hears("SIP/2.0 200")
		if n := c.Copies(first, 1600*time.Millisecond); n != 3 {
			t.Errorf("the first 200 came %d times", n)
		}
		c.Acks() // of the second: so he has the first as well
		l.saw("Reoffered v=0 hold", "Confirmed")
		one, two := c.Times(first), c.Times(second)
		if c.Copies(first, time.Minute) != one || c.Copies(second, 0) != two {
			t.Error("a 200 is repeated after its ACK")
		}
		l.Hangup(NoReason)
		c.Hears("BYE")
		c.Answers("BYE", 200, "")
		l.saw("Reoffered v=0 hold", "Confirmed", "Gone")
	})
	play(t, quiet, 1, func(s *stage) { // 3.1.5: and our offer has no answer
		c := s.carrier()
		c.SDP = ""
		c.Calls("sales")
		l := s.call()
		l.Answer([]byte("v=0 our offer"))
		c.Hears("SIP/2.0 200")
		invite := c.Seq
		c.Offers("INVITE", "v=0 hold")
		c.Hears("SIP/2.0 491")
		c.Send(c.Request("ACK", invite, []string{"Content-Type: application/sdp"}, "v=0 answer"))
		l.saw("Confirmed v=0 answer")
		c.Asks("BYE")
		c.Hears("SIP/2.0 200")
	})
}

func TestRace_HangupWhileAnswering(t *testing.T) { // both from the call, in the same moment
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		c.Calls("sales")
		l := s.call()
		go l.Answer([]byte("v=0 ours"))
		go l.Hangup(NoReason)
		synctest.Wait()
		m := c.Hears("SIP/2.0 ")
		if strings.HasPrefix(m, "SIP/2.0 200") {
			c.Acks()
			c.Hears("BYE")
			c.Answers("BYE", 200, "")
		} else {
			c.AcksRefusal(m)
		}
		l.saw("Gone")
	})
}
