package sip

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxRunes is the longest name or number taken over from a message.
const maxRunes = 64

// cleanName makes text of a peer fit to be shown, logged and sent on: broken UTF-8, control and format characters (among
// them the bidirectional overrides that reverse what is read) are taken out, blanks are joined, at most 64 runes remain.
func cleanName(s string) string {
	var b strings.Builder
	n, blank := 0, false
	for _, r := range s {
		switch {
		case r == utf8.RuneError, unicode.In(r, unicode.Cf, unicode.Co, unicode.Cs):
			continue
		case unicode.IsSpace(r), unicode.Is(unicode.Cc, r):
			blank = n > 0
			continue
		}
		if blank && n < maxRunes {
			b.WriteByte(' ')
			n++
		}
		if n == maxRunes {
			break
		}
		b.WriteRune(r)
		n, blank = n+1, false
	}
	return strings.TrimRight(b.String(), " ")
}

// quoteName is the display name of an address: cleaned, escaped and in quotes (RFC 3261 section 25.1, quoted-string). An
// empty name stays empty.
func quoteName(s string) string {
	s = cleanName(s)
	if s == "" {
		return ""
	}
	return quoted(s)
}

var escapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// quoted puts text between quotes as it is.
func quoted(s string) string { return `"` + escapes.Replace(s) + `"` }

// unquoteName undoes the escapes of a quoted display name whose quotes are gone already.
func unquoteName(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// unquote takes the quotes off a parameter's value, if it has any.
func unquote(s string) string {
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		return unquoteName(s[1 : len(s)-1])
	}
	return s
}

// unescape undoes the percent-encoding of a URI. What is no valid escape stays as it is.
func unescape(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if high, low := hexDigit(s[i+1]), hexDigit(s[i+2]); high >= 0 && low >= 0 {
				b.WriteByte(byte(high<<4 | low))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func hexDigit(c byte) int { return strings.IndexByte("0123456789abcdef", c|0x20) }

// escapeUser writes the user part of a SIP URI: everything outside of RFC 3261's unreserved and user-unreserved characters
// is percent-encoded. The semicolon is encoded too, so that a number brings no parameters with it.
func escapeUser(s string) string {
	const hex, plain = "0123456789ABCDEF", "-_.!~*'()&=+$,?/"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || strings.IndexByte(plain, c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hex[c>>4])
		b.WriteByte(hex[c&15])
	}
	return b.String()
}
