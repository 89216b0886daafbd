package phone

import (
	"crypto/tls"
	"fmt"
	"strings"
)

// Header returns the value of the first header of that name; "" if there is none.
func Header(m, name string) string {
	for _, v := range Headers(m, name) {
		return v
	}
	return ""
}

// Headers returns the values of all headers of that name, from the top.
func Headers(m, name string) (values []string) {
	head, _, _ := strings.Cut(m, "\r\n\r\n")
	for line := range strings.SplitSeq(head, "\r\n") {
		if v, ok := strings.CutPrefix(line, name+": "); ok {
			values = append(values, v)
		}
	}
	return values
}

// Body is what follows the headers.
func Body(m string) string {
	_, b, _ := strings.Cut(m, "\r\n\r\n")
	return b
}

// Seq is the number of CSeq; 0: there is none.
func Seq(m string) (n int) {
	_, _ = fmt.Sscan(Header(m, "CSeq"), &n)
	return n
}

// Code is the status of a response; 0: it is none.
func Code(m string) (n int) {
	_, _ = fmt.Sscanf(m, "SIP/2.0 %d", &n)
	return n
}

func lines(list []string) string {
	var b strings.Builder
	for _, l := range list {
		b.WriteString(l + "\r\n")
	}
	return b.String()
}

// via is the Via line of a new request.
func (p *Phone) via() string {
	p.branch++
	transport := strings.ToUpper(p.conn.LocalAddr().Network())
	if _, secured := p.conn.(*tls.Conn); secured {
		transport = "TLS"
	}
	return fmt.Sprintf("Via: SIP/2.0/%s %s;branch=z9hG4bK-%s-%d;rport", transport, p.Addr(), p.name, p.branch)
}

// response answers a request. A To without tag gets one, if it is not 100.
func response(req string, code int, tag string, more []string, body string) string {
	to := Header(req, "To")
	if !strings.Contains(to, "tag=") && code > 100 {
		to += ";tag=" + tag
	}
	return fmt.Sprintf("SIP/2.0 %d Said So\r\nVia: %s\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %s\r\n%sContent-Length: %d\r\n\r\n%s",
		code, Header(req, "Via"), Header(req, "From"), to, Header(req, "Call-ID"), Header(req, "CSeq"), lines(more), len(body), body)
}
