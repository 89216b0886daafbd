package store

import (
	"encoding/json"
	"time"

	"ringtide/queue"
)

// item is an event with its place in the log.
type item struct {
	Seq   int64
	At    time.Time
	Event queue.Event
}

// data is the JSON of an event's fields that have no column of their own.
func data(e queue.Event) (string, error) {
	e.Type, e.Call = "", ""
	text, err := json.Marshal(e)
	return string(text), err
}

// millis is how the tables tell lengths of time and, since 1970, times.
func millis(d time.Duration) int64 { return d.Milliseconds() }
