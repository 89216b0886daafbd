package sip

import (
	"testing"
	"time"

	"ringtide/internal/phone"
)

// Items of docs/interop.md that no chapter of an RFC is about alone.

// A phone, or what is behind it, may play, fall silent and ring again: each is said as it comes.
func TestItem07_RingingAfterEarlyMedia(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b := s.bob
		l := s.rings(Invite{})
		b.Hears("INVITE")
		b.Answers("INVITE", 183, "v=0 early")
		b.Answers("INVITE", 180, "")
		b.Answers("INVITE", 183, "v=0 early, too")
		b.Answers("INVITE", 486, "")
		b.Hears("ACK")
		l.saw("Ringing 183 v=0 early", "Ringing 180", "Ringing 183 v=0 early, too", "Failed 486", "Gone")
	})
	play(t, quiet, 1, func(s *stage) { // to a user who calls
		b := s.bob
		b.CallsProven("102", "101", phone.Password("101"))
		l := s.call()
		l.Progress([]byte("v=0 early"))
		if m := b.Hears("SIP/2.0 183"); phone.Body(m) != "v=0 early" {
			t.Errorf("183:\n%s", m)
		}
		l.Ringing()
		if m := b.Hears("SIP/2.0 180"); phone.Body(m) != "" || phone.Header(m, "Content-Type") != "" {
			t.Errorf("180:\n%s", m)
		}
		l.Refuse(486, 0)
		b.Hears("SIP/2.0 486")
		l.saw("Gone")
	})
}

// Phones hold by re-INVITE or UPDATE, and resume so or without an offer; what their SDP says is not for this package.
func TestItem20_HoldAndResume(t *testing.T) {
	for _, hold := range []string{"INVITE", "UPDATE"} {
		play(t, quiet, 1, func(s *stage) {
			b, l := s.updatable()
			b.Offers(hold, "v=0 sendonly")
			l.Accept([]byte("v=0 recvonly"))
			if m := b.Hears("SIP/2.0 200"); phone.Body(m) != "v=0 recvonly" || phone.Header(m, "Content-Type") != "application/sdp" {
				t.Errorf("200:\n%s", m)
			}
			if hold == "INVITE" {
				b.Acks()
			}
			l.Show("Ann", "5550123", []byte("v=0 sendrecv")) // while it is held, too
			b.Hears("UPDATE")
			b.Answers("UPDATE", 200, "")
			b.Asks("INVITE")
			l.Accept([]byte("v=0 our offer"))
			b.Hears("SIP/2.0 200")
			b.AcksWith("v=0 sendrecv")
			l.saw("Answered v=0 bob", "Reoffered v=0 sendonly", "Reoffered", "Confirmed v=0 sendrecv")
			s.hangsUp(b)
		})
	}
}

func TestItem29_UnknownRequestsOfAUser(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b, l := s.talking()
		for _, one := range []struct {
			method string
			code   int
			line   string
		}{
			{"SUBSCRIBE", 403, "Event: refer"}, {"SUBSCRIBE", 403, "o: refer;id=4"}, {"SUBSCRIBE", 489, "Event: presence"}, {"SUBSCRIBE", 489, "Expires: 0"},
			{"NOTIFY", 481, "Event: refer;id=1"}, {"NOTIFY", 489, "Event: talk"}, {"REFER", 400, "Refer-Sub: false"}, {"PRACK", 481, "RAck: 1 1 INVITE"},
			{"MESSAGE", 405, "X: y"}, {"DANCE", 501, "X: y"}, {"INFO", 469, "Info-Package: g.3gpp.mcptt-info"},
		} {
			b.Asks(one.method, one.line)
			if m := b.Hears("SIP/2.0"); phone.Code(m) != one.code {
				t.Errorf("%s, %s:\n%s", one.method, one.line, m)
			}
		}
		b.Silence(time.Second)
		s.hangsUp(b)
		l.sawThen("HungUp", "Gone")
	})
}

// Who knows a dialog sends no call anywhere from outside of it (RFC 4538 Target-Dialog is not looked at).
func TestItem23_ReferOutsideOfTheCall(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b, l := s.talking()
		second := s.phone("second", "10.0.1.7:5070")
		res := second.Proves("101", phone.Password("101"), "REFER", "sip:101@pbx.test", nil, "Refer-To: <sip:102@pbx.test>",
			"Target-Dialog: "+b.CallID+";local-tag="+b.Tag+";remote-tag="+b.FarTag)
		if phone.Code(res) != 403 {
			t.Errorf("REFER:\n%s", res)
		}
		forger := s.phone("forger", "10.0.1.66:5060") // inside, from elsewhere: prove it
		forger.Overhears(b, 300)
		forger.Asks("REFER", "Refer-To: <sip:102@pbx.test>")
		forger.Hears("SIP/2.0 401")
		l.sawThen()
		s.hangsUp(b)
	})
}
