package sip

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ringtide/internal/phone"
)

// RFC 3515: REFER and the end of its dialog, in every order.

func TestRace_ByeRightAfter202(t *testing.T) { // the usual blind transfer of many phones
	play(t, slow, 1, func(s *stage) {
		b, l := s.talkingSlowly()
		b.Asks("REFER", "Refer-To: <sip:102@pbx.test>")
		passes(60 * time.Millisecond)
		l.AnswerRefer(202)
		b.HearsAll("SIP/2.0 202", "NOTIFY")
		b.Asks("BYE")
		b.Answers("NOTIFY", 481, "")
		b.Hears("SIP/2.0 200")
		l.ReportRefer(180)
		l.ReportRefer(200)
		b.Silence(time.Minute)
		l.saw("Answered v=0 bob", "Referred to 102", "HungUp", "Gone")
		if strings.Contains(s.logged.String(), "ERROR") || strings.Contains(s.logged.String(), "WARN") {
			t.Error(s.logged)
		}
	})
}

func (s *stage) talkingSlowly() (*phone.Phone, *leg) {
	s.t.Helper()
	l := s.rings(Invite{})
	s.bob.Hears("INVITE")
	s.bob.Answers("INVITE", 200, "v=0 bob")
	s.bob.Hears("ACK")
	return s.bob, l
}

func TestRace_ReferCrossesBye(t *testing.T) { // ours
	play(t, slow, 1, func(s *stage) {
		b, l := s.talkingSlowly()
		l.Hangup(NoReason)
		b.Asks("REFER", "Refer-To: <sip:102@pbx.test>")
		b.Hears("BYE")
		b.Hears("SIP/2.0 481")
		b.Answers("BYE", 200, "")
		passes(time.Second)
		l.saw("Answered v=0 bob", "Gone")
	})
	play(t, quiet, 1, func(s *stage) { // ours, with the REFER before it
		b, l := s.talking()
		b.Asks("REFER", "Refer-To: <sip:102@pbx.test>")
		l.Hangup(NoReason)
		b.HearsAll("SIP/2.0 487", "BYE")
		l.AnswerRefer(202)
		l.ReportRefer(200)
		b.Answers("BYE", 200, "")
		b.Silence(time.Minute)
		l.sawThen("Referred to 102", "Gone")
	})
	play(t, quiet, 1, func(s *stage) { // theirs, while the REFER is undecided
		b, l := s.talking()
		b.Asks("REFER", "Refer-To: <sip:102@pbx.test>")
		b.Asks("BYE")
		b.HearsAll("SIP/2.0 200", "SIP/2.0 487")
		l.AnswerRefer(202)
		b.Silence(time.Minute)
		l.sawThen("Referred to 102", "HungUp", "Gone")
	})
}

func TestRace_202IsLost(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b, l := s.talking()
		s.lose(2, "SIP/2.0 202")
		refer := b.Asks("REFER", "Refer-To: <sip:102@pbx.test>")
		l.AnswerRefer(202)
		s.hearsNews(b, "refer", alive, trying) // it comes before the 202
		b.Send(refer)
		b.Send(refer)
		b.Hears("SIP/2.0 202")
		l.sawThen("Referred to 102")
		b.Asks("BYE")
		b.Hears("SIP/2.0 200")
		b.Silence(time.Minute)
	})
}

func TestRace_ReferWhileHangingUpUnconfirmed(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b := s.bob
		b.CallsProven("9", "101", phone.Password("101"))
		l := s.call()
		l.Answer([]byte("v=0 ours"))
		b.Hears("SIP/2.0 200")
		invite := b.Seq
		l.Hangup(NoReason) // waits for the ACK
		b.Asks("REFER", "Refer-To: <sip:102@pbx.test>")
		b.Hears("SIP/2.0 491")
		b.Send(b.Request("ACK", invite, nil, ""))
		b.Hears("BYE")
		b.Answers("BYE", 200, "")
		l.saw("Gone")
	})
}

func TestRace_AnswerAndHangupAtOnce(t *testing.T) {
	for seed := range uint64(20) {
		play(t, quiet, seed, func(s *stage) {
			b, l := s.talking()
			b.Asks("REFER", "Refer-To: <sip:102@pbx.test>")
			go l.AnswerRefer(202)
			go l.ReportRefer(200)
			go l.Hangup(NoReason)
			synctest.Wait()
			for range 3 { // 202 or 487, perhaps news, BYE
				if m := b.Hears(""); strings.HasPrefix(m, "BYE") {
					break
				}
			}
			if _, ok := b.Requests["BYE"]; ok {
				b.Answers("BYE", 200, "")
			}
			b.Copies("", time.Minute)
			l.sawThen("Referred to 102", "Gone")
		})
	}
}

func TestNoNewsDuringTheEnd(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b, l := s.talking()
		b.Asks("REFER", "Refer-To: <sip:102@pbx.test>")
		l.AnswerRefer(202)
		b.Hears("SIP/2.0 202")
		b.Hears("NOTIFY")
		l.ReportRefer(200) // waits for the answer to the first
		l.Hangup(NoReason)
		b.Hears("BYE")
		b.Answers("NOTIFY", 200, "")
		b.Silence(300 * time.Millisecond)
		b.Answers("BYE", 200, "")
		l.sawThen("Referred to 102", "Gone")
	})
}

// A dialog ends once, however many reasons there are.
func TestPartingOfADeadPhone(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b, l := s.talking()
		b.Asks("REFER", "Refer-To: <sip:102@pbx.test>", "Refer-Sub: false")
		l.AnswerRefer(202)
		b.Hears("SIP/2.0 202")
		l.ReportRefer(200)
		passes(2 * time.Second)
		l.Show("Ann", "1", ourSDP)
		b.Hears("INVITE")
		b.Answers("INVITE", 408, "")
		b.HearsAll("ACK", "BYE") // which it leaves unanswered
		passes(4 * time.Second)
		l.sawThen("Referred to 102", "HungUp dead", "Gone")
	})
}

// While another phone of the same call is still being hung up, the leg is not down; what is pending is answered at once.
func TestReferOfAForkedCall(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b := s.bob
		l := s.rings(Invite{})
		b.Hears("INVITE")
		b.Answers("INVITE", 200, "v=0 bob")
		b.Hears("ACK")
		b.AnswersAs("mobile", "INVITE", 200, "v=0 mobile")
		b.HearsAll("ACK sip:mobile@", "BYE sip:mobile@")
		b.Asks("REFER", "Refer-To: <sip:102@pbx.test>")
		b.Asks("BYE")
		b.HearsAll("SIP/2.0 200", "SIP/2.0 487")
		l.saw("Answered v=0 bob", "Referred to 102", "HungUp")
		b.Answers("BYE", 200, "")
		l.saw("Answered v=0 bob", "Referred to 102", "HungUp", "Gone")
	})
}
