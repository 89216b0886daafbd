package wire

import (
	"errors"
	"strings"
)

// errGrammar is the root of what the small parsers of this package find wrong.
var errGrammar = errors.New("bad syntax")

// blanks of the grammar, after folded lines have been joined.
const blanks = " \t"

// tokenChar tells the octets of a token (RFC 3261 section 25.1).
var tokenChar = func() (t [256]bool) {
	for c := range 256 {
		b := byte(c)
		t[c] = isLetter(b) || isDigit(b) || strings.IndexByte("-.!%*_+`'~", b) >= 0 && b != 0
	}
	return t
}()

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isToken(s string) bool {
	for i := range len(s) {
		if !tokenChar[s[i]] {
			return false
		}
	}
	return s != ""
}

func trim(s string) string { return strings.Trim(s, blanks) }

// quoted returns the length of the quoted string that s begins with, its quotes included; 0 if it does not end.
func quoted(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return 0
}

// until returns the index of the first octet of s that is in stop and outside of quotes and angle brackets, or len(s).
func until(s, stop string) (int, error) {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case strings.IndexByte(stop, c) >= 0:
			return i, nil
		case c == '"':
			n := quoted(s[i:])
			if n == 0 {
				return 0, errGrammar
			}
			i += n - 1
		case c == '<':
			n := strings.IndexByte(s[i:], '>')
			if n < 0 {
				return 0, errGrammar
			}
			i += n
		}
	}
	return len(s), nil
}

// split cuts a header value at its commas. Empty elements are errors.
func split(value string) ([]string, error) {
	var list []string
	for {
		n, err := until(value, ",")
		if err != nil {
			return nil, err
		}
		element := trim(value[:n])
		if element == "" {
			return nil, errGrammar
		}
		list = append(list, element)
		if n == len(value) {
			return list, nil
		}
		value = value[n+1:]
	}
}

// parseParams reads ";name=value;name…" (the first semicolon is optional). Names become lower case, as they are compared
// without case. A quoted value keeps its quotes, except where it contains blanks: sipgo adds them again when it writes.
func parseParams(s string) (Params, error) {
	var params Params
	for s != "" {
		n, err := until(s, ";")
		if err != nil {
			return nil, err
		}
		one := trim(s[:n])
		s = s[min(n+1, len(s)):]
		if one == "" {
			continue // phones write ";;" and a last ";"
		}
		name, value, hasValue := strings.Cut(one, "=")
		name, value = trim(name), trim(value)
		if !isToken(name) || hasValue && !isParamValue(value) || len(params) == maxParams {
			return nil, errGrammar
		}
		if strings.ContainsAny(value, blanks) {
			value = value[1 : len(value)-1]
		}
		params = append(params, param{K: strings.ToLower(name), V: value})
	}
	return params, nil
}

func isParamValue(s string) bool {
	if strings.HasPrefix(s, `"`) {
		return quoted(s) == len(s)
	}
	return !strings.ContainsAny(s, blanks+`"<>,\`)
}
