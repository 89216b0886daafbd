package phone

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Domain is where all users of the tests are at home: their addresses' host and their realm.
const Domain = "pbx.test"

// Password is the one a user registers with.
func Password(user string) string { return "pw-" + user }

// Text makes a request outside of dialogs without sending it. More lines replace the headers that every request has, or
// are added; "Name:" alone takes one away.
func (p *Phone) Text(method, uri string, more ...string) string {
	list := []string{
		p.via(),
		"Max-Forwards: 70",
		"From: <sip:someone@" + Domain + ">;tag=1",
		"To: <sip:someone@" + Domain + ">",
		"Call-ID: " + p.CallID,
		fmt.Sprintf("CSeq: %d %s", p.Seq, method),
		"User-Agent: test phone",
		"Content-Length: 0",
	}
	usual := len(list)
	for _, line := range more {
		name, _, _ := strings.Cut(line, ":")
		if i := slices.IndexFunc(list[:usual], func(old string) bool { return strings.HasPrefix(old, name+":") }); i >= 0 {
			list[i] = line
		} else {
			list = append(list, line)
		}
	}
	list = slices.DeleteFunc(list, func(line string) bool { return strings.HasSuffix(strings.TrimSpace(line), ":") })
	return method + " " + uri + " SIP/2.0\r\n" + lines(list) + "\r\n"
}

// Says sends any text and returns the next final response; "" if there is none in 3 s. Whatever else comes is passed over.
func (p *Phone) Says(text string) string {
	p.t.Helper()
	p.Send(text)
	late := time.After(3 * time.Second)
	for {
		select {
		case m := <-p.in:
			if Code(m) >= 200 {
				return m
			}
		case <-late:
			return ""
		}
	}
}

// Tries sends a new request outside of dialogs without credentials and returns the final response, as Says does.
func (p *Phone) Tries(method, uri string, more ...string) string {
	p.t.Helper()
	p.Seq++
	return p.Says(p.Text(method, uri, more...))
}

// Proves is Tries by a user who answers the challenge. change may spoil the credentials; nil: they are right.
func (p *Phone) Proves(user, password, method, uri string, change func(*Credentials), more ...string) string {
	p.t.Helper()
	res := p.Tries(method, uri, more...)
	if Code(res) != 401 {
		return res
	}
	p.Challenged(res)
	return p.Again(user, password, method, uri, change, more...)
}

// Again is Tries with credentials for the last challenge.
func (p *Phone) Again(user, password, method, uri string, change func(*Credentials), more ...string) string {
	p.t.Helper()
	return p.Tries(method, uri, append(slices.Clone(more), p.Proof(user, password, method, uri, change))...)
}

// Registers registers its Contact for a user, or those given as lines, and returns the response.
func (p *Phone) Registers(user string, more ...string) string {
	p.t.Helper()
	if !strings.Contains(lines(more), "Contact:") {
		more = append(slices.Clone(more), fmt.Sprintf("Contact: <sip:%s@%s>", user, p.Addr()))
	}
	address := fmt.Sprintf("<sip:%s@%s>", user, Domain)
	more = append([]string{"From: " + address + ";tag=1", "To: " + address}, more...)
	return p.Proves(user, Password(user), "REGISTER", "sip:"+Domain, nil, more...)
}

// MustRegister is Registers, and fails unless it is answered 200.
func (p *Phone) MustRegister(user string, more ...string) string {
	p.t.Helper()
	res := p.Registers(user, more...)
	if Code(res) != 200 {
		p.t.Fatalf("REGISTER of %s: %s", user, res)
	}
	return res
}
