package store

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"ringtide/queue"
)

// item is an event with its place in the log.
type item struct {
	Seq   int64
	At    time.Time
	Event queue.Event
}

// data is the JSON of an event's fields that have no column of their own, as encoding/json writes and reads them. It is
// written by hand because it is done for every event.
func data(e *queue.Event) string {
	b := object{make([]byte, 1, 160)}
	b.text[0] = '{'
	b.number("Visit", int64(e.Visit))
	b.string("Group", string(e.Group))
	b.string("Agent", string(e.Agent))
	b.string("Number", e.Number)
	b.number("Attempt", int64(e.Attempt))
	b.string("Cause", e.Cause)
	b.number("Code", int64(e.Code))
	b.string("To", e.To)
	if e.From != (queue.Party{}) {
		b.key("From")
		b.text = append(b.text, '{')
		b.string("Number", e.From.Number)
		b.string("Name", e.From.Name)
		b.text = append(b.text, '}')
	}
	b.string("Trunk", string(e.Trunk))
	b.string("User", string(e.User))
	b.number("Waited", int64(e.Waited))
	b.number("Talked", int64(e.Talked))
	b.number("Position", int64(e.Position))
	b.string("Mailbox", string(e.Mailbox))
	b.string("Message", e.Message)
	b.number("Length", int64(e.Length))
	return string(append(b.text, '}'))
}

// object is a JSON object being written. Fields that are zero are left out.
type object struct{ text []byte }

func (o *object) key(name string) {
	if o.text[len(o.text)-1] != '{' {
		o.text = append(o.text, ',')
	}
	o.text = append(append(append(o.text, '"'), name...), `":`...)
}

func (o *object) number(name string, value int64) {
	if value != 0 {
		o.key(name)
		o.text = strconv.AppendInt(o.text, value, 10)
	}
}

func (o *object) string(name, value string) {
	if value == "" {
		return
	}
	o.key(name)
	if strings.IndexFunc(value, isSpecial) >= 0 {
		quoted, _ := json.Marshal(value) // a string always can be
		o.text = append(o.text, quoted...)
		return
	}
	o.text = append(append(append(o.text, '"'), value...), '"')
}

// isSpecial tells characters that do not stand for themselves in JSON; what is not ASCII is left to encoding/json.
func isSpecial(r rune) bool { return r < ' ' || r == '"' || r == '\\' || r > '~' }

// millis is how the tables tell lengths of time and, since 1970, times.
func millis(d time.Duration) int64 { return d.Milliseconds() }
