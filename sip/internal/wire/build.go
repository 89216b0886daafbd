package wire

import (
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// sipgo logs whole messages at level error by default; nothing of it is used that would need to log.
func init() { sip.SetDefaultLogger(slog.New(slog.DiscardHandler)) }

// NewRequest makes a request with its start line only. Via, Max-Forwards and Content-Length are added by Stack.Request.
func NewRequest(m Method, to Uri) *Request { return sip.NewRequest(m, to) }

// NewResponse answers req: Via, From, To, Call-ID and CSeq are copied (RFC 3261 section 8.2.6.2), Record-Route where the
// response can make a dialog (section 12.1.1), Timestamp into a 100. No To tag is added. An empty reason is replaced by
// the standard phrase. The headers are copies.
func NewResponse(req *Request, code int, reason string) *Response {
	if reason == "" {
		reason = phrase(code)
	}
	res := sip.NewResponse(code, clean(reason))
	for _, h := range req.Headers() {
		switch h.Name() {
		case "Via", "From", "To", "Call-ID", "CSeq":
		case "Record-Route":
			if code < 101 || code > 299 || req.Method == REGISTER {
				continue
			}
		case "Timestamp":
			if code != 100 {
				continue
			}
		default:
			continue
		}
		res.AppendHeader(copyHeader(h))
	}
	res.SetBody(nil)
	return res
}

// copyHeader makes a deep copy. sipgo shares some of its headers when it clones.
func copyHeader(h Header) Header {
	switch h := h.(type) {
	case *CallIDHeader:
		c := *h
		return &c
	case *MaxForwardsHeader:
		c := *h
		return &c
	}
	return sip.HeaderClone(h)
}

// NewHeader makes a header from text. Control characters in it become blanks, so that nothing can be injected.
func NewHeader(name, value string) Header {
	return sip.NewHeader(fullName(strings.Map(func(r rune) rune {
		if r < 0x80 && tokenChar[r] {
			return r
		}
		return -1
	}, name)), clean(value))
}

// clean replaces control characters.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}

// Get returns the value of the first header of that name, which may be a compact one; "" if there is none.
func Get(m Message, name string) string {
	name = fullName(name)
	for _, h := range headersOf(m) {
		if strings.EqualFold(h.Name(), name) {
			return h.Value()
		}
	}
	return ""
}

// All returns the values of all headers of that name, in order; values joined by commas in one line are not cut.
func All(m Message, name string) (values []string) {
	name = fullName(name)
	for _, h := range headersOf(m) {
		if strings.EqualFold(h.Name(), name) {
			values = append(values, h.Value())
		}
	}
	return values
}

func headersOf(m Message) []Header {
	switch m := m.(type) {
	case *Request:
		return m.Headers()
	case *Response:
		return m.Headers()
	}
	return nil
}

// List cuts a header value at its commas, those inside quotes and angle brackets excepted; nil if it is not well-formed.
func List(value string) []string {
	list, _ := split(value)
	return list
}

// NewTag returns a fresh tag for From or To, of 80 random bits.
func NewTag() string { return random(10) }

// NewCallID returns a fresh Call-ID, of 128 random bits.
func NewCallID() string { return random(16) }

// NewBranch returns a fresh Via branch, of 96 random bits, with the magic cookie of RFC 3261 section 8.1.1.7.
func NewBranch() string { return sip.RFC3261BranchMagicCookie + random(12) }

func random(n int) string {
	var b [16]byte
	rand.Read(b[:n])
	return hex.EncodeToString(b[:n])
}
