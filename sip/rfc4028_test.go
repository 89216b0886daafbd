package sip

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ringtide/internal/fakenet"
	"ringtide/internal/phone"
)

// RFC 4028: session timers.

// timed makes sessions last half an hour unless the peer says otherwise.
func (s *stage) timed() {
	s.t.Helper()
	c := stageConfig
	c.SessionExpires = 30 * time.Minute
	if err := s.server.Reload(c); err != nil {
		s.t.Fatal(err)
	}
}

// wantTerms compares what a message says of the session timer.
func wantTerms(t *testing.T, m, expires, require string) {
	t.Helper()
	if e, r := phone.Header(m, "Session-Expires"), phone.Header(m, "Require"); e != expires || r != require {
		t.Errorf("Session-Expires %q, Require %q; want %q, %q", e, r, expires, require)
	}
	if !strings.Contains(phone.Header(m, "Supported"), "timer") {
		t.Errorf("timers are not supported in\n%s", m)
	}
}

// hearsIn hears nothing for so long, and then this.
func (s *stage) hearsIn(d time.Duration, p *phone.Phone, start string) string {
	s.t.Helper()
	begin := time.Now()
	sits(p, d-time.Millisecond)
	m := p.Hears(start)
	if passed := time.Since(begin); passed > d+200*time.Millisecond {
		s.t.Errorf("%s after %v, not %v", start, passed, d)
	}
	return m
}

// dies hears the BYE of a call that we hold dead.
func (s *stage) dies(p *phone.Phone, l *leg) {
	s.t.Helper()
	p.Hears("BYE")
	p.Answers("BYE", 200, "")
	passes(0)
	if !l.has("HungUp dead") || !l.has("Gone") {
		s.t.Errorf("events %q", l.events)
	}
}

// sits lets time pass in which the phone hears nothing.
func sits(p *phone.Phone, d time.Duration) {
	for ; d > time.Minute; d -= time.Minute {
		p.Silence(time.Minute)
	}
	p.Silence(d)
}

// Section 9, table 2: what our 200 says to what a caller's INVITE says.
func TestItem19_TermsOfACaller(t *testing.T) {
	for _, c := range []struct{ want, require, invite string }{
		{"1800;refresher=uas", "timer", "Supported: timer"},
		{"", "", ""}, // we refresh, and say nothing that it would not understand
		{"600;refresher=uas", "timer", "Supported: 100rel,timer|x: 600"},
		{"600;refresher=uac", "timer", "Supported: timer|Session-Expires: 600;refresher=uac"},
		{"600;refresher=uas", "timer", "Supported: timer|Session-Expires: 600 ; Refresher = UAS"},
		{"600;refresher=uas", "", "Session-Expires: 600"}, // a proxy's
		{"600;refresher=uas", "", "Session-Expires: 600;refresher=uac"},
		{"90;refresher=uas", "", "Session-Expires: 20"},
		{"1800;refresher=uas", "timer", "Supported: timer|Session-Expires: 7200"},
		{"3600;refresher=uac", "timer", "Supported: timer|Session-Expires: 7200;refresher=uac|Min-SE: 3600"},
		{"3600;refresher=uas", "timer", "Supported: timer|Min-SE: 3600"},
		{"1800;refresher=uas", "timer", "Supported: timer|Session-Expires: soon"},
		{"600;refresher=uac", "timer", "Require: timer|Session-Expires: 600;refresher=uac"},
	} {
		play(t, quiet, 1, func(s *stage) {
			s.timed()
			b := s.carrier()
			b.Calls("sales", strings.FieldsFunc(c.invite, func(r rune) bool { return r == '|' })...)
			l := s.call()
			l.Ringing()
			wantTerms(t, b.Hears("SIP/2.0 180"), "", "")
			l.Answer(ourSDP)
			wantTerms(t, b.Hears("SIP/2.0 200"), c.want, c.require)
			b.Acks()
			s.hangsUp(b)
		})
	}
}

func TestItem19_WithoutTimersOfOurs(t *testing.T) {
	for _, c := range []struct{ want, require, invite string }{
		{"", "", "Supported: timer"},
		{"600;refresher=uac", "timer", "Supported: timer|Session-Expires: 600"},
		{"600;refresher=uas", "", "Session-Expires: 600"},
	} {
		play(t, quiet, 1, func(s *stage) {
			b := s.carrier()
			b.Calls("sales", strings.Split(c.invite, "|")...)
			l := s.call()
			l.Answer(ourSDP)
			wantTerms(t, b.Hears("SIP/2.0 200"), c.want, c.require)
			b.Acks()
			s.hangsUp(b)
		})
	}
	play(t, quiet, 1, func(s *stage) { // nothing is asked for, nothing is sent
		b, l := s.talking()
		wantTerms(t, b.Requests["INVITE"], "", "")
		sits(b, 3*time.Hour)
		l.Show("Ann", "1", ourSDP)
		wantTerms(t, b.Hears("INVITE"), "", "")
		b.Answers("INVITE", 200, "v=0 bob")
		b.Hears("ACK")
		s.hangsUp(b)
	})
}

// Sections 6 and 9: too brief.
func TestItem19_TooBriefIs422(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		s.timed()
		b := s.carrier()
		b.Calls("sales", "Supported: timer", "Session-Expires: 89")
		no := b.Hears("SIP/2.0 422")
		if phone.Header(no, "Min-SE") != "90" {
			t.Errorf("422:\n%s", no)
		}
		b.AcksRefusal(no)
		b.Calls("sales", "Supported: timer", "Session-Expires: 90", "Min-SE: 90")
		l := s.call()
		l.Answer(ourSDP)
		wantTerms(t, b.Hears("SIP/2.0 200"), "90;refresher=uas", "timer")
		b.Acks()
		for _, method := range []string{"INVITE", "UPDATE"} { // the session goes on as it was
			b.Invite = b.Offers(method, "v=0 new", "Supported: timer", "Session-Expires: 1")
			no := b.Hears("SIP/2.0 422")
			if phone.Header(no, "Min-SE") != "90" {
				t.Errorf("422:\n%s", no)
			}
			if method == "INVITE" {
				b.AcksRefusal(no)
			}
		}
		l.saw("Confirmed")
		s.hangsUp(b)
	})
}

// Sections 7.4 and 10: we refresh at half the time, and the peer's 2xx starts the next half.
func TestItem19_WeRefreshByUpdate(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		s.timed()
		b := s.bob
		l := s.rings(Invite{})
		wantTerms(t, b.Hears("INVITE"), "1800", "")
		b.Answers("INVITE", 200, "v=0 bob", "Allow: UPDATE", "Require: timer", "Session-Expires: 600;refresher=uac")
		b.Hears("ACK")
		for _, c := range []struct {
			lasts int
			next  string
		}{{600, "600"}, {600, "300"}, {300, "10"}, {90, "300"}} { // 10 is not allowed, and taken for 90
			m := s.hearsIn(time.Duration(c.lasts)*time.Second/2, b, "UPDATE")
			wantTerms(t, m, fmt.Sprintf("%d;refresher=uac", c.lasts), "")
			if phone.Body(m) != "" || phone.Header(m, "P-Asserted-Identity") != "" || phone.Header(m, "Contact") == "" {
				t.Errorf("UPDATE:\n%s", m)
			}
			b.Answers("UPDATE", 200, "", "Require: timer", "Session-Expires: "+c.next+";refresher=uac")
		}
		s.hangsUp(b)
		l.saw("Answered v=0 bob", "HungUp", "Gone")
	})
}

// Section 7.4: a re-INVITE has the same SDP, to the octet, as what was said last.
func TestItem19_WeRefreshByReinvite(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		s.timed()
		b := s.carrier()
		b.Calls("sales", "Supported: timer", "Session-Expires: 600;refresher=uas", "Allow: INVITE, BYE")
		l := s.call()
		l.Answer([]byte("v=0 answered"))
		b.Hears("SIP/2.0 200")
		b.Acks()
		m := s.hearsIn(300*time.Second, b, "INVITE")
		wantTerms(t, m, "600;refresher=uac", "")
		if phone.Body(m) != "v=0 answered" {
			t.Errorf("INVITE:\n%s", m)
		}
		b.Answers("INVITE", 200, "v=0 carrier", "Session-Expires: 600;refresher=uac")
		b.Hears("ACK")
		b.Offers("INVITE", "v=0 hold", "Supported: timer", "Session-Expires: 600;refresher=uas")
		l.Accept([]byte("v=0 held"))
		wantTerms(t, b.Hears("SIP/2.0 200"), "600;refresher=uas", "timer")
		b.Acks()
		if m := s.hearsIn(300*time.Second, b, "INVITE"); phone.Body(m) != "v=0 held" {
			t.Errorf("INVITE:\n%s", m)
		}
		b.Answers("INVITE", 200, "v=0 hold", "Session-Expires: 600;refresher=uac")
		b.Hears("ACK")
		s.hangsUp(b)
		l.saw("Confirmed", "Reanswered v=0 carrier", "Reoffered v=0 hold", "Reanswered v=0 hold", "HungUp", "Gone")
	})
}

// Section 10: the peer refreshes; if it does not, the call is over 32 s before its end, or a third of it.
func TestItem19_ThePeerRefreshes(t *testing.T) {
	for _, lasts := range []time.Duration{90, 600} {
		play(t, quiet, 1, func(s *stage) {
			s.timed()
			b := s.bob
			l := s.rings(Invite{})
			b.Hears("INVITE")
			terms := fmt.Sprintf("Session-Expires: %d;refresher=", lasts)
			b.Answers("INVITE", 200, "v=0 bob", "Supported: timer", "Require: timer", terms+"uas")
			b.Hears("ACK")
			sits(b, lasts*time.Second/2)
			b.Asks("UPDATE", "Supported: timer", terms+"uac")
			wantTerms(t, b.Hears("SIP/2.0 200"), fmt.Sprintf("%d;refresher=uac", lasts), "timer")
			sits(b, lasts*time.Second/2)
			b.Offers("INVITE", "v=0 bob", "Supported: timer", terms+"uac")
			l.Accept(ourSDP)
			wantTerms(t, b.Hears("SIP/2.0 200"), fmt.Sprintf("%d;refresher=uac", lasts), "timer")
			b.Acks()
			s.hearsIn(lasts*time.Second-min(32*time.Second, lasts*time.Second/3), b, "BYE")
			b.Answers("BYE", 481, "")
			l.saw("Answered v=0 bob", "Reoffered v=0 bob", "HungUp dead", "Gone")
		})
	}
}

// Roles are settled anew with each 2xx, and stay if nobody asks for a change (sections 7.4 and 9).
func TestItem19_RolesChange(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		s.timed()
		b := s.carrier()
		b.Calls("sales", "Supported: timer", "Session-Expires: 600;refresher=uac", "Allow: UPDATE")
		l := s.call()
		l.Answer(ourSDP)
		wantTerms(t, b.Hears("SIP/2.0 200"), "600;refresher=uac", "timer")
		b.Acks()
		l.Show("Ann", "1", nil)
		wantTerms(t, b.Hears("UPDATE"), "600;refresher=uas", "")
		b.Answers("UPDATE", 200, "", "Session-Expires: 600;refresher=uas")
		b.Asks("UPDATE", "Supported: timer", "Session-Expires: 600")
		wantTerms(t, b.Hears("SIP/2.0 200"), "600;refresher=uac", "timer")
		b.Asks("UPDATE", "Supported: timer", "Session-Expires: 600;refresher=uas")
		wantTerms(t, b.Hears("SIP/2.0 200"), "600;refresher=uas", "timer")
		wantTerms(t, s.hearsIn(300*time.Second, b, "UPDATE"), "600;refresher=uac", "")
		b.Answers("UPDATE", 200, "", "Session-Expires: 600;refresher=uas") // it takes the work back
		s.hearsIn(568*time.Second, b, "BYE")
		b.Answers("BYE", 200, "")
		l.saw("Confirmed", "HungUp dead", "Gone")
	})
}

// What tells who speaks is a refresh, too.
func TestEveryOfferRefreshes(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		s.timed()
		b := s.bob
		l := s.rings(Invite{})
		b.Hears("INVITE")
		b.Answers("INVITE", 200, "v=0 bob", "Session-Expires: 600;refresher=uac")
		b.Hears("ACK")
		sits(b, 250*time.Second)
		l.Show("Ann", "1", []byte("v=0 shown"))
		wantTerms(t, b.Hears("INVITE"), "600;refresher=uac", "")
		b.Answers("INVITE", 200, "v=0 bob", "Session-Expires: 600;refresher=uac")
		b.Hears("ACK")
		if m := s.hearsIn(300*time.Second, b, "INVITE"); phone.Body(m) != "v=0 shown" {
			t.Errorf("INVITE:\n%s", m)
		}
		b.Answers("INVITE", 200, "v=0 bob", "Session-Expires: 600;refresher=uac")
		b.Hears("ACK")
		s.hangsUp(b)
	})
}

// A peer without timers is asked by us alone. It may say what it likes, but it has to live (section 7.2).
func TestItem19_PeerWithoutTimers(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		s.timed()
		b := s.bob
		l := s.rings(Invite{})
		b.Hears("INVITE")
		b.Answers("INVITE", 200, "v=0 bob")
		b.Hears("ACK")
		for _, code := range []int{200, 488, 500, 603} {
			wantTerms(t, s.hearsIn(15*time.Minute, b, "INVITE"), "1800;refresher=uac", "")
			b.Answers("INVITE", code, "")
			b.Hears("ACK")
		}
		s.hearsIn(15*time.Minute, b, "INVITE")
		b.Answers("INVITE", 481, "")
		b.Hears("ACK")
		l.saw("Answered v=0 bob", "HungUp dead", "Gone")
	})
	play(t, quiet, 1, func(s *stage) { // an agent whose phone died without a word
		s.timed()
		b, l := s.updatable()
		m := s.hearsIn(15*time.Minute, b, "UPDATE")
		b.Copies(m, 32*time.Second)
		s.dies(b, l)
	})
	play(t, quiet, 1, func(s *stage) { // a caller
		s.timed()
		c, l := s.connected()
		s.hearsIn(15*time.Minute, c, "INVITE")
		c.Answers("INVITE", 408, "")
		c.Hears("ACK")
		s.dies(c, l)
	})
}

// Section 10: who refuses the refresh is asked again, another way, until the session expires.
func TestRefusedRefresh(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		s.timed()
		b := s.bob
		l := s.rings(Invite{})
		b.Hears("INVITE")
		b.Answers("INVITE", 200, "v=0 bob", "Allow: UPDATE", "Require: timer", "Session-Expires: 600;refresher=uac")
		b.Hears("ACK")
		s.hearsIn(300*time.Second, b, "UPDATE")
		b.Answers("UPDATE", 488, "")
		b.Hears("INVITE")
		b.Answers("INVITE", 488, "")
		b.Hears("ACK")
		for range 3 {
			s.hearsIn(75*time.Second, b, "INVITE")
			b.Answers("INVITE", 488, "")
			b.Hears("ACK")
		}
		s.hearsIn(43*time.Second, b, "BYE") // 568 s
		b.Answers("BYE", 200, "")
		l.saw("Answered v=0 bob", "HungUp dead", "Gone")
	})
	play(t, quiet, 1, func(s *stage) { // a trunk's challenge is answered, glare waited out
		s.timed()
		c := s.carrier()
		c.Calls("sales", "Supported: timer")
		l := s.call()
		l.Answer(ourSDP)
		c.Hears("SIP/2.0 200")
		c.Acks()
		s.hearsIn(15*time.Minute, c, "INVITE")
		c.Answers("INVITE", 407, "", `Proxy-Authenticate: Digest realm="x", nonce="n"`)
		c.HearsAll("ACK", "INVITE")
		wantTerms(t, c.Requests["INVITE"], "1800;refresher=uac", "")
		if phone.Header(c.Requests["INVITE"], "Proxy-Authorization") == "" {
			t.Error("challenge not answered")
		}
		c.Answers("INVITE", 491, "")
		c.HearsAll("ACK", "INVITE")
		c.Answers("INVITE", 200, "v=0 carrier", "Session-Expires: 600;refresher=uas")
		c.Hears("ACK")
		s.hangsUp(c)
		l.saw("Confirmed", "Reanswered v=0 carrier", "HungUp", "Gone")
	})
}

// Section 7.3: we give way to 422, within measure.
func TestItem19_LongerIsAskedFor(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		s.timed()
		c := s.carrier()
		l := s.dialsOut("5550199")
		c.Hears("INVITE")
		c.Answers("INVITE", 422, "", "Min-SE: 3600")
		c.HearsAll("ACK", "INVITE")
		m := c.Requests["INVITE"]
		wantTerms(t, m, "3600", "")
		if phone.Header(m, "Min-SE") != "3600" {
			t.Errorf("INVITE:\n%s", m)
		}
		c.Answers("INVITE", 407, "", `Proxy-Authenticate: Digest realm="x", nonce="n"`)
		c.HearsAll("ACK", "INVITE")
		wantTerms(t, c.Requests["INVITE"], "3600", "")
		c.Answers("INVITE", 200, "v=0 carrier", "Allow: UPDATE", "Session-Expires: 3600;refresher=uac")
		c.Hears("ACK")
		m = s.hearsIn(30*time.Minute, c, "UPDATE")
		wantTerms(t, m, "3600;refresher=uac", "")
		c.Answers("UPDATE", 422, "", "Min-SE: 4000")
		m = c.Hears("UPDATE")
		wantTerms(t, m, "4000;refresher=uac", "")
		if phone.Header(m, "Min-SE") != "4000" {
			t.Errorf("UPDATE:\n%s", m)
		}
		c.Answers("UPDATE", 200, "", "Session-Expires: 4000;refresher=uac")
		s.hangsUp(c)
		l.saw("Answered v=0 carrier", "HungUp", "Gone")
	})
	for _, minSE := range []string{"X: y", "Min-SE: 60", "Min-SE: 4294967295", "Min-SE: 99999999999999999999"} {
		play(t, quiet, 1, func(s *stage) { // a peer that cannot say what it wants
			s.timed()
			b := s.bob
			l := s.rings(Invite{})
			b.Hears("INVITE")
			b.Answers("INVITE", 422, "", minSE)
			b.HearsAll("ACK", "INVITE")
			wantTerms(t, b.Requests["INVITE"], "", "")
			b.Answers("INVITE", 422, "", minSE)
			b.Hears("ACK")
			l.saw("Failed 422", "Gone")
		})
	}
	play(t, quiet, 1, func(s *stage) { // one that never has enough
		s.timed()
		b := s.bob
		l := s.rings(Invite{})
		b.Hears("INVITE")
		for i := range maxYields {
			b.Answers("INVITE", 422, "", fmt.Sprintf("Min-SE: %d", 3600+i))
			b.HearsAll("ACK", "INVITE")
		}
		b.Answers("INVITE", 422, "", "Min-SE: 9999")
		b.Hears("ACK")
		l.saw("Failed 422", "Gone")
	})
}

func TestRace_RefreshMeetsAnOffer(t *testing.T) {
	play(t, slow, 1, func(s *stage) { // our re-INVITE and the peer's cross
		s.timed()
		b := s.bob
		l := s.rings(Invite{})
		b.Hears("INVITE")
		b.Answers("INVITE", 200, "v=0 bob", "Supported: timer", "Session-Expires: 600;refresher=uac")
		b.Hears("ACK")
		passes(300*time.Second - 150*time.Millisecond)
		b.Invite = b.Offers("INVITE", "v=0 hold", "Supported: timer")
		b.Hears("SIP/2.0 100")
		l.Accept([]byte("v=0 held"))
		b.Hears("SIP/2.0 200")
		b.Acks()
		s.hearsIn(300*time.Second, b, "INVITE") // that was the refresh
		b.Answers("INVITE", 200, "v=0 hold", "Session-Expires: 600;refresher=uac")
		b.Hears("ACK")
		s.hangsUp(b)
	})
	play(t, quiet, 1, func(s *stage) { // theirs is undecided when ours is due
		s.timed()
		b := s.bob
		l := s.rings(Invite{})
		b.Hears("INVITE")
		b.Answers("INVITE", 200, "v=0 bob", "Supported: timer", "Session-Expires: 600;refresher=uac")
		b.Hears("ACK")
		sits(b, 299*time.Second)
		b.Invite = b.Offers("INVITE", "v=0 hold")
		b.Hears("SIP/2.0 100")
		b.Silence(5 * time.Second)
		l.Reject(488)
		b.HearsAll("SIP/2.0 488", "INVITE")
		b.AcksRefusal("SIP/2.0 488\r\nTo: " + phone.Header(b.Invite, "To") + "\r\n\r\n")
		b.Answers("INVITE", 200, "v=0 bob", "Session-Expires: 600;refresher=uac")
		b.Hears("ACK")
		s.hangsUp(b)
	})
}

func TestRace_RefreshCrossesBye(t *testing.T) {
	play(t, slow, 1, func(s *stage) {
		s.timed()
		b, l := s.updatableSlowly()
		passes(15*time.Minute - 20*time.Millisecond)
		b.Asks("BYE")
		b.HearsAll("UPDATE", "SIP/2.0 200")
		b.Answers("UPDATE", 481, "")
		passes(time.Second)
		l.saw("Answered v=0 bob", "HungUp", "Gone")
	})
	play(t, slow, 1, func(s *stage) { // our own
		s.timed()
		b, l := s.updatableSlowly()
		passes(15 * time.Minute)
		l.Hangup(NoReason)
		b.HearsAll("UPDATE", "BYE")
		b.Answers("UPDATE", 200, "")
		b.Answers("BYE", 200, "")
		passes(time.Hour)
		l.saw("Answered v=0 bob", "Gone")
	})
	play(t, quiet, 1, func(s *stage) { // nobody hears of a session that ended
		s.timed()
		b, l := s.updatable()
		passes(10 * time.Minute)
		s.hangsUp(b)
		b.Silence(time.Minute)
		passes(time.Hour)
		l.saw("Answered v=0 bob", "HungUp", "Gone")
	})
}

func (s *stage) updatableSlowly() (*phone.Phone, *leg) {
	b := s.bob
	l := s.rings(Invite{})
	b.Hears("INVITE")
	b.Answers("INVITE", 200, "v=0 bob", "Allow: UPDATE")
	b.Hears("ACK")
	return b, l
}

// The early dialog has no session to refresh.
func TestEarlyUpdateStartsNoTimer(t *testing.T) {
	play(t, quiet, 1, func(s *stage) {
		s.timed()
		c := s.carrier()
		c.Calls("sales", "Supported: timer", "Session-Expires: 90;refresher=uac")
		l := s.call()
		l.Ringing()
		c.Hears("SIP/2.0 180")
		c.Asks("UPDATE", "Supported: timer", "Session-Expires: 90;refresher=uac")
		wantTerms(t, c.Hears("SIP/2.0 200"), "", "")
		c.Copies("", 2*time.Minute)
		l.saw()
		l.Refuse(486, 0)
		c.AcksRefusal(c.Hears("SIP/2.0 486"))
	})
}

// Two servers of ours keep a call alive for hours over a network that loses, doubles and reorders, and both find out when it
// is cut.
func TestRefreshOverABadNetwork(t *testing.T) {
	for seed := range uint64(8) {
		synctest.Test(t, func(t *testing.T) {
			s := newStorm(t, fakenet.Options{Loss: 0.15, Duplicate: 0.2, Reorder: 0.2, MaxDelay: 300 * time.Millisecond}, seed)
			for _, server := range []*Server{s.a, s.b} {
				c := *server.config.Load()
				c.SessionExpires = 10 * time.Minute
				_ = server.Reload(c)
			}
			var callee *leg
			s.answer = func(d *Dialog) *leg {
				callee = &leg{Dialog: d, t: t}
				d.Answer(ourSDP)
				return callee
			}
			to, err := s.a.TrunkTarget("peer")
			if err != nil {
				t.Fatal(err)
			}
			caller := &leg{t: t}
			caller.Dialog = s.a.Dial(to, Invite{Number: "1", Offer: ourSDP}, caller.take)
			passes(5 * time.Hour)
			if !caller.has("Answered") || caller.has("HungUp") || callee.has("HungUp") {
				t.Errorf("seed %d: caller %q, callee %q", seed, caller.events, callee.events)
			}
			s.net.Filter(func(_, _ netip.AddrPort, _ []byte) bool { return true })
			passes(10 * time.Minute)
			if !caller.has("HungUp dead") || !callee.has("HungUp dead") || !caller.has("Gone") || !callee.has("Gone") {
				t.Errorf("seed %d: caller %q, callee %q", seed, caller.events, callee.events)
			}
			passes(2 * time.Minute)
		})
	}
}
