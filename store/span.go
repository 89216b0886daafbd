package store

import (
	"encoding/json"
	"strconv"
	"time"
)

// Span is a length of time. In JSON it is a number of seconds.
type Span time.Duration

// MarshalJSON writes seconds, to the millisecond.
func (s Span) MarshalJSON() ([]byte, error) { return json.Marshal(time.Duration(s).Seconds()) }

// UnmarshalJSON reads seconds.
func (s *Span) UnmarshalJSON(text []byte) error {
	seconds, err := strconv.ParseFloat(string(text), 64)
	*s = Span(time.Duration(seconds*1000) * time.Millisecond)
	return err
}

// Scan implements sql.Scanner: the tables have milliseconds.
func (s *Span) Scan(value any) error {
	n, _ := value.(int64)
	*s = Span(time.Duration(n) * time.Millisecond)
	return nil
}

// String is the length to the second: "1m5s".
func (s Span) String() string { return time.Duration(s).Round(time.Second).String() }
