package queue

import "strings"

// shortest is the fewest digits that make a subscriber's number without a 0 before it. Fewer are an extension of the PBX
// behind a trunk, or a short code, and mean only what they say.
const shortest = 7

// e164 writes a number as E.164 with "+", by the country calling code of the trunk where it is used: 00… is
// international, 0… national, and bare digits are international if they begin with the code, else national. What is
// no such number stays as it is.
func e164(n, country string) string {
	n = undecorated(n)
	digits := strings.TrimPrefix(n, "+")
	switch {
	case !isDigits(digits), digits != n, len(digits) < 3:
		return n
	case strings.HasPrefix(n, "00"):
		return "+" + n[2:]
	case country == "":
		return n
	case strings.HasPrefix(n, "0"):
		return "+" + country + n[1:]
	case len(digits) < shortest:
		return n
	case strings.HasPrefix(n, country):
		return "+" + n
	}
	return "+" + country + n
}

// undecorated removes what people write between digits (RFC 3966 s5.1.1); a name with letters stays as it is.
func undecorated(n string) string {
	if strings.Trim(n, "+0123456789-. ()") != "" {
		return n
	}
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("-. ()", r) {
			return -1
		}
		return r
	}, n)
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// matches compares a number as it came and as E.164 with a pattern, all without "+". "*" at the end of the pattern
// matches any rest.
func matches(pattern, n, country string) bool {
	pattern = strings.TrimPrefix(pattern, "+")
	begin, open := strings.CutSuffix(pattern, "*")
	for _, reading := range []string{n, e164(n, country)} {
		reading = strings.TrimPrefix(reading, "+")
		if reading == pattern || open && strings.HasPrefix(reading, begin) {
			return true
		}
	}
	return false
}
