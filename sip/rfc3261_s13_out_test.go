package sip

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// RFC 3261 sections 8.1, 13.2 and 22, RFC 3263 section 4.3: INVITEs of ours.

func TestItem30_WhatAgentsSee(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b := s.bob
		l := s.rings(Invite{ShowName: "Sales: \"Ann\" \\ M\u00fcller\r\nX: y\u202e", ShowNumber: "+49 30;x", Group: "sales\r\nEvil: 1", MaxForwards: 17})
		m := b.hears("INVITE sip:101@192.168.1.7:5060")
		from, _, _ := strings.Cut(header(m, "From"), ";tag=")
		if want := `"Sales: \"Ann\" \\ Müller X: y" <sip:+49%2030%3Bx@pbx.test>`; from != want || header(m, "P-Asserted-Identity") != want {
			t.Errorf("From: %s\nPAI:  %s\nwant  %s", from, header(m, "P-Asserted-Identity"), want)
		}
		for name, want := range map[string]string{"To": "<sip:101@pbx.test>", "X-Group": "sales Evil: 1", "Max-Forwards": "17", "Privacy": "",
			"Contact": "<sip:10.0.0.1:5060>", "Content-Type": "application/sdp", "User-Agent": "ringtide"} {
			if got := header(m, name); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
		if header(m, "Evil") != "" || header(m, "X") != "" {
			t.Error("a header was injected")
		}
		if body(m) != "v=0 ours" || len(header(m, "Call-ID")) < 32 {
			t.Errorf("INVITE:\n%s", m)
		}
		b.answers("INVITE", 486, "")
		b.hears("ACK")
		l.saw("Failed 486", "Gone")
	})
}

func TestItem31_PrivateCallerStaysPrivate(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		c.calls("sales", "Privacy: id", "P-Asserted-Identity: \"Secret\" <sip:5559999@carrier.test>")
		in := s.call()
		if in.inv.Number != "" || in.inv.Name != "" {
			t.Errorf("invitation shows %q %q", in.inv.Name, in.inv.Number)
		}
		out := s.rings(Invite{ShowName: "Sales: Anonymous"})
		m := s.bob.hears("INVITE")
		if !strings.HasPrefix(header(m, "From"), `"Sales: Anonymous" <sip:anonymous@anonymous.invalid>;tag=`) ||
			header(m, "Privacy") != "id" || strings.Contains(m, "5559999") {
			t.Errorf("INVITE:\n%s", m)
		}
		s.bob.answers("INVITE", 603, "")
		s.bob.hears("ACK")
		out.saw("Failed 603", "Gone")
		in.Refuse(480, 0)
		c.acksRefusal(c.hears("SIP/2.0 480"))
	})
}

func TestItem11_ForwardIsARefusal(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		l := s.rings(Invite{})
		s.bob.hears("INVITE")
		s.bob.answers("INVITE", 302, "", "Contact: <sip:elsewhere@203.0.113.9>")
		s.bob.hears("ACK")
		l.saw("Failed 302", "Gone")
		s.bob.silence(10 * time.Second)
	})
}

func TestItem43_SilentPhone(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		b := s.bob
		b.mute(true)
		l := s.rings(Invite{})
		b.hears("INVITE")
		time.Sleep(3900 * time.Millisecond)
		l.saw()
		time.Sleep(200 * time.Millisecond)
		l.saw("Failed 0 unreachable", "Gone")
		if len(s.server.Devices("101")) != 0 {
			t.Error("a silent device is still offered")
		}
		b.mute(false)
		time.Sleep(10 * time.Second)
		if len(s.server.Devices("101")) != 1 {
			t.Error("a device that answers again is not offered")
		}
	})
	play(t, quiet, 1, func(s *stage) { // ringing has no limit of its own
		l := s.rings(Invite{})
		s.bob.hears("INVITE")
		s.bob.answers("INVITE", 180, "")
		time.Sleep(10 * time.Minute)
		l.saw("Ringing 180")
		s.bob.answers("INVITE", 486, "")
		s.bob.hears("ACK")
		l.saw("Ringing 180", "Failed 486", "Gone")
	})
}

func TestUnreachableByAnswer(t *testing.T) {
	for code, want := range map[int]string{480: "Failed 480 unreachable", 408: "Failed 408 unreachable", 503: "Failed 503 unreachable",
		404: "Failed 404", 401: "Failed 401"} {
		play(t, quiet, 1, func(s *stage) {
			l := s.rings(Invite{})
			s.bob.hears("INVITE")
			s.bob.answers("INVITE", code, "")
			s.bob.hears("ACK")
			l.saw(want, "Gone")
		})
	}
}

const challenge = `WWW-Authenticate: Digest realm="carrier", nonce="n1", qop="auth", algorithm=MD5`

func TestItem13_ChallengeIsAnsweredOnce(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		l := s.dialsOut("5550199")
		first := c.hears("INVITE sip:5550199@10.0.2.1")
		c.answers("INVITE", 401, "", challenge)
		c.hears("ACK")
		second := c.hears("INVITE sip:5550199@10.0.2.1")
		if header(second, "Call-ID") != header(first, "Call-ID") || header(second, "From") != header(first, "From") ||
			seqOf(second) != seqOf(first)+1 || !strings.Contains(header(second, "Authorization"), `username="ringtide"`) {
			t.Errorf("second INVITE:\n%s", second)
		}
		c.answers("INVITE", 200, "v=0 carrier")
		ack := c.hears("ACK")
		if header(ack, "Authorization") != header(second, "Authorization") || seqOf(ack) != seqOf(second) {
			t.Errorf("ACK:\n%s", ack)
		}
		l.saw("Answered v=0 carrier")
		l.Hangup(NoReason)
		c.hears("BYE")
		c.answers("BYE", 200, "")
		l.saw("Answered v=0 carrier", "Gone")
	})
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		l := s.dialsOut("5550199")
		for range 2 {
			c.hears("INVITE")
			c.answers("INVITE", 401, "", challenge)
			c.hears("ACK")
		}
		l.saw("Failed 401", "Gone")
		c.silence(time.Second)
	})
}

func TestHangupWhileChallenged(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		c := s.carrier()
		l := s.dialsOut("5550199")
		c.hears("INVITE")
		l.Hangup(NoReason)
		c.answers("INVITE", 407, "", "Proxy-"+strings.TrimPrefix(challenge, "WWW-"))
		c.hears("ACK")
		l.saw("Gone")
		c.silence(time.Second)
	})
}

func TestItem44_FailoverOfATrunk(t *testing.T) {
	play(t, quiet, 1, func(s *stage) { // 503
		c, second := s.carrier(), s.phone("second", "10.0.2.2:5060")
		l := s.dialsOut("5550199")
		c.hears("INVITE")
		c.answers("INVITE", 503, "")
		c.hears("ACK")
		second.hears("INVITE sip:5550199@10.0.2.2")
		second.answers("INVITE", 183, "v=0 tones")
		second.answers("INVITE", 200, "v=0 second")
		second.hears("ACK")
		l.saw("Ringing 183 v=0 tones", "Answered v=0 second")
		second.asks("BYE")
		second.hears("SIP/2.0 200")
	})
	play(t, quiet, 1, func(s *stage) { // silence; then the first wakes up and answers
		c, second := s.carrier(), s.phone("second", "10.0.2.2:5060")
		l := s.dialsOut("5550199")
		c.hears("INVITE")
		begin := time.Now()
		second.hears("INVITE")
		if d := time.Since(begin); d != 4*time.Second {
			t.Errorf("failover after %v", d)
		}
		second.answers("INVITE", 180, "")
		c.answers("INVITE", 200, "v=0 carrier")
		c.hears("ACK")
		c.hears("BYE")
		c.answers("BYE", 200, "")
		l.saw("Ringing 180")
		l.Hangup(NoReason)
		second.hears("CANCEL")
		second.answers("CANCEL", 200, "")
		second.answers("INVITE", 487, "")
		second.hears("ACK")
		l.saw("Ringing 180", "Gone")
	})
	play(t, quiet, 1, func(s *stage) { // nobody there: the last hop has the full time
		l := s.dialsOut("5550199")
		time.Sleep(35 * time.Second)
		l.saw()
		time.Sleep(2 * time.Second)
		l.saw("Failed 0 unreachable", "Gone")
	})
	play(t, quiet, 1, func(s *stage) { // another refusal is final
		c := s.carrier()
		l := s.dialsOut("5550199")
		c.hears("INVITE")
		c.answers("INVITE", 404, "")
		c.hears("ACK")
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
		other.calls("sales")
		m := other.hears("SIP/2.0 503")
		other.acksRefusal(m)
		if header(m, "Retry-After") == "" {
			t.Error("no Retry-After")
		}
		var invites []string
		for range legs {
			invites = append(invites, c.hears("INVITE"))
		}
		for _, m := range invites {
			c.requests["INVITE"] = m
			c.answers("INVITE", 404, "")
			c.hears("ACK")
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
		b.hears("INVITE")
		b.answers("INVITE", 180, "")
		b.hears("CANCEL")
		b.answers("CANCEL", 200, "")
		b.answers("INVITE", 487, "")
		b.hears("ACK")
		l.saw("Ringing 180", "Gone")
	})
}
