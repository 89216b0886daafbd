package sip

import (
	"slices"
	"strings"
	"testing"
	"time"

	"ringtide/internal/fakenet"
	"ringtide/internal/phone"
)

// RFC 3261 section 14.1: our own re-INVITEs. They come of Show; what the peer takes by UPDATE has its tests in
// rfc3311_test.go.

var ourSDP = []byte("v=0 as ever")

func TestItem16_OurOfferIsAnswered(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b, l := s.talking()
		l.Show("Ann", "5550123", ourSDP)
		m := b.Hears("INVITE")
		if phone.Body(m) != "v=0 as ever" || phone.Header(m, "P-Asserted-Identity") != `"Ann" <sip:5550123@pbx.test>` || phone.Header(m, "Contact") == "" ||
			phone.Header(m, "Remote-Party-ID") != `"Ann" <sip:5550123@pbx.test>;party=calling;privacy=off;screen=yes` {
			t.Errorf("INVITE:\n%s", m)
		}
		if from, first := phone.Header(m, "From"), phone.Header(b.Requests["ACK"], "From"); from != first {
			t.Errorf("From changed to %q", from)
		}
		b.Answers("INVITE", 100, "")
		ok := b.Answers("INVITE", 200, "v=0 bob again", "Contact: <sip:bob@10.0.1.7:5060;moved>")
		ack := b.Hears("ACK")
		if phone.Seq(ack) != phone.Seq(m) || !strings.HasPrefix(ack, "ACK sip:bob@10.0.1.7:5060;moved ") {
			t.Errorf("ACK:\n%s", ack)
		}
		for range 2 { // its ACK was lost
			b.Send(ok)
			b.Hears("ACK")
		}
		l.sawThen("Reanswered v=0 bob again")
		l.Hangup(NoReason)
		if bye := b.Hears("BYE"); phone.Seq(bye) != phone.Seq(m)+1 || !strings.HasPrefix(bye, "BYE sip:bob@10.0.1.7:5060;moved ") {
			t.Errorf("BYE:\n%s", bye)
		}
		b.Answers("BYE", 200, "")
		b.Send(ok) // even after the end
		b.Hears("ACK")
		l.sawThen("Reanswered v=0 bob again", "Gone")
	})
}

func TestOfferWaitsUntilTheCallIsUp(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b := s.bob
		l := s.rings(Invite{})
		l.Show("too early", "1", ourSDP)
		l.Show("Ann", "5550123", ourSDP) // the last one counts
		b.Hears("INVITE")
		b.Answers("INVITE", 180, "")
		b.Silence(time.Second)
		b.Answers("INVITE", 200, "v=0 bob")
		b.HearsAll("ACK", "INVITE")
		if who := phone.Header(b.Requests["INVITE"], "P-Asserted-Identity"); who != `"Ann" <sip:5550123@pbx.test>` {
			t.Errorf("shown %q", who)
		}
		b.Answers("INVITE", 488, "")
		b.Hears("ACK")
		b.Silence(time.Minute)
		s.hangsUp(b)
		l.saw("Ringing 180", "Answered v=0 bob", "HungUp", "Gone")
	})
	play(t, quiet, 1, func(s *stage) { // we were called: not before his ACK
		b := s.bob
		b.CallsProven("9", "101", phone.Password("101"))
		l := s.call()
		l.Show("Ann", "5550123", []byte("v=0 old"))
		l.Answer([]byte("v=0 newer"))
		ok := b.Hears("SIP/2.0 200")
		if n := b.Copies(ok, time.Second); n != 2 {
			t.Errorf("200 came %d times", n)
		}
		b.Acks()
		m := b.Hears("INVITE")
		if phone.Body(m) != "v=0 newer" || !strings.Contains(phone.Header(m, "Remote-Party-ID"), ";party=called;") {
			t.Errorf("INVITE:\n%s", m)
		}
		b.Answers("INVITE", 200, "v=0 bob")
		b.Hears("ACK")
		l.saw("Confirmed", "Reanswered v=0 bob")
		s.hangsUp(b)
	})
	play(t, quiet, 1, func(s *stage) { // nothing to do it with
		b, l := s.talking()
		l.Show("Ann", "5550123", nil)
		b.Silence(time.Minute)
		s.hangsUp(b)
		l.Show("Ann", "5550123", ourSDP)
		b.Silence(time.Minute)
	})
}

// Section 14.2: who offers while our offer is undecided is told to wait, and section 14.1: so are we.
func TestItem16_OffersMeet(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b, l := s.talking()
		l.Show("Ann", "5550123", ourSDP)
		b.Hears("INVITE")
		theirs := b.Offers("INVITE", "v=0 hold")
		b.Invite = theirs
		b.AcksRefusal(b.Hears("SIP/2.0 491"))
		b.Offers("UPDATE", "v=0 hold")
		b.Hears("SIP/2.0 491")
		b.Asks("UPDATE") // offers nothing
		b.Hears("SIP/2.0 200")
		begin := time.Now()
		b.Answers("INVITE", 491, "")
		b.Hears("ACK")
		second := b.Hears("INVITE")
		if d := time.Since(begin); d < 2100*time.Millisecond || d > 4*time.Second || d%(10*time.Millisecond) != 0 {
			t.Errorf("again after %v", d)
		}
		if phone.Body(second) != string(ourSDP) {
			t.Errorf("INVITE:\n%s", second)
		}
		b.Answers("INVITE", 200, "v=0 bob")
		b.Hears("ACK")
		l.sawThen("Reanswered v=0 bob")
		s.hangsUp(b)
	})
	play(t, quiet, 2, func(s *stage) { // the Call-ID is his: he waits longer
		b, l := s.callsIn("9")
		l.Show("Ann", "5550123", ourSDP)
		b.Hears("INVITE")
		begin := time.Now()
		b.Answers("INVITE", 491, "")
		b.Hears("ACK")
		b.Hears("INVITE")
		if d := time.Since(begin); d > 2*time.Second || d%(10*time.Millisecond) != 0 {
			t.Errorf("again after %v", d)
		}
		b.Answers("INVITE", 200, "v=0 bob")
		b.Hears("ACK")
		s.hangsUp(b)
		l.saw("Confirmed", "Reanswered v=0 bob", "HungUp", "Gone")
	})
	play(t, quiet, 1, func(s *stage) { // while we wait he offers, and what we answer is what we offer then
		b, l := s.talking()
		l.Show("Ann", "5550123", ourSDP)
		b.Hears("INVITE")
		b.Answers("INVITE", 491, "")
		b.Hears("ACK")
		b.Offers("INVITE", "v=0 hold")
		l.Accept([]byte("v=0 held"))
		b.Hears("SIP/2.0 200")
		passes(5 * time.Second)
		b.Copies("", 0)
		b.Acks() // late
		if m := b.Hears("INVITE"); phone.Body(m) != "v=0 held" {
			t.Errorf("INVITE:\n%s", m)
		}
		b.Answers("INVITE", 200, "v=0 hold")
		b.Hears("ACK")
		s.hangsUp(b)
		l.sawThen("Reoffered v=0 hold", "Reanswered v=0 hold", "HungUp", "Gone")
	})
}

func TestOfferWaitsForTheirs(t *testing.T) {
	for _, accepted := range []bool{true, false} {
		play(t, quiet, 1, func(s *stage) {
			b, l := s.talking()
			b.Offers("INVITE", "v=0 hold")
			b.Hears("SIP/2.0 100")
			l.Show("Ann", "5550123", ourSDP)
			b.Silence(time.Minute)
			want := string(ourSDP)
			if accepted {
				want = "v=0 held"
				l.Accept([]byte(want))
				b.Hears("SIP/2.0 200")
				b.Silence(10 * time.Millisecond)
				b.Acks()
			} else {
				b.Invite = b.Request("INVITE", b.Seq, nil, "")
				l.Reject(488)
				b.Hears("SIP/2.0 488")
			}
			if m := b.Hears("INVITE"); phone.Body(m) != want {
				t.Errorf("INVITE:\n%s", m)
			}
			b.Answers("INVITE", 200, "v=0 bob")
			b.Hears("ACK")
			b.Copies("", time.Minute)
			s.hangsUp(b)
			l.sawThen("Reoffered v=0 hold", "Reanswered v=0 bob", "HungUp", "Gone")
		})
	}
}

func TestOfferIsRefused(t *testing.T) {
	for _, code := range []int{302, 400, 401, 415, 486, 488, 500, 503, 603, 606} {
		play(t, quiet, 1, func(s *stage) {
			b, l := s.talking()
			l.Show("Ann", "5550123", ourSDP)
			b.Hears("INVITE")
			b.Answers("INVITE", code, "")
			b.Hears("ACK")
			b.Silence(time.Minute)
			l.sawThen()
			l.Show("Ben", "5550124", ourSDP) // it may be tried again
			b.Hears("INVITE")
			b.Answers("INVITE", 200, "v=0 bob")
			b.Hears("ACK")
			s.hangsUp(b)
			l.sawThen("Reanswered v=0 bob", "HungUp", "Gone")
		})
	}
}

func TestOfferIsToBeMadeLater(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b, l := s.talking()
		l.Show("Ann", "5550123", ourSDP)
		b.Hears("INVITE")
		begin := time.Now()
		b.Answers("INVITE", 500, "", "Retry-After: 7")
		b.Hears("ACK")
		l.Show("Ben", "5550124", ourSDP) // the news are newer, the pause is not shorter
		m := b.Hears("INVITE")
		if d := time.Since(begin); d != 7*time.Second || !strings.Contains(m, "Ben") {
			t.Errorf("after %v:\n%s", d, m)
		}
		for range wishTries - 1 {
			b.Answers("INVITE", 491, "")
			b.Hears("ACK")
			b.Hears("INVITE")
		}
		b.Answers("INVITE", 491, "")
		b.Hears("ACK")
		b.Silence(time.Minute) // it is left out
		s.hangsUp(b)
		l.sawThen("HungUp", "Gone")
	})
}

func TestOfferFindsNobody(t *testing.T) {
	for _, code := range []int{408, 481, 0} {
		play(t, quiet, 1, func(s *stage) {
			b, l := s.talking()
			l.Show("Ann", "5550123", ourSDP)
			m := b.Hears("INVITE")
			switch code {
			case 0:
				b.Copies(m, 32*time.Second)
			default:
				b.Answers("INVITE", code, "")
				b.Hears("ACK")
			}
			if code != 481 {
				b.Hears("BYE")
				b.Answers("BYE", 481, "")
			}
			l.sawThen("HungUp dead", "Gone")
			b.Silence(time.Minute)
		})
	}
}

func TestOfferTakesTooLong(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b, l := s.talking()
		l.Show("Ann", "5550123", ourSDP)
		b.Hears("INVITE")
		b.Answers("INVITE", 180, "")
		begin := time.Now()
		b.Hears("CANCEL")
		if d := time.Since(begin); d != offerPatience {
			t.Errorf("CANCEL after %v", d)
		}
		b.Answers("CANCEL", 200, "")
		b.Answers("INVITE", 487, "")
		b.Hears("ACK")
		b.Silence(time.Minute)
		l.sawThen()
		l.Show("Ann", "5550123", ourSDP)
		b.Hears("INVITE")
		b.Answers("INVITE", 100, "")
		b.Hears("CANCEL")
		b.Answers("INVITE", 200, "v=0 bob") // it crosses the CANCEL: that is an answer
		b.Answers("CANCEL", 481, "")
		b.Hears("ACK")
		l.sawThen("Reanswered v=0 bob")
		s.hangsUp(b)
	})
}

func TestOfferIsChallenged(t *testing.T) {
	for code, header := range map[int]string{401: "Authorization", 407: "Proxy-Authorization"} {
		play(t, quiet, 1, func(s *stage) {
			c, l := s.connected()
			l.Show("Ann", "5550123", ourSDP)
			m := c.Hears("INVITE")
			if phone.Header(m, "Remote-Party-ID") != "" || phone.Header(m, "P-Asserted-Identity") != `"Ann" <sip:5550123@pbx.test>` {
				t.Errorf("INVITE:\n%s", m)
			}
			c.Answers("INVITE", code, "", strings.Replace(header, "Authorization", "WWW-Authenticate", 1)+`: Digest realm="x", nonce="n"`,
				`Proxy-Authenticate: Digest realm="x", nonce="n"`)
			c.Hears("ACK")
			again := c.Hears("INVITE")
			if !strings.Contains(phone.Header(again, header), `username="ringtide"`) || phone.Seq(again) != phone.Seq(m)+1 {
				t.Errorf("INVITE:\n%s", again)
			}
			c.Answers("INVITE", 200, "v=0 carrier")
			if ack := c.Hears("ACK"); phone.Header(ack, header) == "" || phone.Seq(ack) != phone.Seq(again) {
				t.Errorf("ACK:\n%s", ack)
			}
			l.Show("Ben", "5550124", ourSDP)
			c.Hears("INVITE")
			challenge := func(nonce string) {
				proof := `-Authenticate: Digest realm="x", stale=true, nonce="` + nonce + `"`
				c.Answers("INVITE", code, "", "WWW"+proof, "Proxy"+proof)
			}
			challenge("m")
			c.HearsAll("ACK", "INVITE")
			challenge("o") // once is enough
			c.Hears("ACK")
			c.Silence(time.Minute)
			s.hangsUp(c)
			l.saw("Confirmed", "Reanswered v=0 carrier", "HungUp", "Gone")
		})
	}
}

// Races with the end of the call.

func TestRace_OfferCrossesTheirBye(t *testing.T) {
	for _, code := range []int{481, 487, 200} {
		play(t, quiet, 1, func(s *stage) {
			b, l := s.talking()
			l.Show("Ann", "5550123", ourSDP)
			b.Hears("INVITE")
			s.hangsUp(b)
			sdp := ""
			if code == 200 {
				sdp = "v=0 bob"
			}
			b.Answers("INVITE", code, sdp)
			b.Hears("ACK")
			l.sawThen("HungUp", "Gone")
			b.Silence(time.Minute)
		})
	}
	play(t, quiet, 1, func(s *stage) { // it wants proof of what nobody wants any more
		c, l := s.connected()
		l.Show("Ann", "5550123", ourSDP)
		c.Hears("INVITE")
		s.hangsUp(c)
		c.Answers("INVITE", 401, "", `WWW-Authenticate: Digest realm="x", nonce="n"`)
		c.Hears("ACK")
		c.Silence(time.Minute)
		l.saw("Confirmed", "HungUp", "Gone")
	})
	play(t, quiet, 1, func(s *stage) { // after a 1xx nothing may stay for ever
		b, l := s.talking()
		l.Show("Ann", "5550123", ourSDP)
		b.Hears("INVITE")
		b.Answers("INVITE", 100, "")
		b.Asks("BYE")
		b.HearsAll("SIP/2.0 200", "CANCEL")
		b.Answers("CANCEL", 481, "")
		b.Silence(time.Minute)
		l.sawThen("HungUp", "Gone")
	})
}

func TestRace_OfferCrossesOurBye(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b, l := s.talking()
		l.Show("Ann", "5550123", ourSDP)
		l.Hangup(NoReason)
		b.HearsAll("INVITE", "BYE")
		b.Answers("INVITE", 200, "v=0 bob")
		b.Hears("ACK")
		b.Answers("BYE", 200, "")
		l.sawThen("Gone")
	})
}

func TestOfferOverALossyNetwork(t *testing.T) {
	lossy := fakenet.Options{Loss: 0.2, Duplicate: 0.1, MinDelay: 5 * time.Millisecond, MaxDelay: 60 * time.Millisecond}
	for seed := range uint64(10) {
		play(t, lossy, seed, func(s *stage) {
			b := s.bob
			l := s.rings(Invite{})
			b.Hears("INVITE")
			ok := b.Answers("INVITE", 200, "v=0 bob")
			for !l.has("Answered") {
				b.Send(ok)
				passes(500 * time.Millisecond)
			}
			b.Copies("", time.Second)
			l.Show("Ann", "5550123", ourSDP)
			for m := b.Hears(""); !strings.HasPrefix(m, "INVITE"); {
				m = b.Hears("")
			}
			ok = b.Answers("INVITE", 200, "v=0 bob again")
			for !l.has("Reanswered") {
				b.Send(ok)
				passes(500 * time.Millisecond)
			}
			l.Hangup(NoReason)
			passes(time.Minute)
		})
	}
}

// has says whether an event that begins so was reported.
func (l *leg) has(start string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.events, func(e string) bool { return strings.HasPrefix(e, start) })
}
