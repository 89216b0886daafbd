package sip

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ringtide/internal/phone"
)

// RFC 3261 sections 8.1, 13.2 and 22, RFC 3263 section 4.3: INVITEs of ours.

func TestItem30_WhatAgentsSee(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b := s.bob
		l := s.rings(Invite{ShowName: "Sales: \"Ann\" \\ M\u00fcller\r\nX: y\u202e", ShowNumber: "+49 30;x", Group: "sales\r\nEvil: 1", MaxForwards: 17, For: 20 * time.Second})
		m := b.Hears("INVITE sip:101@192.168.1.7:5060")
		from, _, _ := strings.Cut(phone.Header(m, "From"), ";tag=")
		if want := `"Sales: \"Ann\" \\ Müller X: y" <sip:+49%2030%3Bx@pbx.test>`; from != want || phone.Header(m, "P-Asserted-Identity") != want {
			t.Errorf("From: %s\nPAI:  %s\nwant  %s", from, phone.Header(m, "P-Asserted-Identity"), want)
		}
		for name, want := range map[string]string{"To": "<sip:101@pbx.test>", "X-Group": "sales Evil: 1", "Max-Forwards": "17", "Expires": "25", "Privacy": "",
			"Contact": "<sip:10.0.0.1:5060>", "Content-Type": "application/sdp", "User-Agent": "ringtide"} {
			if got := phone.Header(m, name); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
		if phone.Header(m, "Evil") != "" || phone.Header(m, "X") != "" {
			t.Error("a header was injected")
		}
		if phone.Body(m) != "v=0 ours" || len(phone.Header(m, "Call-ID")) < 32 {
			t.Errorf("INVITE:\n%s", m)
		}
		b.Answers("INVITE", 486, "")
		b.Hears("ACK")
		l.saw("Failed 486", "Gone")
	})
}

func TestItem31_PrivateCallerStaysPrivate(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		c.Calls("sales", "Privacy: id", "P-Asserted-Identity: \"Secret\" <sip:5559999@carrier.test>")
		in := s.call()
		if in.inv.Number != "" || in.inv.Name != "" {
			t.Errorf("invitation shows %q %q", in.inv.Name, in.inv.Number)
		}
		out := s.rings(Invite{ShowName: "Sales: Anonymous"})
		m := s.bob.Hears("INVITE")
		if !strings.HasPrefix(phone.Header(m, "From"), `"Sales: Anonymous" <sip:anonymous@anonymous.invalid>;tag=`) ||
			phone.Header(m, "Privacy") != "id" || strings.Contains(m, "5559999") {
			t.Errorf("INVITE:\n%s", m)
		}
		s.bob.Answers("INVITE", 603, "")
		s.bob.Hears("ACK")
		out.saw("Failed 603", "Gone")
		in.Refuse(480, 0)
		c.AcksRefusal(c.Hears("SIP/2.0 480"))
	})
}

func TestItem11_ForwardIsARefusal(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		l := s.rings(Invite{})
		s.bob.Hears("INVITE")
		s.bob.Answers("INVITE", 302, "", "Contact: <sip:elsewhere@203.0.113.9>")
		s.bob.Hears("ACK")
		l.saw("Failed 302", "Gone")
		s.bob.Silence(10 * time.Second)
	})
}

func TestItem43_SilentPhone(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b := s.bob
		b.Mute(true)
		l := s.rings(Invite{})
		b.Hears("INVITE")
		passes(3900 * time.Millisecond)
		l.saw()
		passes(200 * time.Millisecond)
		l.saw("Failed 0 unreachable", "Gone")
		if len(s.server.Devices("101")) != 0 {
			t.Error("a silent device is still offered")
		}
		b.Mute(false)
		passes(10 * time.Second)
		if len(s.server.Devices("101")) != 1 {
			t.Error("a device that answers again is not offered")
		}
	})
	play(t, quiet, 1, func(s *stage) { // ringing has no limit of its own
		l := s.rings(Invite{})
		s.bob.Hears("INVITE")
		s.bob.Answers("INVITE", 180, "")
		passes(10 * time.Minute)
		l.saw("Ringing 180")
		s.bob.Answers("INVITE", 486, "")
		s.bob.Hears("ACK")
		l.saw("Ringing 180", "Failed 486", "Gone")
	})
}

func TestUnreachableByAnswer(t *testing.T) {
	for code, want := range map[int]string{480: "Failed 480 unreachable", 408: "Failed 408 unreachable", 503: "Failed 503 unreachable",
		404: "Failed 404", 401: "Failed 401"} {
		play(t, quiet, 1, func(s *stage) {
			l := s.rings(Invite{})
			s.bob.Hears("INVITE")
			s.bob.Answers("INVITE", code, "")
			s.bob.Hears("ACK")
			l.saw(want, "Gone")
		})
	}
}

const challenge = `WWW-Authenticate: Digest realm="carrier", nonce="n1", qop="auth", algorithm=MD5`

func TestItem13_ChallengeIsAnsweredOnce(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		l := s.dialsOut("5550199")
		first := c.Hears("INVITE sip:5550199@10.0.2.1")
		c.Answers("INVITE", 401, "", challenge)
		c.Hears("ACK")
		second := c.Hears("INVITE sip:5550199@10.0.2.1")
		if phone.Header(second, "Call-ID") != phone.Header(first, "Call-ID") || phone.Header(second, "From") != phone.Header(first, "From") ||
			phone.Seq(second) != phone.Seq(first)+1 || !strings.Contains(phone.Header(second, "Authorization"), `username="ringtide"`) {
			t.Errorf("second INVITE:\n%s", second)
		}
		c.Answers("INVITE", 200, "v=0 carrier")
		ack := c.Hears("ACK")
		if phone.Header(ack, "Authorization") != phone.Header(second, "Authorization") || phone.Seq(ack) != phone.Seq(second) {
			t.Errorf("ACK:\n%s", ack)
		}
		l.saw("Answered v=0 carrier")
		l.Hangup(NoReason)
		c.Hears("BYE")
		c.Answers("BYE", 200, "")
		l.saw("Answered v=0 carrier", "Gone")
	})
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		l := s.dialsOut("5550199")
		for range 2 {
			c.Hears("INVITE")
			c.Answers("INVITE", 401, "", challenge)
			c.Hears("ACK")
		}
		l.saw("Failed 401", "Gone")
		c.Silence(time.Second)
	})
}

func TestHangupWhileChallenged(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		l := s.dialsOut("5550199")
		c.Hears("INVITE")
		l.Hangup(NoReason)
		c.Answers("INVITE", 407, "", "Proxy-"+strings.TrimPrefix(challenge, "WWW-"))
		c.Hears("ACK")
		l.saw("Gone")
		c.Silence(time.Second)
	})
}

func TestItem44_FailoverOfATrunk(t *testing.T) {
	play(t, quiet, 1, func(s *stage) { // 503
		c, second := s.carrier(), s.phone("second", "10.0.2.2:5060")
		l := s.dialsOut("5550199")
		c.Hears("INVITE")
		c.Answers("INVITE", 503, "")
		c.Hears("ACK")
		second.Hears("INVITE sip:5550199@10.0.2.2")
		second.Answers("INVITE", 183, "v=0 tones")
		second.Answers("INVITE", 200, "v=0 second")
		second.Hears("ACK")
		l.saw("Ringing 183 v=0 tones", "Answered v=0 second")
		second.Asks("BYE")
		second.Hears("SIP/2.0 200")
	})
	play(t, quiet, 1, func(s *stage) { // silence; then the first wakes up and answers
		c, second := s.carrier(), s.phone("second", "10.0.2.2:5060")
		l := s.dialsOut("5550199")
		c.Hears("INVITE")
		begin := time.Now()
		second.Hears("INVITE")
		if d := time.Since(begin); d != 4*time.Second {
			t.Errorf("failover after %v", d)
		}
		second.Answers("INVITE", 180, "")
		c.Answers("INVITE", 200, "v=0 carrier")
		c.Hears("ACK")
		c.Hears("BYE")
		c.Answers("BYE", 200, "")
		l.saw("Ringing 180")
		l.Hangup(NoReason)
		second.Hears("CANCEL")
		second.Answers("CANCEL", 200, "")
		second.Answers("INVITE", 487, "")
		second.Hears("ACK")
		l.saw("Ringing 180", "Gone")
	})
	play(t, quiet, 1, func(s *stage) { // nobody there: the last hop has the full time
		l := s.dialsOut("5550199")
		passes(35 * time.Second)
		l.saw()
		passes(2 * time.Second)
		l.saw("Failed 0 unreachable", "Gone")
	})
	play(t, quiet, 1, func(s *stage) { // another refusal is final
		c := s.carrier()
		l := s.dialsOut("5550199")
		c.Hears("INVITE")
		c.Answers("INVITE", 404, "")
		c.Hears("ACK")
		l.saw("Failed 404", "Gone")
	})
}

func TestMaxCallsOfATrunk(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		var legs []*leg
		for range 20 {
			legs = append(legs, s.dialsOut("5550199"))
		}
		s.dialsOut("5550199").saw("Failed 503", "Gone")
		other := s.phone("other", "10.0.2.3:5060")
		other.Calls("sales")
		m := other.Hears("SIP/2.0 503")
		other.AcksRefusal(m)
		if phone.Header(m, "Retry-After") == "" {
			t.Error("no Retry-After")
		}
		var invites []string
		for range legs {
			invites = append(invites, c.Hears("INVITE"))
		}
		for _, m := range invites {
			c.Requests["INVITE"] = m
			c.Answers("INVITE", 404, "")
			c.Hears("ACK")
		}
		synctest.Wait()
		for _, l := range legs {
			l.saw("Failed 404", "Gone")
		}
	})
}

func TestDialWithoutAWay(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		s.dials(Target{User: "101", Device: "gone"}, Invite{}).saw("Failed 0 unreachable", "Gone")
		s.dials(Target{Trunk: "unknown"}, Invite{Number: "1"}).saw("Failed 503", "Gone")
	})
}

func TestHangupFromTheEventsOfADial(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b := s.bob
		var l *leg
		l = &leg{t: t, do: func(e Event) {
			if _, ok := e.(Ringing); ok {
				l.Hangup(NoReason)
			}
		}}
		l.Dialog = s.server.Dial(s.server.Devices("101")[0], Invite{Offer: []byte("v=0")}, l.take)
		b.Hears("INVITE")
		b.Answers("INVITE", 180, "")
		b.Hears("CANCEL")
		b.Answers("CANCEL", 200, "")
		b.Answers("INVITE", 487, "")
		b.Hears("ACK")
		l.saw("Ringing 180", "Gone")
	})
}
