package wire

import (
	"strings"

	"github.com/emiago/sipgo/sip"
)

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
