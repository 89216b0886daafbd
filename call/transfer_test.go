package call

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"ringtide/internal/phone"
	"ringtide/queue"
)

// refers asks for a transfer and hears that it is under way.
func refers(p *phone.Phone, to string) {
	p.Asks("REFER", "Refer-To: "+to, "Referred-By: <sip:"+p.Tag+"@"+phone.Domain+">")
	p.HearsAll("SIP/2.0 202", "NOTIFY")
	p.Answers("NOTIFY", 200, "")
}

// replacing is the Refer-To by which a phone hands over the call that another dialog of it has made.
func replacing(consultation *phone.Phone) string {
	replaces := consultation.CallID + ";to-tag=" + consultation.FarTag + ";from-tag=" + consultation.Tag
	return "<sip:anybody@" + phone.Domain + "?Replaces=" + url.QueryEscape(replaces) + ">"
}

// hearsReport hears how the transfer ended, and hangs up as phones do.
func hearsReport(t *testing.T, p *phone.Phone, status string) {
	t.Helper()
	notify := p.Hears("NOTIFY")
	p.Answers("NOTIFY", 200, "")
	if body := phone.Body(notify); !strings.HasPrefix(body, "SIP/2.0 "+status) {
		t.Errorf("the transfer is reported as %q, want %s", body, status)
	}
	p.Asks("BYE")
	p.Hears("SIP/2.0 200")
}

// talk has the carrier call the group and an agent answer.
func (w *town) talk(carrier, agent *phone.Phone) {
	w.t.Helper()
	waits(carrier)
	rung(agent)
	w.takes(agent)
	w.pass(time.Second)
}

// second is another line of a user's phone.
func (w *town) second(user string) *phone.Phone { return w.phoneAt(user, "10.0.1."+user+":5070") }

// only makes rules in which 101 alone answers for the group; the others are users.
func only(g queue.Group, others ...queue.AgentID) queue.Rules {
	r := rulesOf(g, "101")
	for _, o := range others {
		r.Users = append(r.Users, queue.User{Extension: o, Name: "User " + string(o)})
	}
	r.Codes.Intercept, r.Codes.Voicemail = "*8", "*97"
	return r
}

func TestTransfer_BlindToAUser(t *testing.T) {
	live(t, only(queue.Group{WrapUp: 10 * time.Second}, "102"), func(w *town) {
		carrier, alice, bob := w.phone("carrier"), w.phone("101"), w.phone("102")
		w.talk(carrier, alice)
		refers(alice, "<sip:102@pbx.test>")
		invite := rung(bob)
		if from := phone.Header(invite, "From"); !strings.Contains(from, "sip:carrier@") {
			t.Errorf("bob sees %s, want the caller", from)
		}
		if by := phone.Header(invite, "Referred-By"); !strings.Contains(by, "sip:101@pbx.test") {
			t.Errorf("Referred-By is %q", by)
		}
		w.takes(bob)
		hearsReport(t, alice, "200")
		w.pass(5 * time.Second)
		if n := w.x.Live(); n != 1 {
			t.Errorf("%d calls live", n)
		}
		hangsUp(carrier, bob)
		w.pass(time.Second)
		if e := w.recorded(queue.EvCallEnded); e.Cause != string(queue.CauseNormal) {
			t.Errorf("recorded %+v", e)
		}
	})
}

func TestTransfer_TheCallerOfACallMayAskToo(t *testing.T) {
	live(t, only(queue.Group{}, "102", "103"), func(w *town) {
		alice, bob, carol := w.phone("101"), w.phone("102"), w.phone("103")
		alice.CallsProven("102", "101", password)
		rung(bob)
		alice.Hears("SIP/2.0 180")
		w.takes(bob)
		alice.Hears("SIP/2.0 200")
		alice.Acks()
		w.pass(time.Second)
		refers(alice, "<sip:103@pbx.test>")
		rung(carol)
		w.takes(carol)
		hearsReport(t, alice, "200")
		w.pass(2 * time.Second)
		bob.Unheard() // he may be told with whom he speaks
		hangsUp(bob, carol)
	})
}

func TestTransfer_WithoutAnswerTheCallerComesBack(t *testing.T) {
	live(t, only(queue.Group{}, "102"), func(w *town) {
		carrier, alice, bob := w.phone("carrier"), w.phone("101"), w.phone("102")
		w.talk(carrier, alice)
		refers(alice, "<sip:102@pbx.test>")
		rung(bob)
		bob.Answers("INVITE", 486, "")
		bob.Hears("ACK")
		alice.Hears("NOTIFY") // of the failure; her phone forgets the call over the new one
		alice.Answers("NOTIFY", 200, "")
		rung(alice)
		w.takes(alice)
		alice.Hears("BYE") // of the old one
		alice.Answers("BYE", 200, "")
		w.pass(2 * time.Second)
		hangsUp(carrier, alice)
	})
}

func TestTransfer_Refused(t *testing.T) {
	for to, code := range map[string]string{
		"<sip:999@pbx.test>":          "404", // nobody
		"<sip:101@pbx.test>":          "482", // oneself
		"<sip:+4930123@pbx.test>":     "40",  // no right, and no trunk
		"<sip:102@somewhere.example>": "403", // not ours
		"<sip:102@pbx.test?Replaces=call-x%3Bto-tag%3D1%3Bfrom-tag%3D2>": "481", // guessed
	} {
		t.Run(to, func(t *testing.T) {
			live(t, only(queue.Group{}, "102"), func(w *town) {
				carrier, alice := w.phone("carrier"), w.phone("101")
				w.talk(carrier, alice)
				alice.Asks("REFER", "Refer-To: "+to)
				alice.Hears("SIP/2.0 " + code)
				w.pass(2 * time.Second)
				hangsUp(carrier, alice)
			})
		})
	}
}

// consults has alice, who talks, hold the caller and call bob from her second line.
func (w *town) consults(alice *phone.Phone, whom string) *phone.Phone {
	w.t.Helper()
	alice.Offers("INVITE", strings.ReplaceAll(alice.SDP, "a=rtpmap", "a=sendonly\r\na=rtpmap"))
	alice.Hears("SIP/2.0 200")
	alice.Acks()
	line := w.second("101")
	line.CallsProven(whom, "101", password)
	return line
}

func TestTransfer_Attended(t *testing.T) {
	live(t, only(queue.Group{}, "102"), func(w *town) {
		carrier, alice, bob := w.phone("carrier"), w.phone("101"), w.phone("102")
		w.talk(carrier, alice)
		line := w.consults(alice, "102")
		rung(bob)
		line.Hears("SIP/2.0 180")
		w.takes(bob)
		line.Hears("SIP/2.0 200")
		line.Acks()
		w.pass(2 * time.Second)
		refers(alice, replacing(line))
		line.Hears("BYE")
		line.Answers("BYE", 200, "")
		hearsReport(t, alice, "200")
		w.pass(2 * time.Second)
		bob.Unheard() // he is told with whom he speaks
		if n := w.x.Live(); n != 1 {
			t.Errorf("%d calls live", n)
		}
		hangsUp(carrier, bob)
	})
}

func TestTransfer_AttendedWhileTheTargetStillRings(t *testing.T) {
	live(t, only(queue.Group{}, "102"), func(w *town) {
		carrier, alice, bob := w.phone("carrier"), w.phone("101"), w.phone("102")
		w.talk(carrier, alice)
		line := w.consults(alice, "102")
		rung(bob)
		line.Hears("SIP/2.0 180")
		refers(alice, replacing(line))
		line.AcksRefusal(line.Hears("SIP/2.0 487"))
		alice.Hears("NOTIFY")
		alice.Answers("NOTIFY", 200, "")
		alice.Asks("BYE")
		alice.Hears("SIP/2.0 200")
		w.pass(2 * time.Second)
		w.takes(bob)
		w.pass(2 * time.Second)
		bob.Unheard()
		hangsUp(carrier, bob)
	})
}

func TestTransfer_AttendedIntoALine(t *testing.T) {
	rules := only(queue.Group{}, "102")
	rules.Groups = append(rules.Groups, queue.Group{Name: "help", Title: "Help", Extension: "601", Agents: []queue.AgentID{"102"},
		Distribution: queue.Evenly, Ring: 10 * time.Second, IfMissed: queue.Destination{Kind: queue.ToHold},
		IfNobody: queue.Destination{Kind: queue.ToHold}, NobodyAfter: time.Minute})
	live(t, rules, func(w *town) {
		carrier, alice, bob := w.phone("carrier"), w.phone("101"), w.phone("102")
		w.x.Tell(queue.Paused{Agent: "102"})
		w.talk(carrier, alice)
		line := w.consults(alice, "601")
		line.Hears("SIP/2.0 180")
		line.Hears("SIP/2.0 200")
		line.Acks()
		w.pass(5 * time.Second)
		refers(alice, replacing(line))
		line.Hears("BYE")
		line.Answers("BYE", 200, "")
		hearsReport(t, alice, "200")
		w.pass(time.Minute)
		w.x.Tell(queue.Resumed{Agent: "102"})
		rung(bob)
		w.takes(bob)
		w.pass(2 * time.Second)
		hangsUp(carrier, bob)
	})
}

func TestPickUp(t *testing.T) {
	rules := only(queue.Group{Intercept: true}, "102", "103")
	rules.Groups[0].Agents = []queue.AgentID{"101", "102"}
	live(t, rules, func(w *town) {
		carrier, alice, bob, carol := w.phone("carrier"), w.phone("101"), w.phone("102"), w.phone("103")
		waits(carrier)
		rung(alice)
		carol.CallsProven("*8", "103", password)
		carol.AcksRefusal(carol.Hears("SIP/2.0 403"))
		bob.CallsProven("*8", "102", password)
		bob.Hears("SIP/2.0 200")
		bob.Acks()
		if why := phone.Header(alice.Hears("CANCEL"), "Reason"); !strings.Contains(why, "cause=200") {
			t.Errorf("Reason %q, want completed elsewhere", why)
		}
		alice.Answers("CANCEL", 200, "")
		alice.Answers("INVITE", 487, "")
		alice.Hears("ACK")
		w.pass(2 * time.Second)
		bob.Unheard()
		hangsUp(carrier, bob)
		bob.CallsProven("*8", "102", password)
		bob.AcksRefusal(bob.Hears("SIP/2.0 404"))
		if n := w.count(queue.EvCallMissed); n != 0 {
			t.Errorf("%d calls are listed as missed", n)
		}
	})
}

func TestOnHoldTheOtherSideHearsMusic(t *testing.T) {
	rules := only(queue.Group{})
	rules.Numbers[0].Music = "ringback"
	live(t, rules, func(w *town) {
		carrier, alice := w.phone("carrier"), w.phone("101")
		w.talk(carrier, alice)
		sound := w.audio("10.0.2.1:4000")
		alice.Offers("INVITE", strings.ReplaceAll(alice.SDP, "a=rtpmap", "a=sendonly\r\na=rtpmap"))
		alice.Hears("SIP/2.0 200")
		alice.Acks()
		w.pass(2 * time.Second)
		if n := sound.heard.Swap(0); n < 95 {
			t.Errorf("%d packets of music in 2 s", n)
		}
		alice.Offers("INVITE", alice.SDP)
		alice.Hears("SIP/2.0 200")
		alice.Acks()
		w.pass(2 * time.Second)
		if n := sound.heard.Load(); n > 5 {
			t.Errorf("%d packets after the hold, want those of alice, who says nothing", n)
		}
		hangsUp(carrier, alice)
	})
}
