package sip

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ringtide/internal/fakenet"
	"ringtide/internal/phone"
)

// RFC 3262: provisional responses that can be relied on. First we call: sections 4 and 5.

// relied makes the header lines of a reliable 1xx.
func relied(rseq int, more ...string) []string {
	return append(more, "Require: 100rel", "RSeq: "+strconv.Itoa(rseq))
}

// wantPrack hears a PRACK for the RSeq and answers it.
func wantPrack(t *testing.T, p *phone.Phone, rseq int, tag string) string {
	t.Helper()
	m := p.Hears("PRACK")
	if rack := phone.Header(m, "RAck"); rack != fmt.Sprintf("%d %s", rseq, phone.Header(p.Requests["INVITE"], "CSeq")) {
		t.Errorf("RAck %q", rack)
	}
	if !strings.HasSuffix(phone.Header(m, "To"), "tag="+tag) || phone.Body(m) != "" {
		t.Errorf("PRACK:\n%s", m)
	}
	p.Answers("PRACK", 200, "")
	return m
}

func TestItem08_PrackPerReliableResponse(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		for _, c := range []struct {
			p  *phone.Phone
			to func() *leg
		}{{s.carrier(), func() *leg { return s.dialsOut("5550199") }}, {s.bob, func() *leg { return s.rings(Invite{}) }}} {
			p, l := c.p, c.to()
			if m := p.Hears("INVITE"); !strings.HasPrefix(phone.Header(m, "Supported"), "100rel, ") || strings.Contains(phone.Header(m, "Require"), "100rel") {
				t.Errorf("INVITE:\n%s", m)
			}
			target := "Contact: <sip:early@" + p.Addr() + ">"
			first := p.Answers("INVITE", 183, "v=0 early", relied(7, target)...)
			if m := wantPrack(t, p, 7, p.Tag); !strings.HasPrefix(m, "PRACK sip:early@") {
				t.Errorf("PRACK:\n%s", m)
			}
			p.Send(first)                                      // its copy
			p.Answers("INVITE", 180, "", relied(9, target)...) // 8 is missing
			p.Answers("INVITE", 180, "", relied(0, target)...)
			p.Answers("INVITE", 180, "", "Require: 100rel")
			p.Silence(time.Second)
			l.saw("Ringing 183 v=0 early")
			p.Answers("INVITE", 180, "", relied(8, target)...)
			wantPrack(t, p, 8, p.Tag)
			p.Answers("INVITE", 182, "")
			l.saw("Ringing 183 v=0 early", "Ringing 180", "Ringing 182")
			p.Answers("INVITE", 200, "")
			if ack := p.Hears("ACK"); phone.Seq(ack) != phone.Seq(p.Requests["INVITE"]) {
				t.Errorf("ACK:\n%s", ack)
			}
			l.Hangup(NoReason)
			if bye := p.Hears("BYE"); phone.Seq(bye) <= phone.Seq(p.Requests["PRACK"]) {
				t.Errorf("BYE:\n%s", bye)
			}
			p.Answers("BYE", 200, "")
			l.saw("Ringing 183 v=0 early", "Ringing 180", "Ringing 182", "Answered v=0 early", "Gone")
		}
	})
}

// Each early dialog counts for itself.
func TestItem08_PrackPerFork(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b := s.bob
		l := s.rings(Invite{})
		b.Hears("INVITE")
		b.AnswersAs("one", "INVITE", 183, "v=0 one", relied(500)...)
		wantPrack(t, b, 500, "one")
		b.AnswersAs("two", "INVITE", 183, "v=0 two", relied(4294967295)...)
		wantPrack(t, b, 4294967295, "two")
		b.AnswersAs("one", "INVITE", 180, "", relied(501)...)
		wantPrack(t, b, 501, "one")
		b.AnswersAs("two", "INVITE", 200, "")
		b.Hears("ACK")
		b.AnswersAs("one", "INVITE", 200, "")
		b.HearsAll("ACK", "BYE")
		if bye := b.Requests["BYE"]; phone.Seq(bye) <= phone.Seq(b.Requests["PRACK"]) {
			t.Errorf("BYE:\n%s", bye)
		}
		b.Answers("BYE", 200, "")
		l.Hangup(NoReason)
		b.Hears("BYE")
		b.Answers("BYE", 200, "")
		l.saw("Ringing 183 v=0 one", "Ringing 183", "Ringing 180", "Answered v=0 two", "Gone")
	})
	play(t, quiet, 1, func(s *stage) { // no more than can be kept
		b := s.bob
		l := s.rings(Invite{})
		b.Hears("INVITE")
		for i := range maxForks {
			tag := fmt.Sprint("t", i)
			b.AnswersAs(tag, "INVITE", 180, "", relied(1)...)
			wantPrack(t, b, 1, tag)
		}
		b.AnswersAs("more", "INVITE", 180, "", relied(1)...)
		b.Silence(time.Minute)
		l.Hangup(NoReason)
		b.Hears("CANCEL")
		b.Answers("CANCEL", 200, "")
		b.Answers("INVITE", 487, "")
		b.Hears("ACK")
	})
}

// The early media of an address that failed is over.
func TestEarlyMediaOfTheNextAddress(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c, second := s.carrier(), s.phone("second", "10.0.2.2:5060")
		l := s.dialsOut("5550199")
		c.Hears("INVITE")
		c.Answers("INVITE", 183, "v=0 congestion", relied(1)...)
		wantPrack(t, c, 1, c.Tag)
		c.Answers("INVITE", 503, "")
		c.Hears("ACK")
		second.Hears("INVITE")
		second.Answers("INVITE", 183, "v=0 ringing")
		second.Offers("UPDATE", "v=0 not for sure")
		second.Hears("SIP/2.0 491")
		second.Answers("INVITE", 200, "")
		second.Hears("ACK")
		s.hangsUp(second)
		l.saw("Ringing 183 v=0 congestion", "Ringing 183 v=0 ringing", "Answered v=0 ringing", "HungUp", "Gone")
	})
}

// What becomes of a PRACK does not matter to the call.
func TestPrackFails(t *testing.T) {
	for _, code := range []int{481, 500, 408, 0} {
		play(t, quiet, 1, func(s *stage) {
			b := s.bob
			l := s.rings(Invite{})
			b.Hears("INVITE")
			b.Answers("INVITE", 180, "", relied(1)...)
			m := b.Hears("PRACK")
			if code == 0 {
				b.Copies(m, 40*time.Second)
			} else {
				b.Answers("PRACK", code, "")
			}
			b.Answers("INVITE", 200, "v=0 bob")
			b.Hears("ACK")
			s.hangsUp(b)
			l.saw("Ringing 180", "Answered v=0 bob", "HungUp", "Gone")
		})
	}
	play(t, quiet, 1, func(s *stage) { // a trunk's challenge
		c := s.carrier()
		l := s.dialsOut("5550199")
		c.Hears("INVITE")
		c.Answers("INVITE", 183, "v=0 early", relied(1)...)
		c.Hears("PRACK")
		c.Answers("PRACK", 407, "", `Proxy-Authenticate: Digest realm="x", nonce="n"`)
		if m := wantPrack(t, c, 1, c.Tag); phone.Header(m, "Proxy-Authorization") == "" {
			t.Errorf("PRACK:\n%s", m)
		}
		c.Answers("INVITE", 486, "")
		c.Hears("ACK")
		l.saw("Ringing 183 v=0 early", "Failed 486", "Gone")
	})
}

func TestRace_PrackCrossesCancelAnd200(t *testing.T) {
	play(t, slow, 1, func(s *stage) { // the callee gives up on PRACK and refuses; we have hung up
		b := s.bob
		l := s.rings(Invite{})
		b.Hears("INVITE")
		b.Answers("INVITE", 180, "", relied(1)...)
		l.Hangup(NoReason)
		b.HearsAll("CANCEL", "PRACK") // also while it is cancelled
		b.Answers("PRACK", 481, "")
		b.Answers("CANCEL", 200, "")
		b.Answers("INVITE", 487, "")
		b.Hears("ACK")
		passes(time.Second)
		l.saw("Gone")
	})
	play(t, slow, 1, func(s *stage) {
		b := s.bob
		l := s.rings(Invite{})
		b.Hears("INVITE")
		b.Answers("INVITE", 180, "", relied(1)...)
		passes(time.Millisecond)
		b.Answers("INVITE", 200, "v=0 bob")
		b.HearsAll("PRACK", "ACK")
		b.Answers("PRACK", 200, "")
		passes(time.Second)
		l.saw("Ringing 180", "Answered v=0 bob")
		s.hangsUp(b)
	})
}

// RFC 3311 section 5.1: once our offer is answered for good, the callee may make another one before it answers the call.
func TestItem09_EarlyUpdateOfTheCallee(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b := s.bob
		l := s.rings(Invite{})
		b.Hears("INVITE")
		b.Answers("INVITE", 183, "v=0 not for sure")
		b.Offers("UPDATE", "v=0 too early")
		b.Hears("SIP/2.0 491")
		b.Answers("INVITE", 183, "v=0 announcement", relied(1)...)
		wantPrack(t, b, 1, b.Tag)
		b.Offers("UPDATE", "v=0 bob")
		b.Offers("UPDATE", "v=0 bob again")
		b.Hears("SIP/2.0 500")
		l.Accept([]byte("v=0 ours anew"))
		if m := b.Hears("SIP/2.0 200"); phone.Body(m) != "v=0 ours anew" || !strings.HasSuffix(phone.Header(m, "CSeq"), "UPDATE") {
			t.Errorf("200:\n%s", m)
		}
		b.Answers("INVITE", 200, "v=0 announcement") // the first answer, as many do
		b.Hears("ACK")
		s.hangsUp(b)
		l.saw("Ringing 183 v=0 not for sure", "Ringing 183 v=0 announcement", "Reoffered v=0 bob", "Answered v=0 bob", "HungUp", "Gone")
	})
}

// Now they call: section 3.

// wantReliable hears a reliable 1xx and returns its RSeq.
func wantReliable(t *testing.T, p *phone.Phone, code, body string) int {
	t.Helper()
	m := p.Hears("SIP/2.0 " + code)
	n, err := strconv.Atoi(phone.Header(m, "RSeq"))
	if err != nil || n < 1 || n > 1<<31 || phone.Header(m, "Require") != "100rel" || phone.Body(m) != body || phone.Header(m, "Contact") == "" {
		t.Errorf("%s:\n%s", code, m)
	}
	return n
}

// pracks acknowledges a reliable 1xx to the INVITE with CSeq 1.
func pracks(p *phone.Phone, rseq int) {
	p.Asks("PRACK", fmt.Sprintf("RAck: %d 1 INVITE", rseq))
	p.Hears("SIP/2.0 200")
}

// acksFirst sends the ACK for the INVITE with CSeq 1.
func acksFirst(p *phone.Phone) { p.Send(p.Request("ACK", 1, nil, "")) }

func TestItem08_RequiredByTheCaller(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		c.Calls("sales", "Require: 100rel")
		l := s.call()
		l.Ringing()
		first := wantReliable(t, c, "180", "")
		l.Progress([]byte("v=0 early")) // waits
		l.Progress([]byte("v=0 early two"))
		c.Silence(200 * time.Millisecond)
		for _, rack := range []string{"", "x", fmt.Sprintf("%d 1 INVITE", first+1), fmt.Sprintf("%d 2 INVITE", first), fmt.Sprintf("%d 1 UPDATE", first), "1"} {
			c.Asks("PRACK", "RAck: "+rack)
			c.Hears("SIP/2.0 481")
		}
		c.Asks("PRACK", fmt.Sprintf("RAck:  %d   1 INVITE", first))
		c.HearsAll("SIP/2.0 200", "SIP/2.0 183")
		c.Asks("PRACK", fmt.Sprintf("RAck: %d 1 INVITE", first))
		c.Hears("SIP/2.0 481") // that is done
		c.Asks("PRACK", fmt.Sprintf("RAck: %d 1 INVITE", first+1))
		c.Hears("SIP/2.0 200")
		c.Silence(59 * time.Second)
		if again := wantReliable(t, c, "183", ""); again != first+2 { // for the proxies
			t.Errorf("RSeq %d after %d", again, first+1)
		}
		pracks(c, first+2)
		l.Answer([]byte("v=0 early two"))
		if ok := c.Hears("SIP/2.0 200"); phone.Body(ok) != "" || phone.Header(ok, "Require") != "" {
			t.Errorf("200:\n%s", ok)
		}
		acksFirst(c)
		l.saw("Confirmed")
		s.hangsUp(c)
	})
}

// Who supports it gets early media reliably, and all else as ever.
func TestItem08_SupportedByTheCaller(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		c.Calls("sales", "Supported: timer, 100rel")
		l := s.call()
		l.Ringing()
		if m := c.Hears("SIP/2.0 180"); phone.Header(m, "RSeq") != "" || phone.Header(m, "Require") != "" {
			t.Errorf("180:\n%s", m)
		}
		l.Progress([]byte("v=0 early"))
		rseq := wantReliable(t, c, "183", "v=0 early")
		l.Answer([]byte("v=0 early"))
		l.Ringing()                       // too late
		c.Silence(400 * time.Millisecond) // no 200 before the PRACK
		c.Asks("PRACK", fmt.Sprintf("RAck: %d 1 INVITE", rseq))
		prack, ok := c.Hears("SIP/2.0 200"), c.Hears("SIP/2.0 200")
		if !strings.HasSuffix(phone.Header(prack, "CSeq"), "PRACK") || !strings.HasSuffix(phone.Header(ok, "CSeq"), "INVITE") || phone.Body(ok) != "" {
			t.Errorf("%s\n%s", prack, ok)
		}
		acksFirst(c)
		l.saw("Confirmed")
		s.hangsUp(c)
	})
	play(t, quiet, 1, func(s *stage) { // nobody asked for it
		c := s.carrier()
		c.Calls("sales", "Supported: 100relx")
		l := s.call()
		l.Progress([]byte("v=0 early"))
		if m := c.Hears("SIP/2.0 183"); phone.Header(m, "RSeq") != "" {
			t.Errorf("183:\n%s", m)
		}
		c.Asks("PRACK", "RAck: 1 1 INVITE")
		c.Hears("SIP/2.0 481")
		l.Refuse(486, 0)
		c.AcksRefusal(c.Hears("SIP/2.0 486"))
	})
}

// T1, doubling; 64*T1 without PRACK end the call.
func TestItem08_NobodyAcknowledges(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		c.Calls("sales", "Require: 100rel")
		l := s.call()
		l.Progress([]byte("v=0 early"))
		m := c.Hears("SIP/2.0 183")
		l.Answer([]byte("v=0 early"))
		if n := c.Copies(m, 31900*time.Millisecond); n != 7 { // 0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5 s
			t.Errorf("183 came %d times", n)
		}
		c.AcksRefusal(c.Hears("SIP/2.0 504"))
		l.saw("HungUp dead", "Gone")
	})
	play(t, quiet, 1, func(s *stage) { // without SDP the 200 need not wait, and ends the repeating
		c := s.carrier()
		c.Calls("sales", "Require: 100rel")
		l := s.call()
		l.Ringing()
		rseq := wantReliable(t, c, "180", "")
		l.Answer([]byte("v=0 ours"))
		if ok := c.Hears("SIP/2.0 200"); phone.Body(ok) != "v=0 ours" {
			t.Errorf("200:\n%s", ok)
		}
		acksFirst(c)
		c.Silence(time.Minute)
		pracks(c, rseq) // late, but welcome
		l.saw("Confirmed")
		s.hangsUp(c)
	})
}

func TestItem08_CallEndsBeforePrack(t *testing.T) {
	early := func(s *stage) (*phone.Phone, *leg) {
		c := s.carrier()
		c.Calls("sales", "Require: 100rel")
		l := s.call()
		l.Progress([]byte("v=0 early"))
		c.Hears("SIP/2.0 183")
		l.Answer([]byte("v=0 early"))
		return c, l
	}
	play(t, quiet, 1, func(s *stage) {
		c, l := early(s)
		c.Cancels()
		c.HearsAll("SIP/2.0 200", "SIP/2.0 487")
		c.Asks("PRACK", "RAck: 1 1 INVITE")
		c.Hears("SIP/2.0 481")
		l.saw("Cancelled", "Gone")
	})
	play(t, quiet, 1, func(s *stage) {
		c, l := early(s)
		l.Hangup(NoReason)
		c.AcksRefusal(c.Hears("SIP/2.0 480"))
		c.Silence(time.Minute)
		l.saw("Gone")
	})
	play(t, quiet, 1, func(s *stage) {
		c, l := early(s)
		c.Asks("BYE")
		c.HearsAll("SIP/2.0 200", "SIP/2.0 487")
		l.saw("Cancelled", "Gone")
	})
}

// Section 5: an INVITE without offer gets ours in the 183, and its PRACK brings the answer.
func TestItem10_AnswerInPrack(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		c.SDP = ""
		c.Calls("sales", "Supported: 100rel")
		l := s.call()
		l.Progress([]byte("v=0 our offer"))
		rseq := wantReliable(t, c, "183", "v=0 our offer")
		c.Offers("UPDATE", "v=0 not now")
		c.Hears("SIP/2.0 500")
		c.Offers("PRACK", "v=0 answer", fmt.Sprintf("RAck: %d 1 INVITE", rseq))
		c.Hears("SIP/2.0 200")
		l.saw("Confirmed v=0 answer")
		l.Answer([]byte("v=0 our offer"))
		if ok := c.Hears("SIP/2.0 200"); phone.Body(ok) != "" {
			t.Errorf("200:\n%s", ok)
		}
		acksFirst(c)
		l.saw("Confirmed v=0 answer", "Confirmed")
		s.hangsUp(c)
	})
	play(t, quiet, 1, func(s *stage) { // it forgets to: the 200 offers again
		c := s.carrier()
		c.SDP = ""
		c.Calls("sales", "Supported: 100rel")
		l := s.call()
		l.Progress([]byte("v=0 our offer"))
		pracks(c, wantReliable(t, c, "183", "v=0 our offer"))
		l.Answer([]byte("v=0 our offer"))
		if ok := c.Hears("SIP/2.0 200"); phone.Body(ok) != "v=0 our offer" {
			t.Errorf("200:\n%s", ok)
		}
		c.Send(c.Request("ACK", 1, []string{"Content-Type: application/sdp"}, "v=0 answer"))
		l.saw("Confirmed v=0 answer")
		s.hangsUp(c)
	})
}

// Section 5 and RFC 3311: the offer of the INVITE has its answer, so the caller may make another one.
func TestItem09_EarlyOffersOfTheCaller(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		c.Calls("sales", "Supported: 100rel")
		l := s.call()
		l.Progress([]byte("v=0 early"))
		rseq := wantReliable(t, c, "183", "v=0 early")
		c.Offers("UPDATE", "v=0 overtakes")
		c.Hears("SIP/2.0 500")
		c.Offers("PRACK", "v=0 other", fmt.Sprintf("RAck: %d 1 INVITE", rseq))
		l.Answer([]byte("v=0 early"))
		c.Silence(10 * time.Second) // first things first
		l.saw("Reoffered v=0 other")
		l.Accept([]byte("v=0 ours, other"))
		prack, ok := c.Hears("SIP/2.0 200"), c.Hears("SIP/2.0 200")
		if !strings.HasSuffix(phone.Header(prack, "CSeq"), "PRACK") || phone.Body(prack) != "v=0 ours, other" || phone.Body(ok) != "" {
			t.Errorf("%s\n%s", prack, ok)
		}
		acksFirst(c)
		s.hangsUp(c)
		l.saw("Reoffered v=0 other", "Confirmed", "HungUp", "Gone")
	})
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		c.Calls("sales", "Supported: 100rel")
		l := s.call()
		l.Progress([]byte("v=0 early"))
		pracks(c, wantReliable(t, c, "183", "v=0 early"))
		c.Offers("UPDATE", "v=0 moved")
		l.saw("Reoffered v=0 moved")
		l.Reject(488)
		c.Hears("SIP/2.0 488")
		c.Offers("UPDATE", "v=0 moved again")
		l.Hangup(NoReason)
		c.HearsAll("SIP/2.0 480", "SIP/2.0 487")
	})
	play(t, quiet, 1, func(s *stage) { // an offer in the PRACK of a 180, before its first has an answer
		c := s.carrier()
		c.Calls("sales", "Require: 100rel")
		l := s.call()
		l.Ringing()
		rseq := wantReliable(t, c, "180", "")
		c.Offers("PRACK", "v=0 other", fmt.Sprintf("RAck: %d 1 INVITE", rseq))
		c.Hears("SIP/2.0 491")
		c.Asks("PRACK", fmt.Sprintf("RAck: %d 1 INVITE", rseq), "Content-Type: text/x")
		c.Hears("SIP/2.0 481")
		l.Refuse(486, 0)
		c.AcksRefusal(c.Hears("SIP/2.0 486"))
	})
}

// Two servers of ours over a network that loses, doubles, delays and reorders: all is said, in order, once.
func TestReliableOverABadNetwork(t *testing.T) {
	for seed := range uint64(16) {
		synctest.Test(t, func(t *testing.T) {
			s := newStorm(t, fakenet.Options{Loss: 0.25, Duplicate: 0.2, Reorder: 0.3, MinDelay: 5 * time.Millisecond, MaxDelay: 400 * time.Millisecond}, seed)
			s.net.Filter(func(_, _ netip.AddrPort, _ []byte) bool { return false })
			var callee *leg
			s.answer = func(d *Dialog) *leg {
				callee = &leg{Dialog: d, t: t}
				d.Progress([]byte("v=0 early"))
				time.AfterFunc(s.draw(3*time.Second), func() { d.Progress([]byte("v=0 early")) })
				time.AfterFunc(time.Second+s.draw(6*time.Second), func() { d.Answer([]byte("v=0 early")) })
				return callee
			}
			to, err := s.a.TrunkTarget("peer")
			if err != nil {
				t.Fatal(err)
			}
			caller := &leg{t: t}
			caller.Dialog = s.a.Dial(to, Invite{Number: "1", Offer: ourSDP}, caller.take)
			passes(40 * time.Second)
			if !caller.has("Ringing 183 v=0 early") || !caller.has("Answered v=0 early") || !callee.has("Confirmed") {
				t.Errorf("seed %d: caller %q, callee %q", seed, caller.events, callee.events)
			}
			caller.Hangup(NoReason)
			passes(2 * time.Minute)
			if !caller.has("Gone") || !callee.has("Gone") || s.a.Stats().Transactions+s.b.Stats().Transactions > 0 {
				t.Errorf("seed %d: caller %q, callee %q, %+v", seed, caller.events, callee.events, s.b.Stats())
			}
		})
	}
}
