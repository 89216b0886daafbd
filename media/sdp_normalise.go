package media

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// What a description may hold; more is refused as a whole.
const (
	maxBody     = 32 << 10 // octets
	maxLines    = 512
	maxMedia    = 8  // m= lines
	maxPayloads = 64 // payload types, all m= lines together
)

var errNotSDP = errors.New("not an SDP body")

// line is an m= line as the peer wrote it: what a refusal must name again (RFC 3264 section 6).
type line struct {
	kind, proto, formats string
	usable               bool // plain RTP audio that is not refused
}

// section is the session part or one media part of a body: only what this package reads.
type section struct {
	media      string // the m= line without "m=", rewritten; empty in the session part
	connection string
	attributes []string
}

// normalise rewrites a body so that a strict parser takes it, and returns its m= lines as they were. What phones get
// wrong: lines in another order, s= or t= missing, blanks and odd fields in o=, lone line feeds, no line end at the
// end, media and transports the parser does not know. All that nobody here reads is left out; an m= line that cannot
// be used becomes a stub, so that numbers stay.
func normalise(body []byte) (text string, lines []line, err error) {
	if len(body) > maxBody {
		return "", nil, fmt.Errorf("%w: longer than %d octets", errNotSDP, maxBody)
	}
	sections, lines, err := split(body)
	if err != nil {
		return "", nil, err
	}
	var b strings.Builder
	b.WriteString("v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=-\r\n")
	for i, s := range sections {
		if s.media != "" {
			b.WriteString("m=" + s.media + "\r\n")
		}
		if s.connection != "" {
			b.WriteString("c=" + s.connection + "\r\n")
		}
		if i == 0 {
			b.WriteString("t=0 0\r\n")
		}
		for _, a := range s.attributes {
			b.WriteString("a=" + a + "\r\n")
		}
	}
	return b.String(), lines, nil
}

// split sorts the lines of a body into sections.
func split(body []byte) (sections []section, lines []line, err error) {
	text := strings.ReplaceAll(strings.ReplaceAll(string(body), "\r\n", "\n"), "\r", "\n")
	sections = make([]section, 1)
	known, count, payloads := false, 0, 0
	for raw := range strings.SplitSeq(text, "\n") {
		if count++; count > maxLines+1 { // the last may be the empty rest
			return nil, nil, fmt.Errorf("%w: more than %d lines", errNotSDP, maxLines)
		}
		key, value, ok := strings.Cut(strings.TrimSpace(raw), "=")
		if !ok || len(key) != 1 {
			continue
		}
		value = strings.TrimSpace(value)
		last := &sections[len(sections)-1]
		switch key {
		case "v", "o":
			known = true
		case "c":
			if c, ok := connection(value); ok {
				last.connection = c
			}
		case "a":
			last.attributes = append(last.attributes, value)
		case "m":
			l, media, n := readMedia(value)
			payloads += n
			if len(lines) == maxMedia || payloads > maxPayloads {
				return nil, nil, fmt.Errorf("%w: more than %d media or %d payload types", errNotSDP, maxMedia, maxPayloads)
			}
			lines = append(lines, l)
			sections = append(sections, section{media: media})
		}
	}
	if !known && len(lines) == 0 {
		return nil, nil, errNotSDP
	}
	return sections, lines, nil
}

// connection checks a c= line.
func connection(value string) (string, bool) {
	f := strings.Fields(value)
	if len(f) != 3 || !strings.EqualFold(f[0], "IN") {
		return "", false
	}
	kind := strings.ToUpper(f[1])
	return "IN " + kind + " " + f[2], kind == "IP4" || kind == "IP6"
}

// stub stands for an m= line that cannot be used.
const stub = "audio 0 RTP/AVP 0"

// readMedia reads an m= line: as it was, rewritten for the parser, and how many formats it has.
func readMedia(value string) (l line, media string, formats int) {
	f := strings.Fields(value)
	if len(f) < 4 {
		return line{kind: audioLine, proto: plainRTP, formats: "0"}, stub, 0
	}
	formats = len(f) - 3
	l = line{kind: token(f[0]), proto: token(f[2]), formats: token(f[3])}
	port, _, _ := strings.Cut(f[1], "/") // "number of ports" is for layered coding
	number, err := strconv.ParseUint(port, 10, 16)
	var payloads []string
	for _, p := range f[3:] {
		if pt, err := strconv.ParseUint(p, 10, 7); err == nil {
			payloads = append(payloads, strconv.FormatUint(pt, 10))
		}
	}
	plain := strings.EqualFold(l.proto, plainRTP) || strings.EqualFold(l.proto, "RTP/AVPF")
	l.usable = strings.EqualFold(l.kind, audioLine) && plain && err == nil && number > 0 && len(payloads) > 0
	if !l.usable {
		return l, stub, formats
	}
	return l, fmt.Sprintf("audio %d RTP/AVP %s", number, strings.Join(payloads, " ")), formats
}

// token keeps of a peer's word what may stand in an SDP of ours.
func token(word string) string {
	word = strings.Map(func(r rune) rune {
		if r > ' ' && r < 0x7f {
			return r
		}
		return -1
	}, word)
	if word == "" {
		return "-"
	}
	return word[:min(len(word), 32)]
}
