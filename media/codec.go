package media

import (
	"errors"
	"slices"
	"strings"
)

// codec is one of the codecs built in.
type codec struct {
	law law
	pt  uint8 // static payload type (RFC 3551 table 4)
}

var codecs = [laws]codec{ulaw: {ulaw, 0}, alaw: {alaw, 8}}

func (l law) name() string {
	if l == alaw {
		return "pcma"
	}
	return "pcmu"
}

func (l law) format() format {
	if l == alaw {
		return formatAlaw
	}
	return formatUlaw
}

// codecNamed finds a codec built in by its name, in any case.
func codecNamed(name string) (codec, bool) {
	for _, c := range codecs {
		if strings.EqualFold(c.law.name(), name) {
			return c, true
		}
	}
	return codec{}, false
}

// builtIn keeps the codecs built in, in the order given.
func builtIn(names []string) (list []codec, err error) {
	for _, name := range names {
		if c, ok := codecNamed(name); ok && !slices.Contains(list, c) {
			list = append(list, c)
		}
	}
	if len(list) == 0 {
		return nil, errors.New("media.codecs: none of them is built in; name pcmu or pcma")
	}
	return list, nil
}

// Unsupported returns the names of Config.Codecs that are not built in. They are left out of offers and answers; the
// program should say so once at its start.
func Unsupported(names []string) []string {
	var left []string
	for _, name := range names {
		if _, ok := codecNamed(name); !ok {
			left = append(left, name)
		}
	}
	return left
}
