package phone

import (
	"cmp"
	"fmt"
	"strings"
)

const sdpType = "Content-Type: application/sdp"

// note learns the dialog from what was heard.
func (p *Phone) note(m string) {
	if strings.HasPrefix(m, "SIP/2.0 ") {
		if _, tag, ok := strings.Cut(Header(m, "To"), "tag="); ok && strings.Contains(Header(m, "CSeq"), "INVITE") {
			p.FarTag = tag
		}
	} else {
		method, _, _ := strings.Cut(m, " ")
		p.Requests[method] = m
		if method == "INVITE" && p.CallID != Header(m, "Call-ID") {
			_, tag, _ := strings.Cut(Header(m, "From"), "tag=")
			p.CallID, p.FarTag, p.Tag, p.Seq = Header(m, "Call-ID"), tag, p.name, 100
		}
	}
	if c := Header(m, "Contact"); c != "" {
		p.Target = strings.Trim(c, "<>")
	}
}

// Overhears gives it the dialog of another phone, with requests numbered above seq: the same phone at another address, or
// somebody who knows too much.
func (p *Phone) Overhears(other *Phone, seq int) {
	p.Tag, p.CallID, p.FarTag, p.Target, p.Seq = other.Tag, other.CallID, other.FarTag, other.Target, seq
}

// Calls sends an INVITE for a new dialog, with an offer. More header lines are added.
func (p *Phone) Calls(user string, more ...string) {
	p.t.Helper()
	p.Tag, p.FarTag = p.name, ""
	p.CallID = fmt.Sprintf("call-%s-%d", p.name, p.branch)
	p.Target, p.Seq = "sip:"+user+"@"+Domain, 1
	p.invites(more...)
}

// CallsProven is Calls by a user who answers the challenge.
func (p *Phone) CallsProven(to, user, password string, more ...string) {
	p.t.Helper()
	p.Calls(to, more...)
	no := p.Hears("SIP/2.0 401")
	p.AcksRefusal(no)
	p.Challenged(no)
	p.FarTag = ""
	p.Seq++
	p.invites(append(more, p.Proof(user, password, "INVITE", p.Target, nil))...)
}

func (p *Phone) invites(more ...string) {
	p.t.Helper()
	p.Invite = p.Request("INVITE", p.Seq, append([]string{sdpType}, more...), p.SDP)
	p.Send(p.Invite)
}

// Asks sends a request within the dialog and returns it.
func (p *Phone) Asks(method string, more ...string) string {
	p.t.Helper()
	p.Seq++
	m := p.Request(method, p.Seq, more, "")
	p.Send(m)
	return m
}

// Offers sends a re-INVITE or UPDATE with SDP and returns it.
func (p *Phone) Offers(method, sdp string, more ...string) string {
	p.t.Helper()
	p.Seq++
	m := p.Request(method, p.Seq, append([]string{sdpType}, more...), sdp)
	p.Send(m)
	return m
}

// Acks sends the ACK for the 2xx to the INVITE with the current CSeq.
func (p *Phone) Acks(more ...string) {
	p.t.Helper()
	p.Send(p.Request("ACK", p.Seq, more, ""))
}

// AcksWith sends the ACK with a late answer (RFC 3261 section 13.2.1).
func (p *Phone) AcksWith(sdp string) {
	p.t.Helper()
	p.Send(p.Request("ACK", p.Seq, []string{sdpType}, sdp))
}

// AcksRefusal sends the ACK for a final response other than 2xx (RFC 3261 section 17.1.1.3).
func (p *Phone) AcksRefusal(res string) {
	p.t.Helper()
	m := p.aboutInvite("ACK")
	m = strings.Replace(m, "\r\nTo: "+Header(m, "To"), "\r\nTo: "+Header(res, "To"), 1)
	p.Send(m + "Content-Length: 0\r\n\r\n")
}

// Cancels takes back the INVITE.
func (p *Phone) Cancels(more ...string) {
	p.t.Helper()
	p.Send(p.aboutInvite("CANCEL") + lines(more) + "Content-Length: 0\r\n\r\n")
}

// aboutInvite begins a request of the same transaction as the INVITE.
func (p *Phone) aboutInvite(method string) string {
	m, _, _ := strings.Cut(method+strings.TrimPrefix(p.Invite, "INVITE"), "\r\nContact:")
	return strings.Replace(m, " INVITE", " "+method, 1) + "\r\n"
}

// Request makes a request within the dialog without sending it.
func (p *Phone) Request(method string, seq int, more []string, body string) string {
	to := "<sip:sales@" + Domain + ">"
	if p.FarTag != "" {
		to += ";tag=" + p.FarTag
	}
	return fmt.Sprintf("%s %s SIP/2.0\r\n%sMax-Forwards: 70\r\nFrom: \"%s\" <sip:%s@%s>;tag=%s\r\nTo: %s\r\nCall-ID: %s\r\n"+
		"CSeq: %d %s\r\nContact: <%s>\r\n%sContent-Length: %d\r\n\r\n%s",
		method, p.Target, lines([]string{p.via()}), p.name, p.name, p.Addr(), p.Tag, to, p.CallID, seq, method, p.Contact, lines(more), len(body), body)
}

// Answers responds to the last request of a method and returns the response. A body is SDP.
func (p *Phone) Answers(method string, code int, body string, more ...string) string {
	p.t.Helper()
	return p.AnswersAs(p.Tag, method, code, body, more...)
}

// AnswersAs responds with a To tag of its own: one of several phones behind a forking proxy.
func (p *Phone) AnswersAs(tag, method string, code int, body string, more ...string) string {
	p.t.Helper()
	req, ok := p.Requests[method]
	if !ok {
		p.t.Fatalf("%s has heard no %s", p.name, method)
	}
	if body != "" {
		more = append(more, sdpType)
	}
	if !strings.Contains(lines(more), "Contact:") {
		more = append(more, fmt.Sprintf("Contact: <sip:%s@%s>", cmp.Or(tag, p.name), p.Addr()))
	}
	m := response(req, code, tag, more, body)
	p.Send(m)
	return m
}
