package wire

import (
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// gate makes messages of letters: everything that is checked about a message from outside is checked in gate, letter and
// the small grammars below them, before anybody else sees it.
type gate struct {
	extensions map[string]bool // option tags taken in Require, lower case
}

// datagram reads what a UDP packet carries. A keep-alive gives neither message nor letter; a fault is in the letter.
func (g *gate) datagram(data []byte) (Message, *letter) {
	for len(data) >= 2 && data[0] == '\r' && data[1] == '\n' {
		data = data[2:]
	}
	if len(data) == 0 || len(data) < 4 && strings.Trim(string(data), "\x00\r\n") == "" {
		return nil, nil
	}
	if !tokenChar[data[0]] || len(data) > maxDatagram {
		return nil, &letter{fault: &fault{why: "not SIP"}}
	}
	text := string(data)
	head, body, ok := strings.Cut(text, "\r\n\r\n")
	if !ok {
		head = strings.TrimSuffix(head, "\r\n")
	}
	l := open(head)
	if !ok {
		l.blame(bad("no empty line after the header"))
	}
	// RFC 3261 section 18.3: none: the rest of the datagram; surplus is cut off; too little is an error.
	switch n := l.length(); {
	case n > len(body):
		l.blame(bad("Content-Length larger than the message"))
	case n >= 0:
		body = body[:n]
	}
	if len(body) > maxBody {
		l.blame(bigBody)
	}
	return g.message(l, body), l
}

// message builds the message, or returns nil and says why in l.fault.
func (g *gate) message(l *letter, body string) Message {
	if l.fault != nil {
		return nil
	}
	var m Message
	if l.code != 0 {
		m = g.response(l, []byte(body))
	} else {
		m = g.request(l, []byte(body))
	}
	if l.fault != nil {
		return nil
	}
	return m
}

func (g *gate) response(l *letter, body []byte) *Response {
	res := sip.NewResponse(l.code, l.phrase)
	l.fill(res)
	setBody(res, body)
	return res
}

// setBody spares sipgo the search for a Content-Length that fill has left out.
func setBody(m Message, body []byte) {
	n := ContentLengthHeader(len(body))
	m.AppendHeader(&n)
	m.SetBody(body)
}

func (g *gate) request(l *letter, body []byte) *Request {
	scheme, _, _ := strings.Cut(l.target, ":")
	uri, err := ParseURI(l.target)
	switch {
	case isScheme(scheme) && !strings.EqualFold(scheme, "sip") && !strings.EqualFold(scheme, "sips") && !strings.EqualFold(scheme, "tel"):
		l.blame(&fault{code: 416, why: "URI scheme"})
	case err != nil:
		l.blame(bad("Request-URI"))
	case len(uri.Headers) > 0: // RFC 3261 section 19.1.1 forbids them there
		l.blame(bad("headers in the Request-URI"))
	}
	req := sip.NewRequest(Method(l.method), uri)
	l.fill(req)
	if c := req.CSeq(); c != nil && c.MethodName != req.Method {
		l.blame(bad("CSeq of another method"))
	}
	if l.fault == nil && req.MaxForwards() == nil {
		hops := MaxForwardsHeader(70)
		req.AppendHeader(&hops)
	}
	setBody(req, body)
	g.require(l)
	return req
}

// require refuses extensions nobody here knows (RFC 3261 section 8.2.2.3).
func (g *gate) require(l *letter) {
	if l.method == string(ACK) || l.method == string(CANCEL) {
		return
	}
	var unknown []string
	for _, f := range l.fields {
		if f.name != "Require" {
			continue
		}
		for tag := range strings.SplitSeq(f.value, ",") {
			if tag = trim(tag); tag != "" && !g.extensions[strings.ToLower(tag)] {
				unknown = append(unknown, tag)
			}
		}
	}
	if unknown != nil {
		l.blame(&fault{code: 420, why: "unknown extension", unsupported: strings.Join(unknown, ", ")})
	}
}

// fill puts the fields into a message as sipgo's types, counting as it goes.
func (l *letter) fill(m Message) {
	count := make(map[string]int, 8)
	for _, f := range l.fields {
		values := []string{f.value}
		switch f.name {
		case "Content-Length":
			continue // SetBody says the truth
		case "Via", "Contact", "Route", "Record-Route":
			var err error
			if values, err = split(f.value); err != nil {
				l.blame(bad(f.name))
				return
			}
			fallthrough
		case "From", "To", "Call-ID", "CSeq", "Max-Forwards":
			count[f.name] += len(values)
		}
		if n := count[f.name]; n > maxVia || n > maxContact && f.name == "Contact" && l.code == 0 {
			l.blame(bad("too many " + f.name))
			return
		}
		for _, v := range values {
			h := header(f.name, v)
			if h == nil {
				l.blame(bad(f.name))
				return
			}
			m.AppendHeader(h)
		}
	}
	for _, name := range [...]string{"From", "To", "Call-ID", "CSeq"} {
		if count[name] != 1 {
			l.blame(bad(strconv.Itoa(count[name]) + " " + name))
		}
	}
	if count["Via"] == 0 {
		l.blame(bad("no Via"))
	}
	if count["Max-Forwards"] > 1 {
		l.blame(bad("2 Max-Forwards"))
	}
}

// header reads one value of a header; nil if it is malformed.
func header(name, value string) Header {
	switch name {
	case "Via":
		if via, err := parseVia(value); err == nil {
			return via
		}
		return nil
	case "From", "To", "Contact", "Route", "Record-Route":
		return addressHeader(name, value)
	case "Call-ID":
		if value == "" || strings.ContainsAny(value, blanks) {
			return nil
		}
		id := CallIDHeader(value)
		return &id
	case "CSeq":
		parts := strings.Fields(value)
		if len(parts) != 2 || !isToken(parts[1]) {
			return nil
		}
		n, err := strconv.ParseUint(parts[0], 10, 31)
		if err != nil {
			return nil
		}
		return &CSeqHeader{SeqNo: uint32(n), MethodName: Method(parts[1])}
	case "Max-Forwards":
		n, err := strconv.ParseUint(value, 10, 8)
		if err != nil {
			return nil
		}
		hops := MaxForwardsHeader(n)
		return &hops
	case "Content-Type":
		kind := ContentTypeHeader(value)
		return &kind
	}
	return sip.NewHeader(name, value)
}

func addressHeader(name, value string) Header {
	if name == "Contact" && value == "*" {
		return &ContactHeader{Address: Uri{Host: "*", Wildcard: true}}
	}
	display, uri, params, err := ParseAddress(value)
	if err != nil {
		return nil
	}
	switch name {
	case "From":
		return &FromHeader{DisplayName: display, Address: uri, Params: params}
	case "To":
		return &ToHeader{DisplayName: display, Address: uri, Params: params}
	case "Contact":
		return &ContactHeader{DisplayName: display, Address: uri, Params: params}
	case "Route":
		return &RouteHeader{Address: uri}
	default:
		return &RecordRouteHeader{Address: uri}
	}
}
