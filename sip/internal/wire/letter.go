package wire

import (
	"strconv"
	"strings"
)

// What one message may bring.
const (
	maxDatagram = 65507
	maxStream   = 64 << 10
	maxLine     = 8 << 10
	maxLines    = 256
	maxVia      = 70 // Route and Record-Route too
	maxContact  = 10 // in requests; registrars list more in their responses
	maxBody     = 32 << 10
	maxParams   = 64
)

// fault is why a message is refused: code 0 says in silence.
type fault struct {
	code        int
	why         string
	unsupported string // of a 420
}

var bigBody = &fault{code: 413, why: "body above 32 KiB"}

func bad(why string) *fault { return &fault{code: 400, why: why} }

// letter is a message cut into lines: names in their usual spelling, folded lines joined, nothing interpreted yet.
type letter struct {
	method, target string // of a request
	code           int    // of a response; 0: a request
	phrase         string
	fields         []field
	fault          *fault // the first thing found wrong
}

type field struct{ name, value string }

func (l *letter) blame(f *fault) {
	if l.fault == nil {
		l.fault = f
	}
}

// open cuts the head of a message: start line and header lines, without the empty line. It reads on after a fault, so
// that the fault can be answered.
func open(head string) *letter {
	l := &letter{}
	line, rest, more := strings.Cut(head, "\r\n")
	l.start(line)
	if l.fault != nil && l.fault.code == 0 {
		return l
	}
	l.fields = make([]field, 0, 16)
	for lines := 1; more; lines++ {
		if lines > maxLines {
			l.blame(bad("more than 256 header lines"))
			break
		}
		line, rest, more = strings.Cut(rest, "\r\n")
		l.line(line)
	}
	return l
}

// start reads the start line (RFC 3261 sections 7.1 and 7.2).
func (l *letter) start(line string) {
	if len(line) >= 4 && strings.EqualFold(line[:4], "SIP/") {
		version, rest, _ := strings.Cut(line, " ")
		digits, phrase, _ := strings.Cut(rest, " ")
		code, err := strconv.Atoi(digits)
		if !strings.EqualFold(version, "SIP/2.0") || err != nil || len(digits) != 3 || code < 100 || code > 699 || hasBreak(phrase) || len(line) > maxLine {
			l.blame(&fault{why: "bad status line"})
		}
		l.code, l.phrase = max(code, 1), phrase
		return
	}
	trimmed := trim(line)
	version := trimmed[strings.LastIndexByte(trimmed, ' ')+1:]
	if len(version) < 5 || !strings.EqualFold(version[:4], "SIP/") || hasBreak(line) || len(line) > maxLine {
		l.blame(&fault{why: "not SIP"})
		return
	}
	if !strings.EqualFold(version, "SIP/2.0") {
		l.blame(&fault{code: 505, why: "only SIP/2.0"})
	}
	parts := strings.Split(line, " ")
	if len(parts) != 3 || !isToken(parts[0]) {
		l.method = trimmed[:strings.IndexAny(trimmed+" ", blanks)]
		l.blame(bad("start line"))
		return
	}
	l.method, l.target = parts[0], parts[1]
}

func hasBreak(s string) bool { return strings.ContainsAny(s, "\r\n\x00") }

// line takes one header line, or joins a folded one to its field (RFC 3261 section 7.3.1).
func (l *letter) line(line string) {
	// A quoted pair may hide a NUL (RFC 3261 section 25.1); it means nothing and is left out.
	if strings.IndexByte(line, 0) >= 0 {
		line = strings.ReplaceAll(line, "\\\x00", "")
	}
	switch {
	case hasBreak(line):
		l.blame(bad("line break or NUL in a header"))
	case line == "":
		l.blame(bad("empty header line"))
	case len(line) > maxLine:
		l.blame(bad("header line above 8 KiB"))
	case line[0] == ' ' || line[0] == '\t':
		if len(l.fields) == 0 {
			l.blame(bad("folded start line"))
			return
		}
		f := &l.fields[len(l.fields)-1]
		if len(f.value)+len(line) > maxLine {
			l.blame(bad("header line above 8 KiB"))
			return
		}
		f.value = trim(f.value + " " + trim(line))
	default:
		name, value, ok := strings.Cut(line, ":")
		name = strings.TrimRight(name, blanks)
		if !ok || !isToken(name) {
			l.blame(bad("header line without a name"))
			return
		}
		l.fields = append(l.fields, field{fullName(name), trim(value)})
	}
}

// length reads Content-Length: -1 if there is none.
func (l *letter) length() int {
	n := -1
	for _, f := range l.fields {
		if f.name != "Content-Length" {
			continue
		}
		v, err := strconv.ParseUint(f.value, 10, 32)
		if err != nil || n >= 0 {
			l.blame(bad("Content-Length"))
			return -1
		}
		n = int(v)
	}
	return n
}
