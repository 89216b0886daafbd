package sip

import (
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ringtide/internal/fakenet"
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
		c.calls("sales")
		time.Sleep(60 * time.Millisecond)
		l := s.call()
		l.Answer([]byte("v=0 ours"))
		c.cancels()
		c.hears("SIP/2.0 200") // of the INVITE
		if m := c.hears("SIP/2.0 200"); !strings.HasSuffix(header(m, "CSeq"), "CANCEL") {
			t.Errorf("second 200 is for %s", header(m, "CSeq"))
		}
		c.acks()
		time.Sleep(time.Millisecond)
		c.asks("BYE")
		c.hears("SIP/2.0 200")
		l.saw("Confirmed", "HungUp", "Gone")
	})
}

func TestRace_CancelCrosses200OfTheirs(t *testing.T) { // 3.1.2, we call
	play(t, slow, 1, func(s *stage) {
		b := s.bob
		l := s.rings(Invite{})
		b.hears("INVITE")
		b.answers("INVITE", 180, "")
		time.Sleep(60 * time.Millisecond)
		l.saw("Ringing 180")
		ok := b.answers("INVITE", 200, "v=0 bob") // on its way when
		l.Hangup(Elsewhere)                       // somebody else wins
		b.hears("CANCEL")
		b.answers("CANCEL", 481, "")
		b.hearsAll("ACK", "BYE")
		b.send(ok) // repeated before the ACK came
		b.hears("ACK")
		b.answers("BYE", 200, "")
		time.Sleep(60 * time.Millisecond)
		l.saw("Ringing 180", "Gone")
	})
}

func TestRace_ByeOvertakes200(t *testing.T) { // he answers and hangs up; the 200 comes late
	play(t, quiet, 1, func(s *stage) {
		b := s.bob
		l := s.rings(Invite{})
		b.hears("INVITE")
		b.target = "sip:10.0.0.1:5060"
		b.asks("BYE")
		b.hears("SIP/2.0 200")
		l.saw()
		b.answers("INVITE", 200, "v=0 bob")
		b.hears("ACK")
		b.silence(time.Minute)
		l.saw("Failed 0", "Gone")
	})
}

func TestRace_ByeOvertakesAck(t *testing.T) { // 3.1.3: zero-length calls
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		c.calls("sales")
		l := s.call()
		l.Answer([]byte("v=0 ours"))
		c.hears("SIP/2.0 200")
		ack := c.request("ACK", c.seq, nil, "")
		c.asks("BYE")
		c.hears("SIP/2.0 200")
		c.send(ack)
		c.silence(time.Minute)
		l.saw("HungUp", "Gone")
	})
}

func TestRace_ByeCrossesBye(t *testing.T) { // 3.2.3
	play(t, slow, 1, func(s *stage) {
		b := s.bob
		l := s.rings(Invite{})
		b.hears("INVITE")
		b.answers("INVITE", 200, "v=0 bob")
		b.hears("ACK")
		l.Hangup(NoReason)
		b.asks("BYE")
		b.hears("BYE")
		b.answers("BYE", 200, "")
		b.hears("SIP/2.0 200")
		time.Sleep(60 * time.Millisecond)
		l.saw("Answered v=0 bob", "Gone")
	})
}

func TestRace_ReinviteCrossesBye(t *testing.T) { // 3.2.1
	play(t, slow, 1, func(s *stage) {
		b := s.bob
		l := s.rings(Invite{})
		b.hears("INVITE")
		b.answers("INVITE", 200, "v=0 bob")
		b.hears("ACK")
		l.Hangup(NoReason)
		b.offers("INVITE", "v=0 hold")
		b.hears("BYE")
		b.hears("SIP/2.0 481")
		b.answers("BYE", 200, "")
		time.Sleep(60 * time.Millisecond)
		l.saw("Answered v=0 bob", "Gone")
	})
}

func TestRace_LostAckAnd200Again(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		c.calls("sales")
		l := s.call()
		l.Answer([]byte("v=0 ours"))
		ok := c.hears("SIP/2.0 200")
		s.lose(2, "ACK")
		c.acks()
		if n := c.copies(ok, 600*time.Millisecond); n != 2 {
			t.Errorf("200 came %d times", n)
		}
		c.acks()
		c.copies(ok, time.Second)
		c.acks()
		if n := c.copies(ok, time.Minute); n != 3 {
			t.Errorf("200 came %d times", n)
		}
		l.saw("Confirmed")
		c.asks("BYE")
		c.hears("SIP/2.0 200")
	})
}

func TestRace_Their200IsRepeated(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b := s.bob
		l := s.rings(Invite{})
		b.hears("INVITE")
		ok := b.answers("INVITE", 200, "v=0 bob")
		first := b.hears("ACK")
		for range 3 {
			b.send(ok)
			again := b.hears("ACK")
			if header(again, "CSeq") != header(first, "CSeq") || header(again, "To") != header(first, "To") {
				t.Errorf("another ACK:\n%s", again)
			}
		}
		b.asks("BYE")
		b.hears("SIP/2.0 200")
		b.send(ok) // even after the end
		b.hears("ACK")
		l.saw("Answered v=0 bob", "HungUp", "Gone")
	})
}

func TestItem17_ReinviteBeforeAck(t *testing.T) { // 3.1.4: the ACK is lost, the caller goes on
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		c.calls("sales")
		l := s.call()
		l.Answer([]byte("v=0 ours"))
		first := c.hears("SIP/2.0 200")
		c.offers("INVITE", "v=0 hold")
		c.hears("SIP/2.0 100")
		l.saw("Reoffered v=0 hold")
		l.Accept([]byte("v=0 held"))
		second := c.hears("SIP/2.0 200")
		if n := c.copies(first, 1600*time.Millisecond); n != 3 {
			t.Errorf("the first 200 came %d times", n)
		}
		c.acks() // of the second: so he has the first as well
		l.saw("Reoffered v=0 hold", "Confirmed")
		one, two := c.heard[first], c.heard[second]
		if c.copies(first, time.Minute) != one || c.copies(second, 0) != two {
			t.Error("a 200 is repeated after its ACK")
		}
		l.Hangup(NoReason)
		c.hears("BYE")
		c.answers("BYE", 200, "")
		l.saw("Reoffered v=0 hold", "Confirmed", "Gone")
	})
	play(t, quiet, 1, func(s *stage) { // 3.1.5: and our offer has no answer
		c := s.carrier()
		c.sdp = ""
		c.calls("sales")
		l := s.call()
		l.Answer([]byte("v=0 our offer"))
		c.hears("SIP/2.0 200")
		invite := c.seq
		c.offers("INVITE", "v=0 hold")
		c.hears("SIP/2.0 491")
		c.send(c.request("ACK", invite, []string{"Content-Type: application/sdp"}, "v=0 answer"))
		l.saw("Confirmed v=0 answer")
		c.asks("BYE")
		c.hears("SIP/2.0 200")
	})
}

func TestRace_HangupWhileAnswering(t *testing.T) { // both from the call, in the same moment
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		c.calls("sales")
		l := s.call()
		go l.Answer([]byte("v=0 ours"))
		go l.Hangup(NoReason)
		synctest.Wait()
		m := c.hears("SIP/2.0 ")
		if strings.HasPrefix(m, "SIP/2.0 200") {
			c.acks()
			c.hears("BYE")
			c.answers("BYE", 200, "")
		} else {
			c.acksRefusal(m)
		}
		l.saw("Gone")
	})
}
