package config

import (
	"errors"
	"strings"
	"time"
)

// scalar is a value written as one word, that knows how to read it.
type scalar interface{ fromScalar(text string) error }

// duration is a Go duration, not negative. A bare 0 needs no unit.
type duration time.Duration

func (d *duration) fromScalar(text string) error {
	parsed, err := time.ParseDuration(text)
	if err != nil {
		return errors.New(`must be a duration with a unit, such as 20s, 5m or 1h`)
	}
	if parsed < 0 {
		return errors.New("must not be negative")
	}
	*d = duration(parsed)
	return nil
}

// String is the duration as the file would write it.
func (d duration) String() string {
	text := time.Duration(d).String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zero) {
			text = text[:len(text)-2]
		}
	}
	return text
}

// optionalDuration is a duration or "", which means that another rule decides.
type optionalDuration struct {
	Set      bool
	Duration duration
}

func (o *optionalDuration) fromScalar(text string) error {
	if text == "" {
		*o = optionalDuration{}
		return nil
	}
	o.Set = true
	return o.Duration.fromScalar(text)
}

// String is the duration as the file would write it.
func (o optionalDuration) String() string {
	if !o.Set {
		return `""`
	}
	return o.Duration.String()
}

// oneOrMore is a list of texts that may be written as a single one.
type oneOrMore []string
