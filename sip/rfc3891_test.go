package sip

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ringtide/internal/phone"
)

// RFC 3891 section 3: which dialog a Replaces names. It comes inside Refer-To (RFC 5589 section 7): both dialogs are with us.

// replacing is a Refer-To for a dialog of ours as its phone knows it.
func replacing(callID, toTag, fromTag string, more ...string) string {
	value := callID + ";to-tag=" + toTag + ";from-tag=" + fromTag + strings.Join(more, "")
	escaped := strings.NewReplacer(";", "%3B", "=", "%3D", "@", "%40").Replace(value)
	return "Refer-To: <sip:102@pbx.test?Replaces=" + escaped + ">"
}

// consults lets the second line of bob call, until the call is up or (ring) only rings.
func (s *stage) consults(user, at string, up bool) (*phone.Phone, *leg) {
	s.t.Helper()
	p := s.phone("at"+strings.NewReplacer(".", "-", ":", "-").Replace(at), at)
	p.CallsProven("102", user, phone.Password(user))
	l := s.call()
	l.Ringing()
	p.Hears("SIP/2.0 180")
	if up {
		l.Answer([]byte("v=0 ours"))
		p.Hears("SIP/2.0 200")
		p.Acks()
		l.saw("Confirmed")
	}
	return p, l
}

func (s *stage) hangsUp(p *phone.Phone) {
	s.t.Helper()
	p.Asks("BYE")
	p.Hears("SIP/2.0 200")
}

func TestItem24_AttendedTransfer(t *testing.T) {
	for name, refers := range map[string]func(second *phone.Phone) string{
		"as the RFC says": func(p *phone.Phone) string { return replacing(p.CallID, p.FarTag, p.Tag) },
		"tags swapped":    func(p *phone.Phone) string { return replacing(p.CallID, p.Tag, p.FarTag) },
	} {
		t.Run(name, func(t *testing.T) {
			play(t, quiet, 1, func(s *stage) {
				b, l := s.talking()
				second, other := s.consults("101", "10.0.1.7:5070", true)
				l.do = func(e Event) {
					if r, ok := e.(Referred); ok && r.Replaces != other.Dialog {
						t.Errorf("another dialog: %v", r)
					}
				}
				b.Asks("REFER", refers(second))
				l.sawThen("Referred to " + second.CallID)
				l.AnswerRefer(202)
				l.ReportRefer(200)
				b.Hears("SIP/2.0 202")
				s.hearsNews(b, "refer", alive, trying)
				s.hearsNews(b, "refer", done, "SIP/2.0 200 OK")
				s.hangsUp(b)
				s.hangsUp(second)
				other.saw("Confirmed", "HungUp", "Gone")
			})
		})
	}
}

// The phone was called in both: its tag is that of To in our INVITE.
func TestReplacesADialogOfOurs(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		second, other := s.talking()
		b := s.phone("line2", "10.0.1.7:5070")
		b.CallsProven("102", "101", phone.Password("101"))
		l := s.call()
		l.Answer([]byte("v=0 ours"))
		b.Hears("SIP/2.0 200")
		b.Acks()
		b.Asks("REFER", replacing(second.CallID, second.FarTag, second.Tag))
		l.saw("Confirmed", "Referred to "+other.ID())
		l.AnswerRefer(403)
		b.Hears("SIP/2.0 403")
		s.hangsUp(second)
		s.hangsUp(b)
	})
}

func TestReplacesAnEarlyDialog(t *testing.T) {
	for _, flag := range []string{"", ";early-only"} {
		play(t, quiet, 1, func(s *stage) {
			b, l := s.talking()
			second, other := s.consults("101", "10.0.1.7:5070", false)
			b.Asks("REFER", replacing(second.CallID, second.FarTag, second.Tag, flag))
			l.sawThen("Referred to " + other.ID())
			l.AnswerRefer(202)
			b.Hears("SIP/2.0 202")
			s.hearsNews(b, "refer", alive, trying)
			s.hangsUp(b)
			other.Refuse(480, 0)
			second.Hears("SIP/2.0 480")
		})
	}
	play(t, quiet, 1, func(s *stage) {
		b, l := s.talking()
		second, other := s.consults("101", "10.0.1.7:5070", true)
		b.Asks("REFER", replacing(second.CallID, second.FarTag, second.Tag, ";early-only"))
		b.Hears("SIP/2.0 486") // it was answered meanwhile
		l.sawThen()
		s.hangsUp(b)
		s.hangsUp(second)
		other.saw("Confirmed", "HungUp", "Gone")
	})
}

func TestReplacesNothingOfTheUsers(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b, l := s.talking()
		c, trunk := s.connected()
		second, other := s.consults("101", "10.0.1.7:5070", true)
		stranger, foreign := s.consults("102", "10.0.1.8:5060", true)
		for name, to := range map[string]string{
			"guessed tags":     replacing(second.CallID, "guess", second.Tag),
			"guessed own tag":  replacing(second.CallID, second.FarTag, "guess"),
			"one tag twice":    replacing(second.CallID, second.FarTag, second.FarTag),
			"another Call-ID":  replacing(second.CallID+"x", second.FarTag, second.Tag),
			"tags of another":  replacing(second.CallID, b.FarTag, b.Tag),
			"another user's":   replacing(stranger.CallID, stranger.FarTag, stranger.Tag),
			"the trunk's call": replacing(c.CallID, c.FarTag, c.Tag),
		} {
			b.Asks("REFER", to)
			if m := b.Hears("SIP/2.0"); phone.Code(m) != 481 {
				t.Errorf("%s:\n%s", name, m)
			}
		}
		l.sawThen()
		other.Hangup(NoReason)
		second.Hears("BYE")
		b.Asks("REFER", replacing(second.CallID, second.FarTag, second.Tag))
		b.Hears("SIP/2.0 481") // it is ending
		second.Answers("BYE", 200, "")
		b.Asks("REFER", replacing(second.CallID, second.FarTag, second.Tag))
		b.Hears("SIP/2.0 481") // it is over
		b.Asks("REFER", replacing(b.CallID, b.FarTag, b.Tag))
		l.sawThen("Referred to " + l.ID()) // itself: the call knows what that means
		l.AnswerRefer(482)
		b.Hears("SIP/2.0 482")
		for _, p := range []*phone.Phone{b, c, stranger} {
			s.hangsUp(p)
		}
		trunk.saw("Confirmed", "HungUp", "Gone")
		foreign.saw("Confirmed", "HungUp", "Gone")
	})
}

func TestReferIsAnsweredForItsURI(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		s.net.Tap()
		b, l := s.talking()
		for to, code := range map[string]int{"<sip:1@evil.example>": 403, "<sip:1@192.0.2.66:5060>": 403, "<fax:1>": 416, "sip:1@pbx.test,sip:2@pbx.test": 400} {
			b.Asks("REFER", "Refer-To: "+to)
			if m := b.Hears("SIP/2.0"); phone.Code(m) != code {
				t.Errorf("%s:\n%s", to, m)
			}
		}
		b.Asks("REFER", "Refer-To: <sip:102@pbx.test?Require=gruu>")
		if m := b.Hears("SIP/2.0 420"); phone.Header(m, "Unsupported") != "gruu" {
			t.Errorf("420:\n%s", m)
		}
		b.Asks("REFER", "Refer-To: <sip:102@pbx.test>", "Require: tdialog")
		b.Hears("SIP/2.0 420")
		s.hangsUp(b)
		l.sawThen("HungUp", "Gone")
		for _, p := range s.net.Tape() {
			if to := p.To.String(); to != "10.0.0.1:5060" && to != "10.0.1.7:5060" {
				t.Errorf("a packet to %s", to)
			}
		}
	})
}

// Two REFERs that name each other: both are told, neither mailbox waits for the other.
func TestRace_TwoRefersCross(t *testing.T) {
	for seed := range uint64(20) {
		play(t, quiet, seed, func(s *stage) {
			b, l := s.talking()
			second, other := s.consults("101", "10.0.1.7:5070", true)
			one, two := replacing(second.CallID, second.FarTag, second.Tag), replacing(b.CallID, b.FarTag, b.Tag)
			b.Seq++
			second.Seq++
			b.Put(b.Request("REFER", b.Seq, []string{one}, ""))
			second.Put(second.Request("REFER", second.Seq, []string{two}, ""))
			synctest.Wait()
			l.sawThen("Referred to " + other.ID())
			other.saw("Confirmed", "Referred to "+l.ID())
			go l.AnswerRefer(202)
			go other.AnswerRefer(491)
			second.Hears("SIP/2.0 491")
			b.HearsAll("SIP/2.0 202", "NOTIFY")
			b.Answers("NOTIFY", 200, "")
			s.hangsUp(b)
			s.hangsUp(second)
		})
	}
}

func TestRace_TheReplacedHangsUp(t *testing.T) {
	for seed := range uint64(20) {
		play(t, quiet, seed, func(s *stage) {
			b, l := s.talking()
			second, other := s.consults("101", "10.0.1.7:5070", true)
			b.Seq++
			b.Put(b.Request("REFER", b.Seq, []string{replacing(second.CallID, second.FarTag, second.Tag)}, ""))
			go other.Hangup(NoReason)
			synctest.Wait()
			second.Hears("BYE")
			second.Answers("BYE", 200, "")
			l.AnswerRefer(404) // if it was asked
			if m := b.Hears("SIP/2.0 4"); phone.Code(m) != 404 && phone.Code(m) != 481 {
				t.Errorf("REFER:\n%s", m)
			}
			s.hangsUp(b)
			passes(time.Second)
		})
	}
}

// The other dialog is at work, so its state is not known yet, when the one with the REFER ends.
func TestRace_ReferrerEndsWhileTheReplacedIsLookedAt(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b, l := s.talking()
		second, other := s.consults("101", "10.0.1.7:5070", true)
		at, on := make(chan bool), make(chan bool)
		other.do = func(Event) {
			close(at)
			<-on
			other.do = nil
		}
		go other.Dialog.do(func() { other.emit(Digit{Key: '1'}) })
		<-at
		b.Asks("REFER", replacing(second.CallID, second.FarTag, "guess"))
		b.Hears("SIP/2.0 481")
		b.Asks("REFER", replacing(second.CallID, second.FarTag, second.Tag, ";early-only"))
		b.Silence(time.Second)
		b.Asks("BYE")
		b.HearsAll("SIP/2.0 200", "SIP/2.0 487")
		close(on)
		b.Silence(time.Second)
		l.sawThen("HungUp", "Gone")
		s.hangsUp(second)
	})
}
