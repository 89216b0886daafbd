package e2e

import (
	"bytes"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// message is one SIP message that a SIPp process saw.
type message struct {
	at     time.Time
	sent   bool // by SIPp; false: it came from the program
	method string
	uri    string // of a request
	code   int    // of a response; 0: a request
	text   string
}

// header is the first value of a header, "" if there is none.
func (m message) header(name string) string {
	head, _, _ := strings.Cut(m.text, "\n\n")
	for _, line := range strings.Split(head, "\n") {
		if k, v, ok := strings.Cut(line, ":"); ok && strings.EqualFold(strings.TrimSpace(k), name) {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

func (m message) callID() string { return m.header("Call-ID") }

// cseq is the method of the transaction.
func (m message) cseq() string {
	_, method, _ := strings.Cut(m.header("CSeq"), " ")
	return strings.TrimSpace(method)
}

// body is what follows the headers.
func (m message) body() string {
	_, body, _ := strings.Cut(m.text, "\n\n")
	return body
}

// dialog tells whether the request belongs to a dialog, by its To tag.
func (m message) dialog() bool { return strings.Contains(m.header("To"), ";tag=") }

// audio is the address that the message's SDP names.
func (m message) audio() (address string, ok bool) {
	c, line := sdpConnection.FindStringSubmatch(m.body()), sdpAudio.FindStringSubmatch(m.body())
	if c == nil || line == nil {
		return "", false
	}
	host := c[1]
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return host + ":" + line[1], true
}

var (
	sdpConnection = regexp.MustCompile(`(?m)^c=IN IP[46] (\S+)`)
	sdpAudio      = regexp.MustCompile(`(?m)^m=audio (\d+) `)
	logHead       = regexp.MustCompile(`(?m)^-{47} (\d{4}-\S+ \S+)\n(?:UDP|TCP) message (sent|received) .*\n`)
)

// trace reads the message log of a SIPp process as it grows.
type trace struct {
	path   string
	closed []message // those that another follows: they are complete
}

// all is everything logged so far.
func (l *trace) all() []message {
	raw, err := os.ReadFile(l.path)
	if err != nil {
		return nil // SIPp has not begun yet
	}
	raw = bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n"))
	heads := logHead.FindAllSubmatchIndex(raw, -1)
	for i := len(l.closed); i < len(heads)-1; i++ {
		l.closed = append(l.closed, parse(raw, heads[i], heads[i+1][0]))
	}
	if last := len(heads) - 1; last >= 0 && bytes.HasSuffix(raw, []byte("\n\n")) {
		return append(slices.Clip(l.closed), parse(raw, heads[last], len(raw)))
	}
	return l.closed
}

// parse reads the message whose head is at h and which ends before end.
func parse(raw []byte, h []int, end int) message {
	m := read(strings.TrimLeft(string(raw[h[1]:end]), "\n"))
	m.sent = string(raw[h[4]:h[5]]) == "sent"
	m.at, _ = time.ParseInLocation("2006-01-02 15:04:05.999999", string(raw[h[2]:h[3]]), time.Local)
	return m
}

// read takes a message from its text, whose lines end with \n.
func read(text string) message {
	m := message{text: text}
	line, _, _ := strings.Cut(m.text, "\n")
	words := strings.SplitN(line, " ", 3)
	if len(words) < 2 {
		return m
	}
	if words[0] == "SIP/2.0" {
		m.code, _ = strconv.Atoi(words[1])
	} else {
		m.method, m.uri = words[0], words[1]
	}
	return m
}

// first is the first message that fits.
func first(list []message, fits func(message) bool) (message, bool) {
	for _, m := range list {
		if fits(m) {
			return m, true
		}
	}
	return message{}, false
}

// last is the last message that fits.
func last(list []message, fits func(message) bool) (message, bool) {
	for _, m := range slices.Backward(list) {
		if fits(m) {
			return m, true
		}
	}
	return message{}, false
}

// came fits a response that SIPp received to a request of that method.
func came(code int, method string) func(message) bool {
	return func(m message) bool { return !m.sent && m.code == code && m.cseq() == method }
}

// asked fits a request that SIPp received.
func asked(method string) func(message) bool {
	return func(m message) bool { return !m.sent && m.method == method }
}
