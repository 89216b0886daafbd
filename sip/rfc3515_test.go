package sip

import (
	"strings"
	"testing"
	"time"

	"ringtide/internal/phone"
)

// RFC 3515: REFER, within dialogs. Parsing has its own tables in refer_to_test.go.

const talked = "Ringing 180|Answered v=0 bob"

// sawThen is saw after the call of stage.talking.
func (l *leg) sawThen(want ...string) {
	l.t.Helper()
	l.saw(append(strings.Split(talked, "|"), want...)...)
}

// hearsNews hears a NOTIFY about a REFER and answers it.
func (s *stage) hearsNews(p *phone.Phone, event, state, status string) {
	s.t.Helper()
	m := p.Hears("NOTIFY")
	if e, now := phone.Header(m, "Event"), phone.Header(m, "Subscription-State"); e != event || now != state {
		s.t.Errorf("event %q, state %q", e, now)
	}
	if phone.Body(m) != status+"\r\n" || phone.Header(m, "Contact") == "" || phone.Header(m, "Content-Type") != "message/sipfrag;version=2.0" {
		s.t.Errorf("no %q in\n%s", status, m)
	}
	p.Answers("NOTIFY", 200, "")
}

const (
	alive  = "active;expires=180"
	done   = "terminated;reason=noresource"
	trying = "SIP/2.0 100 Trying"
)

func TestItem23_BlindTransfer(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b, l := s.talking()
		b.Asks("REFER", "Refer-To: <sip:102@pbx.test>", "Referred-By: <sip:boss@elsewhere.example>")
		l.sawThen("Referred to 102")
		b.Silence(time.Second) // nothing is decided

		l.AnswerRefer(202)
		ok := b.Hears("SIP/2.0 202")
		if phone.Header(ok, "Contact") == "" || phone.Header(ok, "Refer-Sub") != "" {
			t.Errorf("202:\n%s", ok)
		}
		s.hearsNews(b, "refer", alive, trying)
		l.ReportRefer(180)
		s.hearsNews(b, "refer", "active;expires=180", "SIP/2.0 180 Ringing")
		l.ReportRefer(200)
		l.ReportRefer(486) // it has ended
		s.hearsNews(b, "refer", done, "SIP/2.0 200 OK")
		b.Asks("BYE")
		b.Hears("SIP/2.0 200")
		l.sawThen("Referred to 102", "HungUp", "Gone")
		b.Silence(time.Minute)
	})
}

func TestReferFromACaller(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b, l := s.callsIn("9")
		b.Asks("REFER", "r: <tel:+49-30-123>")
		l.saw("Confirmed", "Referred to +4930123")
		l.AnswerRefer(202)
		b.Hears("SIP/2.0 202")
		s.hearsNews(b, "refer", alive, trying)
		l.ReportRefer(503)
		s.hearsNews(b, "refer", done, "SIP/2.0 503 Service Unavailable")
		// It does not hang up, so we do.
		begin := time.Now()
		b.Hears("BYE")
		if d := time.Since(begin); d != parting {
			t.Errorf("BYE after %v", d)
		}
		b.Answers("BYE", 200, "")
		l.saw("Confirmed", "Referred to +4930123", "HungUp", "Gone")
	})
}

// callsIn lets bob, who is 101, call until the call is up.
func (s *stage) callsIn(dialled string) (*phone.Phone, *leg) {
	s.t.Helper()
	b := s.bob
	b.CallsProven(dialled, "101", phone.Password("101"))
	l := s.call()
	l.Answer([]byte("v=0 ours"))
	b.Hears("SIP/2.0 200")
	b.Acks()
	l.saw("Confirmed")
	return b, l
}

func TestReferIsRefused(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b, l := s.talking()
		for said, heard := range map[int]string{403: "403", 603: "603", 491: "491", 302: "603", 0: "603", 199: "603"} {
			b.Asks("REFER", "Refer-To: sip:102@pbx.test")
			l.AnswerRefer(said)
			b.Hears("SIP/2.0 " + heard)
			l.AnswerRefer(202) // too late
			l.ReportRefer(200) // of what?
			b.Silence(time.Minute)
		}
		// What is refused leaves nothing behind, but its place in the count.
		b.Asks("REFER", "Refer-To: sip:102@pbx.test")
		l.AnswerRefer(200)
		b.Hears("SIP/2.0 202")
		event := "refer;id=" + strings.Fields(phone.Header(b.Request("REFER", b.Seq, nil, ""), "CSeq"))[0]
		s.hearsNews(b, event, alive, trying)
		b.Asks("SUBSCRIBE", "Event: refer", "Expires: 0") // it must name which
		b.Hears("SIP/2.0 403")
		l.Hangup(NoReason)
		b.Hears("BYE")
		b.Answers("BYE", 200, "")
		b.Silence(time.Minute)
	})
}

func TestReferOfATrunk(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c, l := s.connected()
		if m := phone.Header(c.Asks("OPTIONS"), "Allow"); m != "" {
			t.Error(m)
		}
		if m := c.Hears("SIP/2.0 200"); strings.Contains(m, "REFER") || strings.Contains(m, "replaces") {
			t.Errorf("a carrier is invited to refer:\n%s", m)
		}
		c.Asks("REFER", "Refer-To: <sip:+442079460000@pbx.test>")
		c.Hears("SIP/2.0 603")
		c.Asks("BYE")
		c.Hears("SIP/2.0 200")
		l.saw("Confirmed", "HungUp", "Gone")
	})
}

func TestUsersAreToldWhatWeTake(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b, l := s.talking()
		invite := b.Requests["INVITE"]
		b.Asks("OPTIONS")
		for _, m := range []string{invite, b.Hears("SIP/2.0 200")} {
			if !strings.HasSuffix(phone.Header(m, "Supported"), "timer, replaces, norefersub") || !strings.HasSuffix(phone.Header(m, "Allow"), ", SUBSCRIBE, REFER") {
				t.Errorf("not told:\n%s", m)
			}
		}
		b.Asks("BYE")
		b.Hears("SIP/2.0 200")
		l.sawThen("HungUp", "Gone")
	})
}

func TestSecondReferHasToWait(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b, l := s.talking()
		refers := func(to string) { b.Asks("REFER", "Refer-To: <sip:"+to+"@pbx.test>") }
		refers("102")
		refers("103")
		b.Hears("SIP/2.0 491")
		l.AnswerRefer(202)
		b.Hears("SIP/2.0 202")
		s.hearsNews(b, "refer", alive, trying)
		refers("103")
		b.Hears("SIP/2.0 491")
		l.ReportRefer(486)
		s.hearsNews(b, "refer", done, "SIP/2.0 486 Busy Here")
		refers("103") // it is about to be hung up
		b.Hears("SIP/2.0 491")
		b.Asks("BYE")
		b.Hears("SIP/2.0 200")
		l.sawThen("Referred to 102", "HungUp", "Gone")
	})
}

func TestReferTooEarly(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b := s.bob
		b.CallsProven("9", "101", phone.Password("101"))
		l := s.call()
		l.Ringing()
		b.Hears("SIP/2.0 180")
		b.Asks("REFER", "Refer-To: <sip:102@pbx.test>")
		b.Hears("SIP/2.0 491")
		l.Refuse(486, 0)
		b.Hears("SIP/2.0 486")
		l.saw("Gone")
	})
	play(t, quiet, 1, func(s *stage) { // the ACK of our 200 is lost: for him the call is up
		b := s.bob
		b.CallsProven("9", "101", phone.Password("101"))
		l := s.call()
		l.Answer([]byte("v=0 ours"))
		b.Hears("SIP/2.0 200")
		invite := b.Seq
		b.Asks("REFER", "Refer-To: <sip:102@pbx.test>")
		l.saw("Referred to 102")
		l.AnswerRefer(202)
		b.Hears("SIP/2.0 202")
		s.hearsNews(b, "refer", alive, trying)
		l.ReportRefer(200)
		s.hearsNews(b, "refer", done, "SIP/2.0 200 OK")
		passes(6 * time.Second) // no BYE before the ACK (RFC 3261 section 15)
		l.saw("Referred to 102", "HungUp")
		b.Send(b.Request("ACK", invite, nil, ""))
		b.Hears("BYE")
		b.Answers("BYE", 200, "")
		l.saw("Referred to 102", "HungUp", "Gone")
	})
}

// RFC 4488: who wants no news gets none, and is hung up all the same.
func TestReferWithoutSubscription(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b, l := s.talking()
		b.Asks("REFER", "Refer-To: <sip:102@pbx.test>", "Refer-Sub: false", "Require: norefersub")
		l.AnswerRefer(202)
		if m := b.Hears("SIP/2.0 202"); phone.Header(m, "Refer-Sub") != "false" {
			t.Errorf("202:\n%s", m)
		}
		b.Silence(time.Minute)
		b.Asks("SUBSCRIBE", "Event: refer", "Expires: 60")
		b.Hears("SIP/2.0 403")
		l.ReportRefer(200)
		b.Hears("BYE")
		b.Answers("BYE", 200, "")
		l.sawThen("Referred to 102", "HungUp", "Gone")
	})
}

func TestOneNotifyAtATime(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b, l := s.talking()
		b.Asks("REFER", "Refer-To: <sip:102@pbx.test>")
		l.AnswerRefer(202)
		b.Hears("SIP/2.0 202")
		first := b.Hears("NOTIFY")
		l.ReportRefer(180)
		l.ReportRefer(183)
		l.ReportRefer(200)
		if n := b.Copies(first, time.Second); n != 2 {
			t.Errorf("the first came %d times", n)
		}
		b.Answers("NOTIFY", 200, "")
		s.hearsNews(b, "refer", done, "SIP/2.0 200 OK")
		b.Silence(time.Second)
		b.Asks("BYE")
		b.Hears("SIP/2.0 200")
		l.sawThen("Referred to 102", "HungUp", "Gone")
	})
}

// RFC 6665 section 4.2.2: the subscription is over, the transfer is not.
func TestNotifyIsRefused(t *testing.T) {
	for _, code := range []int{481, 405, 0} {
		play(t, quiet, 1, func(s *stage) {
			b, l := s.talking()
			b.Asks("REFER", "Refer-To: <sip:102@pbx.test>")
			l.AnswerRefer(202)
			b.Hears("SIP/2.0 202")
			b.Hears("NOTIFY")
			if code != 0 {
				b.Answers("NOTIFY", code, "")
			}
			b.Copies("", 40*time.Second)
			b.Asks("SUBSCRIBE", "Event: refer", "Expires: 60")
			b.Hears("SIP/2.0 403")
			l.ReportRefer(180)
			l.sawThen("Referred to 102")
			l.ReportRefer(200)
			b.Hears("BYE")
			b.Answers("BYE", 200, "")
			l.sawThen("Referred to 102", "HungUp", "Gone")
		})
	}
}

func TestReferSubscriptionOfThePeer(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b, l := s.talking()
		b.Asks("SUBSCRIBE", "Event: refer") // REFER alone begins it
		b.Hears("SIP/2.0 403")
		b.Asks("REFER", "Refer-To: <sip:102@pbx.test>")
		l.AnswerRefer(202)
		b.Hears("SIP/2.0 202")
		refer := b.Seq
		s.hearsNews(b, "refer", alive, trying)
		resubscribes := func(more ...string) string {
			b.Asks("SUBSCRIBE", more...)
			return b.Hears("SIP/2.0")
		}
		if m := resubscribes("Event: refer", "Expires: 60"); phone.Code(m) != 200 || phone.Header(m, "Expires") != "60" {
			t.Errorf("refresh:\n%s", m)
		}
		s.hearsNews(b, "refer", "active;expires=60", trying)
		if m := resubscribes("Event: refer;id="+strings.Fields(phone.Header(b.Request("X", refer, nil, ""), "CSeq"))[0], "Expires: 99999"); phone.Header(m, "Expires") != "180" {
			t.Errorf("refresh:\n%s", m)
		}
		s.hearsNews(b, "refer", alive, trying)
		if m := resubscribes("Event: refer;id=7"); phone.Code(m) != 403 {
			t.Errorf("another:\n%s", m)
		}
		if m := resubscribes("Event: weather"); phone.Code(m) != 489 {
			t.Errorf("another package:\n%s", m)
		}
		if m := resubscribes("Event: refer", "Expires: 0"); phone.Code(m) != 200 || phone.Header(m, "Expires") != "0" {
			t.Errorf("un-SUBSCRIBE:\n%s", m)
		}
		last := b.Hears("NOTIFY")
		if m := resubscribes("Event: refer", "Expires: 60"); phone.Code(m) != 403 {
			t.Errorf("after its end:\n%s", m)
		}
		if state := phone.Header(last, "Subscription-State"); state != "terminated;reason=timeout" {
			t.Errorf("state %q", state)
		}
		b.Answers("NOTIFY", 200, "")
		l.ReportRefer(180)
		b.Silence(10 * time.Minute)
		l.ReportRefer(200) // it is hung up, not told
		b.Hears("BYE")
		b.Answers("BYE", 200, "")
		l.sawThen("Referred to 102", "HungUp", "Gone")
	})
}

func TestReferSubscriptionExpires(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b, l := s.talking()
		b.Asks("REFER", "Refer-To: <sip:102@pbx.test>")
		l.AnswerRefer(202)
		b.Hears("SIP/2.0 202")
		s.hearsNews(b, "refer", alive, trying)
		passes(newsLife + time.Second)
		s.hearsNews(b, "refer", "terminated;reason=timeout", trying)
		b.Asks("BYE")
		b.Hears("SIP/2.0 200")
		l.sawThen("Referred to 102", "HungUp", "Gone")
	})
}
